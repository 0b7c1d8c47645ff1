#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# events.sh - numbers without a gap, or a gap that is counted; memory that does not grow
. "$(dirname "$0")/lib.sh"
load mode=enforce fold=0 || exit 1
make_template
build_tree
echo off >$sys/mode
for n in 0 1 2 3 4 5 6 7; do echo $n >$www/$n; done
echo enforce >$sys/mode
add_root enforce
sum_holds() {
	[ "$(stat_of events)" = $(($(stat_of delivered) + $(stat_of unheard) + $(stat_of dropped))) ]
}
received() { grep -c '"seq"' $events; }
in_order() { sed -n 's/.*"seq":\([0-9]*\),.*/\1/p' $events | sort -nuc 2>/dev/null && echo yes; }
free_kb() { awk '/MemAvailable/ { print $2 }' /proc/meminfo; }

# nobody listens
before=$(free_kb)
is storm-unheard '{"attempts":50000,"not_denied":0}' "$(storm unlink $www 50000)"
until_true sum_holds
is unheard-all-numbered 50000 "$(stat_of events)"
is unheard-plus-dropped 50000 $(($(stat_of unheard) + $(stat_of dropped)))
is denied-counted 50000 "$(stat_of denied)"
is root-denied-counted 50000 "$(cat $sys/roots/"$root_id"/denied)"
used=$((before - $(free_kb)))
if [ $used -lt 20000 ]; then ok memory-bounded; else not_ok memory-bounded "$used kB more"; fi

# somebody listens well
start_events --buffer 33554432
mark
storm unlink $www 2000 >/dev/null
events_since >/dev/null
is heard-all 2000 "$(received)"
is in-order yes "$(in_order)"
is none-dropped 0 "$(tail -n 1 $events | sed 's/.*"dropped":\([0-9]*\).*/\1/')"
stop_events

# somebody listens slowly, with a small buffer
base=$(stat_of events)
dropped=$(stat_of dropped)
start_events --buffer 65536 --pause-ms 1
storm unlink $www 50000 >/dev/null
until_true sum_holds
is slow-all-numbered $((base + 50000)) "$(stat_of events)"
settled() { local a; a=$(received); sleep 1; [ "$a" = "$(received)" ]; }
until_true settled
gap=$(($(stat_of dropped) - dropped))
echo "# slow listener: $(received) received, $gap dropped"
is slow-received-plus-dropped 50000 $(($(received) + gap))
if [ $gap -gt 0 ]; then ok slow-overflow-seen; else not_ok slow-overflow-seen "nothing was dropped"; fi
is slow-in-order yes "$(in_order)"
stop_events
allowed unload rmmod webdefender

# one source, folded: its first attempts one by one, then one event a second with the count
load mode=enforce || exit 1
add_root enforce
repeats() { sed -n 's/.*"seq".*"repeat":\([0-9]*\).*/\1/p' $events | awk '{ n += $1 } END { print n + 0 }'; }
singles() { grep '"seq"' $events | grep -vc '"repeat"'; }
told() { echo $(($(singles) + $(repeats))); }
all_told() { [ "$(told)" = "$1" ]; }
start_events --buffer 33554432
began=$SECONDS
storm unlink $www 50000 >/dev/null
until_true all_told 50000
most=$((32 + SECONDS - began + 2)) # one a second, however slow the machine
is folded-all-told 50000 "$(told)"
is folded-denied-counted 50000 "$(stat_of denied)"
is folded-adds-up 50000 $(($(stat_of events) + $(stat_of folded)))
is folded-first-ones-alone 32 "$(singles)"
if [ "$(received)" -le $most ]; then ok folded-few-events; else not_ok folded-few-events "$(received), at most $most"; fi
echo "# 50000 denials by one process: $(received) events"
is folded-in-order yes "$(in_order)"
is folded-none-dropped 0 "$(stat_of dropped)"
is folded-keeps-the-path 1 "$(grep '"repeat"' $events | head -n 1 | grep -c "\"path\":\"$www/[0-7]\"")"
is folded-keeps-the-exe 1 "$(grep '"repeat"' $events | head -n 1 | grep -c '"exe":"/usr/bin/storm"')"

# others are others: another process, operation, directory
first=$(received)
rm -f $www/1 2>/dev/null
chmod 777 $www/1 2>/dev/null
mv $www/sub/page.html $www/sub/p 2>/dev/null
others() { [ "$(received)" = $((first + 3)) ]; }
until_true others
is folded-not-others $((first + 3)) "$(received)"

# more sources at a time than are counted at a time: nothing is lost
base=$(told)
for n in $(seq 100); do storm unlink $www 40 >/dev/null & done
wait $(jobs -p | grep -vx $listener)
until_true all_told $((base + 4000))
is folded-many-sources $((base + 4000)) "$(told)"

# what audit lets happen is told one by one
wdev set "$root_id" audit
before_audit=$(received)
python3 -c 'import os, sys
for n in range(200): os.chmod(sys.argv[1], 0o600 + n % 2)' $www/1
audited() { [ "$(received)" = $((before_audit + 200)) ]; }
until_true audited
is audit-not-folded $((before_audit + 200)) "$(received)"
storm_held() { wdev set "$root_id" enforce; storm unlink $www 200 >/dev/null; }
storm_held
stop_events
allowed unload-while-held rmmod webdefender
allowed nothing-pinned umount /srv
summary
