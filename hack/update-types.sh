#!/usr/bin/env bash
# Writes src/api/gen from config/crd.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/node.sh"
exec node "$(dirname "${BASH_SOURCE[0]}")/update-types.ts"
