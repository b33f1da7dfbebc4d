#!/usr/bin/env bash
# Fails when docs/reference is not what hack/update-api-docs.sh would write.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/node.sh"
exec node "$(dirname "${BASH_SOURCE[0]}")/verify-api-docs.ts"
