# Source this. Common to the scripts of hack/: the repository's root, the cache, one line of progress per step.

SALLYPORT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SALLYPORT_CACHE=${XDG_CACHE_HOME:-${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}/.cache}/sallyport

# nft, ip and keepalived live in sbin, which an unprivileged user's PATH often lacks.
case ":$PATH:" in
  *:/usr/sbin:*) ;;
  *) PATH=$PATH:/usr/sbin:/sbin ;;
esac
export SALLYPORT_ROOT SALLYPORT_CACHE PATH

# say TEXT: one line of progress on stderr, so that stdout stays for answers.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# fail TEXT...: says what is wrong and what to do, and ends the script.
fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

# step NAME COMMAND...: runs the command and prints its name with the seconds it took; its output only when it fails.
step() {
  local name=$1 start=$EPOCHREALTIME log status
  shift
  log=$(mktemp)
  status=0
  "$@" > "$log" 2>&1 || status=$?
  local elapsed=$(( (${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 100000 ))
  if [ "$status" -eq 0 ]; then
    say "$name: done in $((elapsed / 10)).$((elapsed % 10)) s"
  else
    say "$name: failed after $((elapsed / 10)).$((elapsed % 10)) s (exit status $status)"
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}
