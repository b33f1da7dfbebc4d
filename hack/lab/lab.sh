#!/usr/bin/env bash
# The `lab` command inside a lab; see README.md. What only enters a namespace is done here, without starting Node.
set -euo pipefail
here=$(dirname "$0")

fail() { printf 'lab: %s\n' "$*" >&2; exit 2; }

# pod_netns NS/POD: the file of the pod's network namespace.
pod_netns() {
  [[ $1 == ?*/?* ]] || fail "\"$1\" is not NAMESPACE/POD"
  [ -e "/run/lab/pods/$1" ] || fail "no pod $1 runs here (kubectl get pods -A shows which do)"
  printf '/run/lab/pods/%s\n' "$1"
}

# after_dashes ARG...: the command behind the "--" into `command`.
after_dashes() {
  [ "${1:-}" = -- ] || fail "a command comes after \"--\", not \"${1:-}\""
  command=("${@:2}")
  [ "${#command[@]}" -gt 0 ] || fail 'there is no command after "--"'
}

[ -d /run/lab ] || fail 'this is not a lab: start one with hack/lab/run'
case ${1:-} in
  exec)
    [ $# -ge 2 ] || fail 'usage: lab exec NS/POD -- CMD...'
    after_dashes "${@:3}"
    netns=$(pod_netns "$2")
    exec nsenter --net="$netns" -- "${command[@]}"
    ;;
  node)
    [ $# -ge 2 ] || fail 'usage: lab node NODE -- CMD...'
    after_dashes "${@:3}"
    [ -d "/run/lab/nodes/$2" ] || fail "there is no node \"$2\""
    mkdir -p /run/sallyport
    # The node's /run/sallyport, and the /sys of its network namespace.
    exec nsenter --net="/run/netns/$2" -- unshare --mount --propagation private -- bash -c \
      'mount --bind "/run/lab/nodes/$0/run/sallyport" /run/sallyport; mount -t sysfs sysfs /sys 2> /dev/null; exec "$@"' "$2" "${command[@]}"
    ;;
  outside)
    server=outside
    if [ "${2:-}" != -- ] && [ $# -ge 2 ]; then
      server=$2
      shift
    fi
    after_dashes "${@:2}"
    [[ $server =~ ^(outside|partner(-[0-9]+)?)$ && -e /run/netns/$server ]] || fail "there is no outside server \"$server\""
    exec nsenter --net="/run/netns/$server" -- "${command[@]}"
    ;;
  whoami)
    [ $# -ge 2 ] || fail 'usage: lab whoami NS/POD [--to ADDR] [--port P] [--udp] [--ipv6] [-o json]'
    netns=$(pod_netns "$2")
    exec nsenter --net="$netns" -- node "$here/whoami.ts" "${@:3}"
    ;;
  logs)
    [ $# -ge 2 ] || fail 'usage: lab logs NS/POD [CONTAINER] | lab logs PROGRAM'
    name=${2//\//_}
    [ $# -eq 2 ] || name+=_$3
    shopt -s nullglob
    # The whole name, or a pod's name with any container of it.
    files=("/run/lab/logs/$name"[.]log "/run/lab/logs/$name"_*.log)
    [ "${#files[@]}" -gt 0 ] || fail "there is no log of $2; there are: $(cd /run/lab/logs && printf '%s ' *)"
    cat "${files[@]}"
    ;;
  *) exec node "$here/client.ts" "$@" ;;
esac
