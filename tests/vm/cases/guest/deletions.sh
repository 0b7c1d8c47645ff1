# SPDX-License-Identifier: Apache-2.0
# deletions - in enforce, 50,000 deletions as fast as can be while the agent runs, is stopped, is
# dead: every one is denied, every one is reported or counted, no memory grows.
. /root/case/lib.sh
sys=/sys/kernel/webdefender/stats
attempts=50000
cpus=$(nproc)
for n in 0 1 2 3 4 5 6 7; do echo "$n" >/root/backup/$n; done
protect enforce
walk /srv/www >/tmp/before
guard=$(pidof webdefenderd | tr ' ' '\n' | sort -n | head -n 1)

stat_of() { cat $sys/"$1" 2>/dev/null || echo 0; }
slab() { awk '/^SUnreclaim/ { print $2 }' /proc/meminfo; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: $2 expected, $3 found"; fi; }

storms() {
	local n pids=()
	for n in $(seq "$cpus"); do
		storm unlink /srv/www $((attempts / cpus)) >"/tmp/storm.$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	cat /tmp/storm.* | jq -s -c '[(map(.attempts) | add), (map(.not_denied) | add)]'
}

# Everything numbered has been handed over, was unheard, or is counted as dropped. One event may
# stand for many (folded).
numbered() { [ "$(stat_of events)" = $(($(stat_of delivered) + $(stat_of unheard) + $(stat_of dropped))) ]; }
accounted() { echo $(($(stat_of events) + $(stat_of folded) - base)); }
all_accounted() { numbered && [ "$(accounted)" -ge $attempts ]; }

# What is on the agent's own list, and on the publisher's: one line may stand for many. Each is asked
# for its last 500 and kept by its id, for neither tells more at a time.
collect() {
	touch "/tmp/$1.seen"
	{ cat "/tmp/$1.seen" && "$1" events -n 500 --json; } |
		jq -c 'if type == "array" then .[] else . end | select(.op == "unlink" and .denied)' | jq -s -c 'unique_by(.id)[]' >"/tmp/$1.new"
	mv "/tmp/$1.new" "/tmp/$1.seen"
	jq -s 'map(.repeat // 1) | add // 0' "/tmp/$1.seen"
}
agents() { collect wdctl; }
publishers() { collect wdpub; }
told() { [ "$("$1")" -ge "$2" ]; }
# on_lists WHAT: since the last time, on both
on_lists() {
	agent_had=$((agent_had + attempts)) publisher_had=$((publisher_had + attempts))
	until_true 120 told agents $agent_had
	is "$1: on the agent's own list" $agent_had "$(agents)"
	until_true 120 told publishers $publisher_had
	is "$1: on the publisher's list" $publisher_had "$(publishers)"
}
agent_had=0 publisher_had=0

try() {
	local what=$1 denied took
	sleep 1
	until_true 60 numbered
	base=$(($(stat_of events) + $(stat_of folded)))
	denied=$(stat_of denied)
	dropped=$(stat_of dropped)
	took=$(date +%s%N)
	is "$what: every deletion was refused" "[$attempts,0]" "$(storms)"
	took=$((($(date +%s%N) - took) / 1000000))
	is "$what: the module denied as many" $attempts $(($(stat_of denied) - denied))
	until_true 60 all_accounted
	is "$what: reported or counted: $attempts" $attempts "$(accounted)"
	numbered && ok "$what: numbered = delivered + unheard + dropped" ||
		not_ok "$what: numbered = delivered + unheard + dropped"
	echo "# $what, $cpus processors: $((attempts * 1000 / (took + 1))) a second, $(($(stat_of dropped) - dropped)) dropped and counted, slab $(slab) kB"
	walk /srv/www | cmp -s - /tmp/before && ok "$what: the tree is as it was" || not_ok "$what: the tree is as it was"
}

[ "$(ls -l /sys/kernel/webdefender/stats | wc -l)" -gt 1 ] || not_ok "no statistics"
try "warm-up" # what caches take once, they have then
on_lists "warm-up"
before=$(slab)
try "agent running"
on_lists "agent running"
kill -STOP "$guard"
try "agent stopped"
kill -CONT "$guard"
on_lists "agent stopped, and going on"
# The one that would start another, too.
pkill -KILL -x wd-warden
kill -KILL "$guard"
gone() { [ "$(cat /sys/kernel/webdefender/agent)" = 0 ]; }
until_true 20 gone && ok "the agent is dead" || not_ok "the agent is dead"
try "agent dead"
after=$(slab)
[ $((after - before)) -lt 4096 ] && ok "150,000 refusals later no memory has grown ($before kB, $after kB)" ||
	not_ok "unreclaimable slab grew from $before kB to $after kB"
finish
