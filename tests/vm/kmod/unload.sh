#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# unload.sh - rmmod while several processes run into the hooks, again and again
#
# usage: unload.sh [ROUNDS]
. "$(dirname "$0")/lib.sh"
rounds=${1:-8}
make_template
build_tree
mkdir -p /srv/free
rm -f $tmp/stop
storm hammer $www 3 $tmp/stop &
one=$!
storm hammer /srv/free 2 $tmp/stop &
two=$!
for n in $(seq $rounds); do
	force=
	[ $((n % 2)) = 0 ] && force=-f
	load mode=enforce || { not_ok "load-$n"; break; }
	add_root enforce
	start_events
	until_true [ "$(stat_of denied)" -gt 100 ] 2>/dev/null || sleep 0.5
	some_denied() { [ "$(stat_of denied)" -gt 100 ]; }
	until_true some_denied || not_ok "denies-$n"
	# the listener stays; the family goes away under it
	allowed "unload-under-load-$n${force:+-forced}" rmmod $force webdefender
	stop_events
done
touch $tmp/stop
wait $one $two
is hammered-on-afterwards 0 $?
allowed umount-after umount /srv
summary
