#!/usr/bin/env bash
# Fails when src/api/gen is not what hack/update-types.sh would write.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/node.sh"
exec node "$(dirname "${BASH_SOURCE[0]}")/verify-types.ts"
