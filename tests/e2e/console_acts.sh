# SPDX-License-Identifier: Apache-2.0
# console_acts.sh - what pages do with machines: services, alarms, limits, CUT, a Tomcat's audit.
# Read by tests/e2e/console, while ada's proof is fresh.
. tests/e2e/cat.sh

enrol vera auditor # to be refused; her login is a proof, so the role alone can be the reason

# ---- services: the publisher's own roles ----
service() { # MEMBER - of the role notify, as the page reads it
	call ada GET /services
	field ".rows[] | select(.host == \"\" and .name == \"notify\") | .$1"
}
service_is() { [ "$(service state)" = "$1" ]; }
another_pid() { service_is running && [ "$(service pid)" != "$1" ]; }
check 'services: a role of the publisher runs' until_true 15 service_is running
pid=$(service pid)
check 'services: the page offers what can be done' is start,stop,restart "$(service 'acts | join(",")')"
call vera POST /services/-/notify/stop '{}'
expect 'services: an auditor stops nothing' 403 forbidden
call olga POST /services/-/notify/stop '{}'
expect 'services: an operator needs a proof' 403 reauth
check 'services: and it is the same as before' is "$pid" "$(service pid)"
call ada POST /services/-/notify/restart '{}'
expect 'services: restart' 200
check 'services: another process serves' until_true 20 another_pid "$pid"
call ada POST /services/-/notify/stop '{}'
expect 'services: stop' 200
check 'services: it is stopped' until_true 20 service_is stopped
check 'services: its process is gone' bash -c "! pgrep -P $publisher -f -- '--role notify'"
call ada POST /services/-/notify/start '{}'
expect 'services: start' 200
check 'services: it runs again' until_true 20 service_is running
call ada POST /services/-/engine/stop '{}'
check 'services: the engine is not stopped from here' has 'cannot be told to stop' "$(field .error)"
call ada POST /services/-/notify/explode '{}'
check 'services: no such act' has 'give start, stop or restart' "$(field .error)"
check 'services: who did it is in the log' bash -c "wdpub log -n 50 --json | jq -e 'any(.act == \"service\")'"

# ---- alarms ----
wdpub alarm test >/dev/null
raised() { call vera GET '/alarms?state=open'; id=$(field 'first(.rows[] | select(.kind == "test")) | .id'); [ -n "$id" ]; }
check 'alarms: an open one is listed' until_true 10 raised
call vera POST "/alarms/$id/ack" '{"note":"mine"}'
expect 'alarms: an auditor takes none' 403 forbidden
call olga POST "/alarms/$id/ack" '{"note":"on it"}'
expect 'alarms: an operator takes it' 200
call vera GET '/alarms?state=acknowledged'
check 'alarms: by whom is shown' has olga "$(field ".rows[] | select(.id == $id) | tostring")"

# ---- limits: in one place ----
call ada PUT /notifications '{"kinds":[{"kind":"cpu-high","limit":71}]}'
expect 'limits: set with the alarm' 200
call vera GET '/hosts/-/metrics?hours=1'
check 'limits: the chart draws that line' is 71 "$(field .limit_cpu)"
call ada PUT /settings '{"cpu_limit":50}'
expect 'limits: not in the settings too' 400 bad-request

# ---- a host: CUT, and the audit of its Tomcat ----
start_cat
enrol_agent web1
printf 'audit {\n\tinterval = 1d\n\tsettle = 2s\n}\n' >>"$WD_AGENT_CONFIG"
start_agent
check 'the agent is there' until_true 30 bash -c "wdpub status --json | jq -e '.hosts[0].state == \"online\"'"

for data in '{}' '{"confirm":"web2"}' '{"confirm":""}'; do
	call ada POST /hass/web1/cut "$data"
	check "cut: the host's name must be typed: $data" bash -c '[ "$1" = 400 ] && grep -q confirm <<<"$2"' - "$status" "$body"
done
call ada POST /hass/web1/cut '{"confirm":"web1"}'
check 'cut: typed right, it goes on to the unit' has 'no hardware unit has been heard of' "$(field .error)"
call ada POST /notifications/test '{"channel":"sms"}'
check 'test SMS: what the page sends is understood' has 'channel is switched off' "$body"

