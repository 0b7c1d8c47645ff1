# SPDX-License-Identifier: Apache-2.0
# burst - in audit, 200 files tampered at once are all restored, every event is accounted for and
# evidence holds every tampered version.
. /root/case/lib.sh
protect audit
walk /srv/www >/tmp/before
find /srv/www -type f | sort | head -n 200 >/tmp/files
n=$(wc -l </tmp/files)
[ "$n" = 200 ] || not_ok "the site has only $n files"
sleep 1
from=$(wdctl status --json | jq -r '.module.events')
python3 - <<'END'
for line in open("/tmp/files"):
    path = line.strip()
    with open(path, "w") as file:
        file.write("0wned: " + path + "\n")
END
same() { walk /srv/www | cmp -s - /tmp/before; }
if until_true 60 same; then ok "200 tampered files are all restored"; else
	not_ok "200 tampered files are all restored"
	diff <(walk /srv/www) /tmp/before | head -n 6
fi
until_true 30 settled && ok "nothing is pending" || not_ok "nothing is pending"
wdctl events -n 100000 --json >/tmp/events
account() {
	python3 - "$from" <<'END'
import json, sys
events = [json.loads(line) for line in open("/tmp/events")]
numbers = sorted(int(e["id"].split("-")[1]) for e in events if e["source"] == "kmod")
missing = [n for n in range(int(sys.argv[1]) + 1, numbers[-1] + 1) if n not in set(numbers)]
lost = [e for e in events if e["op"] == "lost"]
paths = {e["path"] for e in events if e["op"] == "open"}
wanted = {line.strip() for line in open("/tmp/files")}
print(len(numbers), "events,", len(missing), "missing,", len(lost), "gaps told")
sys.exit(bool((missing or wanted - paths) and not lost))
END
}
if said=$(account); then ok "every event is accounted for: $said"; else not_ok "every event is accounted for: $said"; fi
outcomes() { jq -s -e 'map(select(.source == "kmod")) | all(.outcome != "pending" and .outcome != "failed" and .outcome != "waiting")' /tmp/events; }
outcomes >/dev/null && ok "every event has its outcome" || not_ok "every event has its outcome: $(jq -r .outcome /tmp/events | sort | uniq -c | tr '\n' ' ')"
# Archives one after the other are one stream to tar -i.
zstd -dcq /var/lib/webdefender/evidence/*.tar.zst | tar -xif - --exclude=meta.json --to-stdout >/tmp/held 2>/dev/null
held=$(grep -cxFf <(sed 's/^/0wned: /' /tmp/files) /tmp/held)
[ $held = 200 ] && ok "evidence holds all 200 tampered versions" || not_ok "evidence holds $held of 200 tampered versions"
wdctl evidence check >/dev/null && ok "the evidence chain is whole" || not_ok "the evidence chain is whole"
copied() { [ "$(wdpub evidence list --json | jq length)" -ge 200 ]; }
until_true 60 copied && ok "the publisher has a copy of all" || not_ok "the publisher has only $(wdpub evidence list --json | jq length)"

# More than the module's queue holds, with the agent stopped: a counted gap, and a rescan.
guard=$(wdctl status --json | jq -r .pid)
kill -STOP "$guard"
python3 - <<'END'
import os
for i in range(20000):
    path = "/srv/www/spam%d" % (i % 50)
    open(path, "w").close()
    os.unlink(path)
open("/srv/www/index.html", "w").write("0wned in the storm")
END
kill -CONT "$guard"
if until_true 300 same; then ok "after a storm of 40,000 operations the tree is right"; else
	not_ok "after a storm the tree is right"
	diff <(walk /srv/www) /tmp/before | head -n 6
fi
lost() { wdctl events -n 100000 --json | grep -E '"op": ?"lost"' >/tmp/lost; }
until_true 30 lost && ok "the lost events were counted: $(jq -r '.note // .detail' /tmp/lost | head -n 1)" ||
	not_ok "the lost events were counted"
# Who kills the agent lowers nothing: agent.conf says audit, an administrator said enforce.
modes() { wdctl status --json | jq -r '.sites[0].mode'; cat /sys/kernel/webdefender/roots/*/mode; }
stays() { [ "$(modes | sort -u)" = "$1" ]; }
wdctl mode enforce >/dev/null
kill -9 "$guard"
gone() { ! wdctl status --json | jq -e .pid; }
until_true 30 gone
webdefenderd 2>>/var/log/agent.log &
back() { [ "$(wdctl status --json | jq -r .pid)" -gt 0 ]; }
until_true 60 back
stays enforce && ok "a killed agent finds the mode that was set, and keeps it" || not_ok "after a kill: $(modes | tr '\n' ' ')"
! echo 0wned 2>/dev/null >/srv/www/index.html && ok "and changes are denied" || not_ok "a change after a kill"
wdctl mode audit >/dev/null
stays audit && ok "an administrator may lower it" || not_ok "lowered: $(modes | tr '\n' ' ')"
finish
