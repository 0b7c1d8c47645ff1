#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# events.sh - numbers without a gap, or a gap that is counted; memory that does not grow
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
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
summary
