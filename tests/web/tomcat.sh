#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tomcat.sh - Debian's Tomcat, an agent that audits it, a publisher, and a browser on its audit page
#
# Runs inside a machine of tests/audit/lib.sh; tests/web/run starts it.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh
. tests/audit/guest.sh
PATH=$bin:$PATH
base=/var/lib/tomcat10 agent=
die() { echo "not ok tomcat: $*"; tail -n 15 "$work"/*.log >&2; echo "0 passed, 1 failed"; exit 1; }

# The signer of advisories: `advisories SERIAL DATE` leaves data and data.sig in $work.
openssl genpkey -algorithm ed25519 -out "$work/signer" 2>/dev/null
openssl pkey -in "$work/signer" -pubout -outform DER | tail -c 32 | xxd -p -c 64 >"$work/advisories.pub"
cat >"$work/advisories" <<'END'
#!/bin/bash
cd "$(dirname "$0")" || exit 1
printf '{"webdefender-advisories": 1, "serial": %s, "issued": "%s", "tomcat": [{"branch": "10.1", "minimum": "10.1.1"}]}\n' "$1" "$2" >data
{ printf 'webdefender advisories v1\0' && cat data; } >message
openssl pkeyutl -sign -rawin -inkey signer -in message | xxd -p -c 128 >data.sig
END
chmod +x "$work/advisories"

install -d -o tomcat -g tomcat /var/cache/tomcat10
mkdir "$work/backup" && echo page >"$work/backup/index.html"
port=$(free_port) console=$(free_port)
cat >"$work/publisher.conf" <<-END
	listen = "127.0.0.1:$port"
	settle = 300
	beat = 2
	console = "127.0.0.1:$console"
	console-www = "$PWD/build/www"
	console-names = {"localhost", "127.0.0.1"}
	advisories-key = "$work/advisories.pub"
END
start_publisher || die "the publisher starts"
wdpub site add www --dir "$work/backup" >/dev/null
enrol_agent web1
printf 'audit {\n\tinterval = 1d\n\tsettle = 2s\n}\n' >>"$WD_AGENT_CONFIG"
# A busy machine needs minutes for what takes ten seconds.
tomcat_start tomcat $base >/dev/null || wait_for_start "$tomcat_out" >/dev/null || wait_for_start "$tomcat_out" || die "Tomcat starts"
password=$(wdpub user add admin --role administrator | sed -n 's/^One-time password of admin.*: *//p')
export ORIGIN=https://127.0.0.1:$console PASSWORD=$password BASE=$base WORK=$work
export -f snapshot
start_agent || die "the agent starts"
# By itself it would audit minutes after its start.
connected() { wdpub status --json | jq -e '.hosts[0].state == "online"'; }
until_true 120 connected || die "the agent connects"
wdpub audit run web1 >/dev/null || die "the host is audited"
timeout 1500 node tests/web/tomcat.js
status=$?
[ $status = 0 ] || tail -n 20 "$work/publisher.log" "$work/agent.log" >&2
tomcat_stop $base
exit $status
