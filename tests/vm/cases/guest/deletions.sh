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
before=$(slab)
try "agent running"
kill -STOP "$guard"
try "agent stopped"
kill -CONT "$guard"
sleep 1
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