now() { find "$work/cat" -type f -exec sha256sum {} + -exec stat -c '%n %a %u:%g' {} + | sort; }
before=$(now)
call olga POST /audit/web1/run '{"wait":true}'
expect 'audit: run is a job' 202
audited() { call vera GET /audit; [ "$(field '.rows[0].report.servers[0].base')" = "$work/cat" ]; }
check 'audit: the report is there' until_true 60 audited
curl -s --cacert "$ca" -b "$work/jar.vera" -D "$work/head" "$base/api/v1/audit/web1/report" >"$work/report.json"
check 'audit: download is an attachment' grep -qi '^content-disposition: attachment.*webdefender-audit-web1.json' "$work/head"
check 'audit: and the report, whole' is "$(field '.rows[0].report' | jq -cS .)" "$(jq -cS . "$work/report.json")"
call ada GET /audit/nobody/report
expect 'audit: no such host' 404 not-found
call ada POST /audit/web1/fix "{\"base\":\"$work/cat\",\"codes\":\"WT-09\",\"preview\":true,\"wait\":true}"
check 'audit: the preview has text' has ErrorReportValve "$(field .text)"
check 'audit: and changes nothing' is "$before" "$(now)"
call vera POST /audit/web1/fix "{\"base\":\"$work/cat\",\"codes\":\"WT-09\",\"wait\":true}"
expect 'audit: an auditor fixes nothing' 403 forbidden
call ada POST /audit/web1/fix "{\"base\":\"$work/cat\",\"codes\":\"WT-09\",\"wait\":true}"
check 'audit: fixed' is done "$(field .state)"
check 'audit: the server is changed' bash -c '[ "$1" != "$2" ]' - "$before" "$(now)"
call vera GET '/audit/jobs?n=10'
check 'audit: orders, newest first' is 'fix preview run' "$(field '[.rows[].what] | join(" ")')"
check 'audit: by whom' is ada "$(field '.rows[0].by')"
id=$(field '.rows[0].text' | sed -n 's/.*wdctl audit undo \([A-Za-z0-9-]*\).*/\1/p' | head -n 1)
check 'audit: the page finds the ID that undoes it' test -n "$id"
call vera POST /audit/web1/undo "{\"id\":\"$id\",\"wait\":true}"
expect 'audit: an auditor undoes nothing' 403 forbidden
call ada POST /audit/web1/undo "{\"id\":\"$id\",\"wait\":true}"
check 'audit: undone' is done "$(field .state)"
check 'audit: bytes, mode and owner are as before' is "$before" "$(now)"

call ada POST /audit/web1/waive '{"check":"WT-04","object":"","owner":"ada","reason":"<b>old</b>","expires":"2199-12-31"}'
expect 'waiver: made' 200
n=$(field .waiver)
call vera GET /audit/waivers
check 'waiver: listed' is "$n web1 WT-04 <b>old</b>" "$(field '.rows[0] | "\(.waiver) \(.host) \(.check) \(.reason)"')"
call vera DELETE "/audit/waivers/$n"
expect 'waiver: an auditor takes none back' 403 forbidden
call ada DELETE /audit/waivers/1x
check 'waiver: no number' has 'give the number' "$(field .error)"
call ada DELETE "/audit/waivers/$n"
expect 'waiver: taken back' 200
call vera GET /audit/waivers
check 'waiver: it is gone' is 0 "$(field '.rows | length')"
call vera GET /audit/advisories
check 'advisories: their state' is '0 true' "$(field '"\(.serial) \(.stale)"')"

stop_cat
stop_agent
wdpub host remove web1 >/dev/null

# ---- retention: holds from the next start on at the latest (a proof does not outlive that) ----
old() { echo $(($(date +%s) - $1 * 86400)); }
for days in 5 20; do
	sql "INSERT INTO journal (time, level, act, site, host, text) VALUES ($(old $days)000000000, 2, 'aged', '', '', 'of $days days');
		INSERT INTO metric (host, time, cpu, memory, memory_total, disk, disk_total) VALUES ('aged', $(old $days), 1, 1, 2, 1, 2);"
done
call ada PUT /settings '{"keep_log_days":10,"keep_metrics_days":7}'
expect 'retention: set' 200
stop_publisher
start_publisher
until_true 10 up
call ada GET /session
pruned() { is 'of 5 days' "$(sql "SELECT text FROM journal WHERE act = 'aged'")" && is 1 "$(sql "SELECT count(*) FROM metric WHERE host = 'aged'")"; }
check 'retention: what is older goes, what is younger stays' until_true 20 pruned
