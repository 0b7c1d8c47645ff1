#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# authority.sh - only the registered agent writes; dead, nobody does
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
make_template
build_tree
add_root enforce
start_events
i=$www/index.html
agent_hold() { wdev agent hold >$tmp/agent & agent=$!; until_true grep -q registered $tmp/agent; }

denied nobody-writes-without-agent sh -c "echo x >>$i"
allowed agent-writes wdev agent write $i "by agent"
is agent-wrote 1 "$(grep -c 'by agent' $i)"
allowed agent-thread-writes wdev agent thread $www/thread x
denied agent-fork-is-not-the-agent wdev agent fork $i x
denied agent-exec-is-not-the-agent wdev agent exec touch $www/exec
is dead-agent-not-shown 0 "$(cat $sys/agent)"

agent_hold
is agent-shown "$agent" "$(cat $sys/agent)"
denied others-beside-agent touch $www/other
if wdev agent write $i x 2>$tmp/err; then not_ok second-agent; else ok second-agent; fi
is second-agent-told 1 "$(grep -c 'another agent is registered and lives' $tmp/err)"
if wdev inode-add "$root_id" 5 2>/dev/null; then not_ok inode-add-beside-agent; else ok inode-add-beside-agent; fi
kill -9 $agent
wait $agent 2>/dev/null
until_true grep -qx 0 $sys/agent
is killed-agent-is-gone 0 "$(cat $sys/agent)"
denied nobody-writes-after-kill sh -c "echo x >>$i"
allowed new-agent-after-kill wdev agent write $www/new x

# ptrace and kill: off by default, refused when switched on
agent_hold
mark
echo 1 >$sys/ops/kill
echo 1 >$sys/ops/ptrace
denied kill-the-agent sh -c "kill -9 $agent"
denied stop-the-agent sh -c "kill -STOP $agent"
allowed ask-for-the-agent kill -0 $agent
if head -c 1 /proc/$agent/mem >/dev/null 2>$tmp/err; then not_ok agent-memory; else ok agent-memory; fi
is kill-event 1 "$(events_since | grep '"op":"kill"' | grep -c '"detail":"signal=9"')"
is ptrace-event 1 "$(events_since | grep -c '"op":"ptrace","verdict":"denied"')"
echo 0 >$sys/ops/kill
echo 0 >$sys/ops/ptrace
allowed kill-when-off kill -9 $agent
wait $agent 2>/dev/null

# unload: allowed by default, refused when switched on
echo 1 >$sys/ops/unload
mark
denied unload-switched-off sh -c 'rmmod webdefender 2>&1; exit 1'
denied unload-by-force sh -c 'rmmod -f webdefender 2>&1; exit 1'
is unload-event 2 "$(events_since | grep -c '"op":"unload","verdict":"denied"')"
echo 0 >$sys/ops/unload

# what an event tells
mark
su nobody -s /bin/sh -c "echo x >$www/nobody" 2>/dev/null
is discretionary-refusal-is-no-event "" "$(events_since)"
chmod 777 $www 2>/dev/null
events_since >$tmp/new
has() { if grep -qF "$2" $tmp/new; then ok "$1"; else not_ok "$1" "$(cat $tmp/new)"; fi; }
has event-op '"op":"chmod","verdict":"denied"'
has event-detail '"detail":"mode=0777"'
has event-comm '"comm":"chmod"'
has event-exe '"exe":"/usr/bin/chmod"'
has event-uid '"uid":0,"euid":0'
has event-ino "\"ino\":$(stat -c %i $www)"
mark
mv $i /srv/outside/out.html 2>/dev/null
events_since >$tmp/new
has event-both-paths "\"path\":\"$i\",\"path2\":\"/srv/outside/out.html\""
mark
poke write /srv/outside/hard.html 2>/dev/null
events_since >$tmp/new
has event-alias-name "\"path\":\"$www/hard.html\",\"detail\":\"flags=O_WRONLY|O_APPEND via=/srv/outside/hard.html\""
has event-alias-flag '"flags":1'
mark
cp /srv/outside/evil.txt $www/$'with\nnewline "quote"' 2>/dev/null
events_since >$tmp/new
has event-strange-name 'with\u000anewline \"quote\"'
is one-event-per-attempt 1 "$(wc -l <$tmp/new)"

# a path longer than an event can hold is cut at the front
(
	cd $www && wdev set "$root_id" off
	for n in $(seq 20); do mkdir "$(printf '%0250d' "$n")" && cd "$(printf '%0250d' "$n")" || exit; done
	wdev set "$root_id" enforce
	mark
	touch leaf 2>/dev/null
	events_since >$tmp/new
)
is long-path-cut 1 "$(grep -c '/leaf"' $tmp/new)"
has long-path-flag '"flags":2'
stop_events
allowed unload rmmod webdefender
summary
