#!/usr/bin/env bash
# Gives a process the mounts and the capabilities of its container and becomes it:
#   container.sh FRESH ROOT BUNDLE CAPABILITIES SOURCE TARGET ... -- COMMAND...
# Called in a mount namespace of its own. ROOT is the container's root file system, read-only: the machine's own (/), or an unpacked image,
# whose processes then see nothing of the machine's. /run is fresh (so that no two containers share a pid file), with the given
# folders in it, and with the lab's programs and the folder BUNDLE as Sallyport's where ROOT is /; targets elsewhere must exist. CAPABILITIES as setpriv(1) has them
# (net_admin,net_raw; `none`), or `all`. FRESH: where to assemble it.
set -euo pipefail
fresh=$1
root=$2
bundle=$3
capabilities=$4
shift 4
[ "$$" -ne 1 ] || mount -t proc proc /proc
mount -t sysfs sysfs /sys 2> /dev/null || true      # a network namespace's own, where this is allowed
mkdir -p "$fresh"
mount -t tmpfs -o mode=0755 tmpfs "$fresh"
below=
if [ "$root" = / ]; then
  mkdir -p "$fresh/lab/bin" "$fresh/lab/bundle" "$fresh/netns"
  mount --bind /run/lab/bin "$fresh/lab/bin"
  mount --bind "$bundle" "$fresh/lab/bundle"
else
  below=$fresh.root
  mkdir -p "$below" "$fresh/lab/tools"
  mount --bind "$root" "$below"
  mount -o remount,bind,ro "$below"
  mount --bind /run/lab/tools "$fresh/lab/tools"
  for folder in dev proc sys; do mount --rbind "/$folder" "$below/$folder"; done
fi
while [ "$1" != -- ]; do
  target=${2/#\/var\/run\//\/run\/}
  case $target in
    /run/*)
      mkdir -p "$fresh/${target#/run/}"
      mount --bind "$1" "$fresh/${target#/run/}"
      ;;
    *) mount --bind "$1" "$below$target" ;;
  esac
  shift 2
done
shift
mount -n --move "$fresh" "$below/run"
case $capabilities in
  all) limits=() ;;
  none) limits=(--bounding-set=-all --inh-caps=-all) ;;
  *) limits=("--bounding-set=-all,+${capabilities//,/,+}" --inh-caps=-all) ;;
esac
if [ -z "$below" ]; then
  [ "${#limits[@]}" -eq 0 ] || set -- setpriv "${limits[@]}" -- "$@"
  exec "$@"
fi
# The machine's setpriv with its own libraries: an image need not have it. Who enters the root first could not do so afterwards.
chroot=$(command -v chroot)
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec "$chroot" "$below" /run/lab/tools/loader --library-path /run/lab/tools /run/lab/tools/setpriv "${limits[@]}" -- "$@"
