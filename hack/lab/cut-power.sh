#!/usr/bin/env bash
# What a boot does not bring back, taken away: run in a node's network namespace, with the node's /run as argument. Addresses, routes
# and rules that the lab itself set up stay.
set -u
run=$1
for device in $(ip -o link show | sed -n 's/^[0-9]*: \(eg[a-z0-9]*\).*/\1/p'); do ip link del "$device" 2> /dev/null; done
for family in inet netdev bridge; do nft delete table "$family" sallyport 2> /dev/null; done
for family in -4 -6; do
  for rule in $(ip "$family" rule show | sed -n 's/^\([0-9]*\):.*/\1/p'); do
    case $rule in 0 | 32766 | 32767) ;; *) ip "$family" rule del priority "$rule" ;; esac
  done
  ip "$family" route flush table all proto 84 2> /dev/null
done
ip -o addr show | sed -n 's/^[0-9]*: \(eth[0-9]*\) .* \([0-9a-f.:]*\/\(32\|128\)\) .*/\1 \2/p' |
  while read -r device address; do ip addr del "$address" dev "$device"; done
conntrack -F > /dev/null 2>&1
rm -rf "${run:?}"/sallyport/*
exit 0
