#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# races.sh - arming against writers that open, map and rename meanwhile
#
# usage: races.sh [ROUNDS | seconds SECONDS]
#
# Every round: the tree is armed while several processes open files of it for writing, map them,
# write through what they have, rename and link. After it: what still may write is known as dirty;
# once all have closed, the tree is clean, and nothing changes it any more.
. "$(dirname "$0")/lib.sh"
rounds=${1:-20} end=
[ "$rounds" != seconds ] || rounds=1000000 end=$((SECONDS + $2))
load mode=off || exit 1
make_template
build_tree
rm -f $tmp/stop $tmp/cycle
mkdir -p /srv/free
# Between stops, each of them opens before and stores or writes after the root is there.
race $www /srv/free 4 $tmp/stop &
racers=$!
problems=0
problem() { problems=$((problems + 1)); not_ok "round-$1" "$2"; }
is_clean() { [ "$(cat $sys/roots/"$root_id"/armed)" = yes ]; }
for ((n = 1; ; n++)); do
	add_root enforce
	[ -n "$root_id" ] || { problem $n "no root"; break; }
	case $((n % 4)) in
	0) echo audit >$sys/mode && echo enforce >$sys/mode ;; # arms again, while it is armed
	1) wdev set "$root_id" off && wdev set "$root_id" enforce ;;
	esac
	# The racers hold nothing for longer than a cycle; refused, they have nothing to hold.
	until_true is_clean || problem $n "still $(cat $sys/roots/"$root_id"/armed) long after"
	snap $www >$tmp/before
	sleep 0.2
	snap $www >$tmp/after
	cmp -s $tmp/before $tmp/after || problem $n "changed while enforced: $(diff $tmp/before $tmp/after | head -n 2)"
	del_root
	[ -z "$end" ] || [ $SECONDS -lt $end ] || rounds=$n
	if [ $((n % 20)) = 0 ] || [ $n = $rounds ]; then
		[ $problems = 0 ] && ok "armed-against-racers-$n-times"
	fi
	[ $problems -lt 5 ] && [ $n != $rounds ] || break
done
touch $tmp/stop
wait $racers
is racers-ended 0 $?
allowed unload rmmod webdefender
allowed umount umount /srv
summary
