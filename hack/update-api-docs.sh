#!/usr/bin/env bash
# Writes docs/reference from config/crd and src/api/reasons*.ts.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib/node.sh"
exec node "$(dirname "${BASH_SOURCE[0]}")/update-api-docs.ts"
