#!/usr/bin/env bash
# Gives a process the mounts of its container and becomes it:  container.sh FRESH SOURCE TARGET ... -- COMMAND...
# Called in a mount namespace of its own. /run is fresh (so that no two containers share a pid file), with the lab's programs
# and the given folders in it; targets elsewhere must exist. FRESH: where to assemble it.
set -euo pipefail
fresh=$1
shift
[ "$$" -ne 1 ] || mount -t proc proc /proc
mount -t sysfs sysfs /sys 2> /dev/null || true      # a network namespace's own, where this is allowed
mkdir -p "$fresh"
mount -t tmpfs -o mode=0755 tmpfs "$fresh"
mkdir -p "$fresh/lab/bin" "$fresh/lab/bundle" "$fresh/netns"
mount --bind /run/lab/bin "$fresh/lab/bin"
mount --bind /run/lab/bundle "$fresh/lab/bundle"
while [ "$1" != -- ]; do
  target=${2/#\/var\/run\//\/run\/}
  case $target in
    /run/*)
      mkdir -p "$fresh/${target#/run/}"
      mount --bind "$1" "$fresh/${target#/run/}"
      ;;
    *) mount --bind "$1" "$target" ;;
  esac
  shift 2
done
shift
mount -n --move "$fresh" /run
exec "$@"
