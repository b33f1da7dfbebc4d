#!/usr/bin/env bash
# ask.sh ADDRESS PORT TCP|UDP: what `lab whoami` says, without starting Node: for conformance runs, which ask hundreds of times.
# Prints the source address that the outside server saw of this network namespace, or `blocked` after 3 s.
address=$1 port=$2 protocol=$3
if [ "$protocol" = UDP ]; then
  # A datagram may be lost where all is well (the first of a flow, while a neighbour is looked up): again every 500 ms.
  if exec 3<> "/dev/udp/$address/$port"; then
    for _ in 1 2 3 4 5 6; do
      printf 'whoami\n' >&3
      # `read` takes one byte at a time, and with the first the rest of the datagram is gone.
      read -r source echoed <<< "$(timeout 0.5 head -n 1 <&3)"
      [ "$echoed" != whoami ] || break
      source=
    done
  fi 2> /dev/null
else
  # shellcheck disable=SC2016 # for the inner shell
  source=$(timeout 3 bash -c 'exec 3<> "/dev/tcp/$0/$1" && printf "whoami\n" >&3 && read -r -u 3 source echoed && [ "$echoed" = whoami ] && printf "%s" "$source"' "$address" "$port" 2> /dev/null)
fi
echo "${source:-blocked}"
