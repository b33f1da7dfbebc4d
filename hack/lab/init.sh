#!/usr/bin/env bash
# The first process of the lab's PID namespace: gives it a /run and a /proc of its own, then runs the lab. It stays, to reap
# whoever loses its parent; when it ends, the kernel ends everything else in the lab.
set -euo pipefail
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p /run/netns /run/lab
if ! mount -t proc proc /proc; then
  echo "hack/lab/run: cannot mount /proc: this container hides parts of its own (start it with --security-opt systempaths=unconfined, or --privileged)" >&2
  exit 1
fi
mount -t sysfs sysfs /sys 2> /dev/null || true      # only for people: /sys/class/net is then this namespace's
status=0
node "$(dirname "$0")/main.ts" "$@" || status=$?
exit "$status"
