#!/usr/bin/env bash
# Lets scanners of others at a server of a made-up operator, signed in: wapiti on all pages, sqlmap on what has parameters. `make scan`; what they say lies
# in .build/scan. Needs the Debian package sqlmap; wapiti comes from PyPI, as Debian 12's does not run with its own Python. Ends with an error when one of them has found something.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
executable=$PWD/.build/release/customer-dynamics
for tool in sqlmap curl; do
    command -v "$tool" >/dev/null || { echo "scan: $tool is missing; apt-get install $tool" >&2; exit 1; }
done
wapiti=$PWD/.build/scan-tools/bin/wapiti
[[ -x $wapiti ]] || { python3 -m venv .build/scan-tools && .build/scan-tools/bin/pip install --quiet 'wapiti3==3.2.3'; }
results=$PWD/.build/scan
rm -rf "$results"
mkdir -p "$results"
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
"$executable" demo --data "$folder/data" --clients 100 --years 1 --through 2025-12-31 >/dev/null
echo "a scanner's long password" | "$executable" user set-password admin --data "$folder/data" >/dev/null
token=$("$executable" token create scan --role administrator --data "$folder/data" 2>/dev/null)
CUSTOMER_DYNAMICS_WEB_REQUESTS_PER_MINUTE=10000000 "$executable" serve --data "$folder/data" --port 0 >"$folder/address" 2>"$results/server.log" &
server=$!
until address=$(grep -o 'http://[^ ]*' "$folder/address"); do sleep 0.1; done
address=${address%/}
curl -sf -c "$folder/cookies" -o /dev/null -d name=admin --data-urlencode "password=a scanner's long password" "$address/sign-in"
session=$(awk '$6 == "session" { print $7 }' "$folder/cookies")
[[ -n $session ]] || { echo "scan: nobody is signed in" >&2; exit 1; }
report=$(curl -sf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d '{"from":"2025-01-01","to":"2025-12-31","group_by":["month"]}' \
    "$address/api/v1/reports" | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')

# First, as wapiti presses every button that it finds.
echo "sqlmap tries parameters ..."
injected=0
try() {
    local name=$1
    shift
    sqlmap --batch --random-agent --level 2 --risk 2 --technique BEUST --time-sec 3 --flush-session --output-dir "$results/sqlmap" --disable-coloring "$@" \
        >"$results/sqlmap-$name.log" 2>&1
    if grep -q "is vulnerable\|identified the following injection" "$results/sqlmap-$name.log"; then
        echo "sqlmap: $name can be injected, see $results/sqlmap-$name.log" >&2
        injected=1
    elif ! grep -q "do not appear to be injectable" "$results/sqlmap-$name.log"; then
        echo "sqlmap: $name was not tried to the end, see $results/sqlmap-$name.log" >&2
        injected=1
    fi
}
try suggestions --cookie "session=$session" --url "$address/suggestions?kind=tags&text=a" -p kind,text
try view --cookie "session=$session" --url "$address/view?id=$report" -p id
try audit --cookie "session=$session" --url "$address/administration/audit?what=signed_in&who=admin" -p what,who
try reports --headers "Authorization: Bearer $token" --url "$address/api/v1/reports?list=mine&offset=0&limit=10" -p list,offset,limit
try sign-in --url "$address/sign-in" --data "name=admin&password=x&to=/" -p name,to --ignore-code 422,429
try query --headers "Authorization: Bearer $token
Content-Type: application/json" --url "$address/api/v1/reports" \
    --data '{"from":"2025-01-01","to":"2025-12-31","tags":["vip*"],"owners":["R000001*"],"timezone":"UTC*"}' --ignore-code 422

echo "wapiti reads all pages and tries what it knows ..."
# Signing out would end it; whoever disables users or revokes the session's own things spoils the rest.
"$wapiti" --url "$address/" --start "$address/view?id=$report" --start "$address/administration" --header "Cookie: session=$session" --flush-session --store-session "$results/session" \
    --exclude "$address/sign-out" --exclude "$address/account/password" --exclude "$address/administration/users/*" --scope domain \
    --module "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,ssrf,timesql,upload,xss,xxe" \
    --max-scan-time 120 --max-attack-time "${WAPITI_SECONDS:-120}" --max-links-per-page 100 --format json --output "$results/wapiti.json" --verbose 1 --no-bugreport \
    >"$results/wapiti.log" 2>&1 || { tail "$results/wapiti.log" >&2; exit 1; }

python3 - "$results/wapiti.json" <<'PYTHON' || injected=1
import http.client, json, sys
found = json.load(open(sys.argv[1]))


def is_refused(entry):
    """Whether the very request that is said to lack a token is turned away as forged."""
    head, _, body = entry["http_request"].partition("\n\n")
    lines = head.split("\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    wire = http.client.HTTPConnection(headers["host"])
    wire.request(lines[0].split()[0], lines[0].split()[1], body, {
        "Cookie": headers["cookie"], "Content-Type": "application/x-www-form-urlencoded"})
    return wire.getresponse().status == 403


count = 0
for kind in ("vulnerabilities", "anomalies"):
    for name, entries in found[kind].items():
        for entry in entries:
            stands = name != "Cross Site Request Forgery" or not is_refused(entry)
            count += stands
            print(f"wapiti: {kind}: {name}: {entry['method']} {entry['path']}: {entry['info']}" + ("" if stands else " (refused with 403: does not stand)"))
print(f"wapiti: {found['infos']['crawled_pages_nbr']} pages, {count} findings that stand")
sys.exit(count > 0)
PYTHON
if grep -q '"level":"error"\| error customer-dynamics' "$results/server.log"; then
    echo "scan: the server had errors of its own, see $results/server.log" >&2
    injected=1
fi
exit $injected
