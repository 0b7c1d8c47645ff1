#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# unload.sh - rmmod while several processes run into the hooks, again and again
#
# usage: unload.sh [ROUNDS] [traced]
#
# traced: with a function tracer, kprobe events and BPF programs on the hooked functions, which
# come and go in other rhythms than the module does.
. "$(dirname "$0")/lib.sh"
rounds=${1:-8}
tracing=/sys/kernel/tracing
hooked="security_file_open security_inode_unlink security_inode_rename security_inode_create"
make_template
build_tree
mkdir -p /srv/free
rm -f $tmp/stop
# On the debug kernel a program takes six seconds to start beside five that are as important.
nice=
[ ! -w $kmemleak ] || nice="nice -n 19"
$nice storm hammer $www 3 $tmp/stop &
one=$!
$nice storm hammer /srv/free 2 $tmp/stop &
two=$!

bpf= said=
bpf_on() {
	: >$tmp/bpf
	# shellcheck disable=SC2086 # a list
	fentry $hooked >$tmp/bpf 2>$tmp/bpf.err &
	bpf=$!
	until_true answered
	[[ $said = *attached* ]]
}
answered() { read -r said <$tmp/bpf || ! kill -0 $bpf 2>/dev/null; }
bpf_off() { [ -z "$bpf" ] || { kill $bpf; wait $bpf; }; bpf=; } 2>/dev/null
function_on() { echo "$hooked" >$tracing/set_ftrace_filter && echo function >$tracing/current_tracer; }
function_off() { echo nop >$tracing/current_tracer && : >$tracing/set_ftrace_filter; }
kprobe_on() { echo 'p:wd/open security_file_open' >$tracing/kprobe_events && echo 1 >$tracing/events/wd/open/enable; }
kprobe_off() { echo 0 >$tracing/events/wd/open/enable && : >$tracing/kprobe_events; }

# Before it is loaded, while it is, and gone before or after it: by the round's number.
trace_round() {
	case $(($1 % 6)) in
	0) function_on ;;
	1) bpf_on ;;
	2) function_off ;;
	3) kprobe_on ;;
	4) bpf_off ;;
	5) kprobe_off ;;
	esac
}

if [ "${2:-}" = traced ]; then
	bpf_on && ok "bpf-attaches" || skip "bpf-attaches" "$(cat $tmp/bpf.err)"
	function_on && ok "function-tracer-starts" || not_ok "function-tracer-starts"
	kprobe_on && ok "kprobe-event-starts" || not_ok "kprobe-event-starts"
fi

coproc reloads { exec reload "$(modinfo -n webdefender)" $www; }
# shellcheck disable=SC2154 # coproc sets it
tell() { said='it is gone' && echo "$*" >&"${reloads[1]}" && read -r said <&"${reloads[0]}" && [ "$said" = ok ]; }
problems=0
problem() { problems=$((problems + 1)); not_ok "round-$1" "$2: $said"; }
one_round() {
	local n=$1 force=
	[ $((n % 2)) = 0 ] && force=" -f"
	tell load || { problem $n "does not load ($(dmesg | tail -n 2))"; return; }
	[ -z "$traced" ] || trace_round "$n" 2>/dev/null || true
	[ $((n % 4)) != 1 ] || tell listen || problem $n "does not tell"
	tell guard || problem $n "is not guarded"
	# the listener stays; the family goes away under it
	tell "unload$force" || problem $n "does not unload"
}
# What the kernel itself seems to have leaked until now is not asked for.
[ ! -w $kmemleak ] || echo clear >$kmemleak
traced=${2:-}
for n in $(seq $rounds); do
	one_round $n
	if [ $((n % 100)) = 0 ] || [ $n = $rounds ]; then
		[ $problems = 0 ] && ok "loaded-and-unloaded-$n-times${traced:+-traced}"
	fi
	[ $problems -lt 5 ] || break
done
if [ -n "$traced" ]; then
	bpf_off
	function_off 2>/dev/null
	kprobe_off 2>/dev/null
fi
touch $tmp/stop
wait $one $two
is hammered-on-afterwards 0 $?
allowed umount-after umount /srv
summary
