# SPDX-License-Identifier: Apache-2.0
# boots - a host that seals itself: one boot a call, what it knows kept on /srv
#
# usage: boots.sh auto | lost | noseal
. /root/case/lib.sh
mkdir -p /tmp/cg /sys/kernel/security
module() { wdctl status --json | jq -r ".module.$1"; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', found '$3'"; fi; }
yes_() { local name=$1; shift; if "$@" >/dev/null 2>&1; then ok "$name"; else not_ok "$name: $*"; fi; }
# soon NAME COMMAND...: a wait with an end, long enough for a busy machine
soon() { local name=$1; shift; if until_true 600 "$@"; then ok "$name"; else not_ok "$name: $(tail -n 2 /var/log/agent.log | tr '\n' ' ')"; fi; }
# refused NAME WORDS COMMAND...
refused() {
	local name=$1 words=$2 out
	shift 2
	if out=$("$@" 2>&1); then not_ok "$name: it succeeded"; elif [[ $out = *"$words"* ]]; then ok "$name"; else not_ok "$name: $out"; fi
}
sealed() { [ "$(cat /sys/kernel/webdefender/sealed)" = 1 ]; }
unsealed_alarm() { wdpub alarm list --json | jq -e 'any(.[]; .kind == "unsealed" and .state != "cleared")'; }
expects() { wdctl status --json | jq -r .note | grep -q "not sealed, though it should be"; }
# refusals OP: how many of them the publisher has, folded ones too
refusals() { wdpub events -n 5000 --json | jq "[.[] | select(.op == \"$1\" and .outcome == \"denied\")] | length"; }

# What a disk keeps: configuration and state of both.
[ -d /srv/disk/root/backup ] || { mkdir -p /srv/disk/root && cp -a /root/backup /srv/disk/root/; }
for dir in etc/webdefender var/lib/webdefender var/lib/webdefender-publisher root/backup; do
	mkdir -p "/srv/disk/$dir" "/$dir" && mount --bind "/srv/disk/$dir" "/$dir" || exit 1
done

start_publisher() {
	wdpublisherd 2>/var/log/publisher.log &
	until_true 600 wdpub status || { cat /var/log/publisher.log; exit 1; }
}
start_agent() { webdefenderd 2>/var/log/agent.log & }

first_boot() {
	mkdir -p /srv/www
	printf 'listen = "127.0.0.1:7443"\nsettle = 300\nbeat = 2\n' >/etc/webdefender/publisher.conf
	wdpub init --name guest --address 127.0.0.1:7443 >/dev/null || exit 1
	start_publisher
	wdpub site add www --dir /root/backup >/dev/null || exit 1
	wdpub host add web1 -o /root/web1.enrol >/dev/null || exit 1
	wdctl enrol /root/web1.enrol --site www=/srv/www --mode enforce >/dev/null || exit 1
	echo 'seal = auto' >>/etc/webdefender/agent.conf
}

# Sealed by itself, not before nothing is open for writing; each refused try an alarm.
auto() {
	modprobe dummy
	modprobe webdefender || exit 1
	first_boot
	sleep 9999 >>/srv/www/held.log &
	local holder=$!
	start_agent
	soon "the site is applied" applied
	until_true 120 test -s /var/lib/webdefender/trust/seal.key && sleep 5 # two looks of the agent
	is "auto waits while a file is open for writing" "0 yes" "$(cat /sys/kernel/webdefender/sealed) $(wdctl status --json | jq -r 'if .module.armed_dirty > 0 then "yes" else "no" end')"
	soon "and says that it should be sealed" expects
	kill $holder
	soon "auto seals by itself then" sealed
	soon "the publisher knows" sh -c 'wdpub host list --json | jq -e ".[0].seal == \"sealed\""'
	refused_tries
	irrevocable
}

# try_ OP COMMAND...: refused, and one more event of that kind at the publisher, denied
try_() {
	local op=$1 before
	shift
	before=$(refusals "$op")
	"$@" >/dev/null 2>&1 && not_ok "$*: it succeeded" && return
	more() { [ "$(refusals "$op")" -gt "$before" ]; }
	soon "an alarm: $*" more
}
refused_tries() {
	try_ policy sh -c 'echo off >/sys/kernel/webdefender/mode'
	try_ policy sh -c 'echo 0 >/sys/kernel/webdefender/ops/open'
	try_ unload rmmod -f webdefender
	try_ unload rmmod dummy
	try_ kernel modprobe brd
	try_ kernel dd if=/dev/zero of=/dev/mem count=1
	try_ kernel sh -c 'echo h >/proc/sysrq-trigger'
	try_ kill kill -9 "$(module agent)"
	try_ kill kill -STOP "$(module keeper)"
	try_ ptrace sh -c "head -c 1 /proc/$(module agent)/mem"
	yes_ "the publisher has an alarm of it open" sh -c 'wdpub alarm list --json | jq -e "any(.[]; .kind == \"tampering\" and .state != \"cleared\")"'
}

# The options that the next boot alone takes back, whatever the publisher lifts.
irrevocable() {
	yes_ "unsealed by the publisher" wdpub unseal web1 --for 10m
	yes_ "a module loads meanwhile" modprobe brd
	yes_ "and goes" rmmod brd
	yes_ "wdctl seal --modules-disabled --lockdown" wdctl seal --modules-disabled --lockdown
	is "sealed" 1 "$(cat /sys/kernel/webdefender/sealed)"
	is "no module any more" 1 "$(cat /proc/sys/kernel/modules_disabled)"
	[[ $(cat /sys/kernel/security/lockdown) = *"[integrity]"* ]] && ok "locked down" || not_ok "locked down: $(cat /sys/kernel/security/lockdown)"
	yes_ "unsealed again" wdpub unseal web1 --for 10m
	refused "modules stay off" "not permitted" modprobe brd
	refused "webdefender stays" "not permitted" rmmod webdefender
	refused "nobody takes that back" "" sh -c 'echo 0 >/proc/sys/kernel/modules_disabled'
	refused "nor the lockdown" "" sh -c 'echo none >/sys/kernel/security/lockdown'
	refused "which has its own teeth" "not permitted" dd if=/dev/zero of=/dev/mem count=1
	yes_ "publishing goes on" sh -c 'echo later >/root/backup/later.html; for n in $(seq 1500); do cmp -s /root/backup/later.html /srv/www/later.html && exit; sleep 0.1; done; exit 1'
	yes_ "sealed for the night" wdctl seal
}

# The publisher's key is lost, and seal = auto seals at once: all is served, nothing can be changed.
lost() {
	rm /var/lib/webdefender-publisher/keys/seal.key
	modprobe webdefender || exit 1
	is "a boot begins unsealed" 0 "$(cat /sys/kernel/webdefender/sealed)"
	is "and modules load again" 0 "$(cat /proc/sys/kernel/modules_disabled)"
	yes_ "really" modprobe dummy
	start_agent
	soon "auto seals without a publisher too" sealed
	start_publisher
	soon "the publisher is told that the key is not its own" sh -c 'wdpub alarm list --json | jq -e "any(.[]; .kind == \"unsealed\" and .subject == \"key\")"'
	refused "a new key does not unseal" "" wdpub unseal web1 --for 10m
	is "still sealed" 1 "$(cat /sys/kernel/webdefender/sealed)"
	refused "root cannot switch it off" "sealed" wdctl mode off
	refused "nor unload it" "not permitted" rmmod webdefender
	yes_ "the site is served" grep -q later /srv/www/later.html
	yes_ "and publishing goes on" sh -c 'echo third >/root/backup/third.html; for n in $(seq 1500); do cmp -s /root/backup/third.html /srv/www/third.html && exit; sleep 0.1; done; exit 1'
}

# The way out: one boot with webdefender.noseal=1, to be seen by everybody.
noseal() {
	modprobe webdefender || exit 1
	start_publisher
	start_agent
	soon "the agent registers" sh -c '[ "$(cat /sys/kernel/webdefender/agent)" != 0 ]'
	soon "the alarm: a host that should be sealed is not" unsealed_alarm
	soon "the host says so itself" expects
	is "it is not sealed" 0 "$(cat /sys/kernel/webdefender/sealed)"
	refused "and will not be in this boot" "noseal" wdctl seal
	refused "nor by the publisher" "noseal" wdpub seal web1
	yes_ "so root can change the mode" wdctl mode audit
	yes_ "enforce again" wdctl mode enforce
	yes_ "end the expectation" wdpub seal web1 --forget
	no_alarm() { ! unsealed_alarm; }
	soon "the alarm is cleared by that" no_alarm
	yes_ "and unload the module" sh -c 'wdctl mode off && rmmod webdefender'
}

"$1"
sync
finish
