#!/usr/bin/env bash
# One Pod of `npm run bench -- churn`: from the moment its network namespace exists (before its addresses do), a datagram with
# the text every few milliseconds. From few source ports: nearly every one is that of a flow of the address's former holder.
#   churn-sender.sh NETNS TEXT PORT DATAGRAMS
exec 3<> <(:)                                   # a pipe that nobody writes to: read -t is a sleep without a process
for ((n = 0; n < 5000; n++)); do
  # There a moment before it can be entered.
  [ ! -e "$1" ] || ! nsenter --net="$1" -- bash -c '
echo 40000 40063 > /proc/sys/net/ipv4/ip_local_port_range
exec 3<> <(:)
for ((n = 0; n < $2; n++)); do
  { echo "$0" > "/dev/udp/198.51.100.10/$1"; } 2> /dev/null
  read -rt 0.005 <&3
done
exit 0' "$2" "$3" "$4" 2> /dev/null || exit 0
  read -rt 0.002 <&3
done
exit 1
