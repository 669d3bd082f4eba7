#!/usr/bin/env bash
# Sends requests that are made from the description of the HTTP interface to a server of a made-up operator, and checks every answer against it:
# no fault of the server, no answer that is not described. `make fuzz-http EXAMPLES=600` sends some 19,000.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
examples=${1:-100}
executable=$PWD/.build/release/customer-dynamics
[[ -x .build/fuzz-http/bin/schemathesis ]] || { python3 -m venv .build/fuzz-http && .build/fuzz-http/bin/pip install --quiet 'schemathesis==4.32.5'; }
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
"$executable" demo --data "$folder/data" --clients 100 --years 1 --through 2025-12-31 >/dev/null
token=$("$executable" token create fuzz --role administrator --data "$folder/data" 2>/dev/null)
# More requests than people make.
CUSTOMER_DYNAMICS_WEB_REQUESTS_PER_MINUTE=10000000 "$executable" serve --data "$folder/data" --port 0 >"$folder/address" 2>"$folder/log" &
server=$!
until address=$(grep -o 'http://[^ ]*' "$folder/address"); do sleep 0.1; done
schemathesis=$PWD/.build/fuzz-http/bin/schemathesis
# It leaves files where it runs.
cd "$folder"
# Deleting a run cancels it: it stays known with its state, so that what is deleted need not be gone.
# A token that revokes itself would end all of it. Whether a request that fits the schema is taken is not for the schema alone to say: ids and mail
# servers have to be there.
"$schemathesis" run "${address%/}/api/openapi.json" --header "Authorization: Bearer $token" --max-examples "$examples" \
    --exclude-operation-id revokeToken --exclude-checks positive_data_acceptance,use_after_free --continue-on-failure --generation-database none
