#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# seal.sh - sealed: what root may do before, and no longer then; who may unseal, for how long
. "$(dirname "$0")/lib.sh"
host=web1.example
mount -t tracefs none /sys/kernel/tracing 2>/dev/null
mkdir -p $tmp/cg && mount -t cgroup2 none $tmp/cg 2>/dev/null

# Modules of somebody else: one to load and remove by its file, one that modprobe finds. The debug
# kernel has none of its own, but its tests'.
spare=dummy found=brd lacking=
if [ -e /root/planted ]; then
	install -D -t "/lib/modules/$(uname -r)/updates" /root/planted/*.ko && depmod
	spare=spare found=planted
	# Nor has it these; Debian's kernels must.
	[ -c /dev/mem ] || lacking+=' dev-mem'
	[[ $(breach ioperm 2>&1) != *"not implemented"* ]] || lacking+=' ioperm'
fi
modprobe $found && rmmod $found || exit 1
# lacks NAME: what this kernel was built without, nobody needs to be kept from
lacks() { [[ "$lacking " = *" $1 "* ]] && skip "$1" "not in this kernel"; }

# ---- a publisher: its key, its signatures ----
openssl genrsa -out $tmp/key.pem 3072 2>/dev/null
openssl genrsa -out $tmp/other.pem 3072 2>/dev/null
openssl genrsa -out $tmp/short.pem 1024 2>/dev/null
public() { openssl rsa -in "$1" -RSAPublicKey_out -outform DER 2>/dev/null | xxd -p | tr -d '\n'; }
key=$(public $tmp/key.pem)
# statement SECONDS NONCE [BOOT] [HOST] [COMMAND]
statement() {
	printf 'WebDefender unseal v1\0'
	printf '%02x%08x%s%s%02x' "${5:-1}" "$1" "${3:-$boot}" "$2" "$(printf %s "${4:-$host}" | wc -c)" | xxd -r -p
	printf %s "${4:-$host}"
}
# signed by KEY, what statement takes
signed() { local k=$1; shift; statement "$@" | openssl dgst -sha256 -sign "$k" | xxd -p | tr -d '\n'; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }
nonce() { wdev nonce | field nonce; }
sealed() { cat $sys/sealed; }
info() { wdev info | field "$1"; }
is_sealed() { [ "$(sealed)" = 1 ]; }
unsealed_for() { local n; n=$(nonce); wdev unseal "$1" "$n" "$(signed $tmp/key.pem "$1" "$n")"; }
# refused NAME WORDS COMMAND...: fails, and says WORDS
refused() {
	local name=$1 words=$2 out
	shift 2
	if out=$("$@" 2>&1); then not_ok "$name" "succeeded"; return; fi
	if [[ $out = *"$words"* ]]; then ok "$name"; else not_ok "$name" "$out"; fi
}
# event NAME WORDS: since mark
event() { if events_since | grep -qF "$2"; then ok "$1"; else not_ok "$1" "$(events_since | tail -n 3)"; fi; }

# ---- the keeper and its agents ----
start_keeper() {
	rm -f $tmp/in && mkfifo $tmp/in
	wdev keeper <$tmp/in >$tmp/keeper 2>$tmp/keeper.err &
	keeper=$!
	exec 7>$tmp/in
	until_true grep -q agent $tmp/keeper
}
agent_of() { cat $sys/agent; }
# kill_hard PID: as root can that asks nobody (cgroup.kill)
kill_hard() {
	mkdir -p $tmp/cg/x$1
	echo "$1" >$tmp/cg/x$1/cgroup.procs && echo 1 >$tmp/cg/x$1/cgroup.kill
}
other_agent() { local n; n=$(agent_of); [ "$n" != 0 ] && [ "$n" != "$1" ]; }

make_template
build_tree

# ---- what root can do while it is not sealed: each of these must work ----
load mode=enforce || exit 1
boot_old=$(info boot_id)
add_root enforce
refused seal-without-key "nobody could unseal" wdev seal
is not-sealed-at-load 0 "$(sealed)"
refused nonce-while-unsealed "not sealed" wdev nonce
refused key-garbage "no RSAPublicKey" wdev seal-key 30820001ff $host
refused key-short "2048 to 4096 bits" wdev seal-key "$(public $tmp/short.pem)" $host
refused key-empty "no RSAPublicKey" wdev seal-key "" $host
refused key-oversized "" wdev seal-key "$(head -c 600 /dev/zero | xxd -p | tr -d '\n')" $host
allowed key wdev seal-key "$key" $host
allowed key-again wdev seal-key "$key" $host
refused key-another "another key" wdev seal-key "$(public $tmp/other.pem)" $host
refused key-another-host "another key" wdev seal-key "$key" elsewhere
is key-shown "$(printf %s "$key" | xxd -r -p | sha256sum | cut -d' ' -f1)" "$(info key)"
refused seal-without-agent "no agent is registered" wdev seal
wdev agent hold >$tmp/agent & agent=$!
until_true grep -q registered $tmp/agent

file=$(modinfo -n $spare)
case $file in *.xz) xz -dc "$file" >$tmp/spare.ko ;; *) cp "$file" $tmp/spare.ko ;; esac
for f in /sys/kernel/debug/x86/pti_enabled /sys/kernel/debug/split_huge_pages /sys/kernel/debug/sched/verbose; do
	[ -e $f ] && debugfs=$f && break
done
exe=$(command -v wdev)
lib=$(ldd "$exe" | sed -n 's/.*=> \(.*libmnl[^ ]*\).*/\1/p')
in_place() { python3 -c 'import sys; open(sys.argv[1], "r+b").close()' "$1"; }
unload_spare() { rmmod $spare; }
# ways STAGE: what root may do only while it is not sealed. DO is a function: NAME COMMAND...
ways() {
	local way=$1
	$way kexec-load breach kexec-load
	lacks ioperm || $way ioperm breach ioperm
	$way bpf-kprobe breach bpf 2
	$way bpf-tracepoint breach bpf 5
	lacks dev-mem || $way dev-mem breach open-rw /dev/mem
	$way debugfs breach open-rw $debugfs
	$way kprobe-event sh -c 'echo p:wdprobe do_sys_openat2 >>/sys/kernel/tracing/kprobe_events'
	$way insmod insmod $tmp/spare.ko
	$way rmmod-another unload_spare
	$way init-module breach init-module $tmp/spare.ko
	$way sysrq sh -c 'echo h >/proc/sysrq-trigger'
	$way raw-disk breach open-rw "$rootdisk"
	$way mode sh -c "echo enforce >$sys/mode"
	$way root-mode sh -c "echo enforce >$sys/roots/$root_id/mode"
	$way ops-switch sh -c "echo 1 >$sys/ops/chmod"
	$way netlink-mode wdev mode enforce
	$way netlink-root-mode wdev set "$root_id" enforce
	$way root-add wdev add /srv/outside enforce
}
rootdisk=$(awk '$2 == "/" { print $1 }' /proc/mounts)
before() { local n=$1; shift; allowed "unsealed-$n" "$@"; }
ways before
rmmod $spare && insmod $tmp/spare.ko # there must be one to remove
: >/sys/kernel/tracing/kprobe_events
wdev del "$(wdev roots | sed -n 's/.*"root":\([0-9]*\),"path":"\/srv\/outside".*/\1/p')"
# kexec_file_load needs a signed image here: unsealed it gets as far as looking at the file
refused unsealed-kexec-file "format" breach kexec-file $tmp/spare.ko
allowed unsealed-library-in-place in_place "$lib"
allowed unsealed-stop-the-agent kill -STOP $agent
kill -CONT $agent
head -c 1 /proc/$agent/mem >/dev/null 2>$tmp/err
is unsealed-agent-memory 1 "$(grep -c 'Input/output' $tmp/err)"
python3 -c 'import ctypes, sys, time, os
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
assert libc.ptrace(16, pid, 0, 0) == 0
open(sys.argv[2], "w").close()
time.sleep(60)' $agent $tmp/traced & tracer=$!
until_true test -e $tmp/traced
refused seal-while-traced "traced" wdev seal
kill -9 $tracer; wait $tracer 2>/dev/null
sleep 999 <>"$lib" & writer=$!
refused seal-while-library-is-written "open for writing" wdev seal
kill $writer; wait $writer 2>/dev/null
kill -9 $agent; wait $agent 2>/dev/null
until_true grep -qx 0 $sys/agent
allowed unsealed-impostor wdev agent write $www/impostor x

# ---- sealed ----
boot=$(info boot_id)
start_keeper
start_events
mark
allowed seal wdev seal
is sealed-shown 1 "$(sealed)"
is sealed-in-info 1 "$(info sealed)"
event seal-event '"detail":"sealed"'
refused seal-twice "already" wdev seal
mark
after() { local n=$1; shift; denied "sealed-$n" "$@"; }
modprobe -q $found 2>/dev/null && not_ok "sealed-modprobe"
ways after
denied sealed-kexec-file breach kexec-file $tmp/spare.ko
denied sealed-root-del wdev del "$root_id"
denied sealed-keeper sh -c 'wdev keeper </dev/null'
denied sealed-inode-add wdev inode-add "$root_id" 5
events_since >$tmp/new
for e in '"op":"kernel","verdict":"denied"' 'module=spare.ko' '"detail":"module"' '"detail":"kexec"' 'kexec=spare.ko' \
	'"detail":"bpf=2"' '"detail":"sysrq"' '"op":"unload"' '"op":"device"' 'sealed: mode"' 'sealed: mode of a root' \
	'sealed: ops' 'sealed: command'; do
	if grep -qF "$e" $tmp/new; then ok "alarm ${e//\"/}"; else not_ok "alarm ${e//\"/}"; fi
done
# shellcheck disable=SC2086 # words
set -- $lacking
is each-lockdown-tells $((4 - $#)) "$(grep -c '"detail":"lockdown=' $tmp/new)"
denied sealed-rmmod sh -c 'rmmod webdefender 2>&1; exit 1'
denied sealed-rmmod-force sh -c 'rmmod -f webdefender 2>&1; exit 1'
allowed sealed-bpf-filter breach bpf 1
allowed sealed-reading-works cat $www/index.html
denied sealed-writing-is-denied touch $www/x
agent=$(agent_of)
denied sealed-kill-agent sh -c "kill -9 $agent"
denied sealed-stop-agent sh -c "kill -STOP $agent"
denied sealed-kill-keeper sh -c "kill -9 $keeper"
for who in $agent $keeper; do
	head -c 1 /proc/$who/mem >/dev/null 2>$tmp/err
	is sealed-memory-$who 1 "$(grep -c 'Permission denied' $tmp/err)"
done
refused sealed-library-in-place "Text file busy" in_place "$lib"
refused sealed-program-in-place "Text file busy" in_place "$exe"
mark
echo "exec wdev agent write $www/by-exec x" >&7
until_true grep -q exec $tmp/keeper
is keepers-child-that-executed-is-refused 1 "$(field exec <$tmp/keeper | tail -n 1)"
denied impostor-beside-agent sh -c 'wdev agent write /dev/null x 2>&1; exit 1'
event impostor-alarm 'sealed: register'

# ---- the agent dies all the same ----
if [ -e $tmp/cg/cgroup.procs ]; then
	kill_hard "$agent"
	# until the heir is there, and then too, no impostor gets in
	for n in 1 2 3 4 5; do wdev agent write $www/impostor2 x 2>/dev/null && not_ok impostor-won-the-race; done
	if until_true other_agent "$agent"; then ok heir-follows; else not_ok heir-follows "$(cat $tmp/keeper.err)"; fi
	is no-impostor-wrote 1 "$([ -e $www/impostor2 ]; echo $?)"
	agent=$(agent_of)
	kill_hard $keeper
	kill_hard "$agent"
	until_true grep -qx 0 $sys/agent
	is all-dead 0 "$(agent_of)"
	denied impostor-after-all-died wdev agent write $www/impostor3 x
	LD_PRELOAD=$lib denied impostor-with-preload wdev agent write $www/impostor3 x
	denied dead-agent-still-enforced touch $www/x
else
	skip heir-follows "no cgroup2"
fi

# ---- who may unseal ----
n=$(nonce)
is same-nonce-for-everybody "$n" "$(nonce)"
mark
refused forged "not the publisher's" wdev unseal 600 "$n" "$(signed $tmp/other.pem 600 "$n")"
event forged-alarm 'sealed: unseal'
refused wrong-boot "not the publisher's" wdev unseal 600 "$n" "$(signed $tmp/key.pem 600 "$n" "$(printf '%032d' 7)")"
refused wrong-host "not the publisher's" wdev unseal 600 "$n" "$(signed $tmp/key.pem 600 "$n" "$boot" web2.example)"
refused wrong-command "not the publisher's" wdev unseal 600 "$n" "$(signed $tmp/key.pem 600 "$n" "$boot" $host 2)"
refused wrong-time "not the publisher's" wdev unseal 6000 "$n" "$(signed $tmp/key.pem 600 "$n")"
good=$(signed $tmp/key.pem 600 "$n")
refused truncated "not the publisher's" wdev unseal 600 "$n" "${good%??}"
refused empty-signature "not the publisher's" wdev unseal 600 "$n" ""
refused oversized-signature "" wdev unseal 600 "$n" "$(head -c 600 /dev/zero | xxd -p | tr -d '\n')"
refused altered "not the publisher's" wdev unseal 600 "$n" "00${good#??}"
refused unknown-nonce "unknown, used or too old" wdev unseal 600 "$(printf '%064d' 1)" "$good"
refused short-nonce "" wdev unseal 600 "${n%??}" "$good"
refused no-time "" wdev unseal 0 "$n" "$(signed $tmp/key.pem 0 "$n")"
refused too-long-a-time "" wdev unseal 86401 "$n" "$(signed $tmp/key.pem 86401 "$n")"
is still-sealed 1 "$(sealed)"
denied nobody-unseals su nobody -s /bin/sh -c "wdev unseal 600 $n $good"
allowed unseal wdev unseal 600 "$n" "$good"
is unsealed-shown 0 "$(sealed)"
is time-is-told 1 "$([ "$(info seconds)" -gt 500 ] && echo 1)"
refused replayed-while-unsealed "not sealed" wdev unseal 600 "$n" "$good"
allowed mode-while-unsealed wdev mode enforce
allowed agent-while-unsealed wdev agent write $www/while x
allowed library-while-unsealed in_place "$lib"
start_keeper
allowed seal-before-time wdev seal
is sealed-before-time 1 "$(sealed)"
refused replayed "used or too old" wdev unseal 600 "$n" "$good"
n2=$(nonce)
is a-new-nonce-after-use 1 "$([ "$n2" != "$n" ] && echo 1)"

# ---- it ends by itself ----
mark
allowed unseal-for-a-second unsealed_for 1
if until_true is_sealed; then ok sealed-again-by-itself; else not_ok sealed-again-by-itself; fi
until_true caught_up
event sealed-again-event '"detail":"sealed again"'
denied sealed-again-refuses wdev mode enforce
refused sealed-again-holds-the-code "Text file busy" in_place "$lib"
is agent-kept-over-it 1 "$([ "$(agent_of)" != 0 ] && echo 1)"
agent=$(agent_of)
unsealed_for 3
# At once: later it is refused, and they stay.
if kill -9 $keeper && kill -9 $agent; then wait $keeper; else not_ok killed-while-unsealed; fi 2>/dev/null
if until_true is_sealed; then ok sealed-again-without-agent; else not_ok sealed-again-without-agent; fi
denied no-agent-after-it wdev agent write $www/late x
allowed unseal-to-end unsealed_for 600
stop_events
exec 7>&-
allowed unload-when-unsealed rmmod webdefender

# ---- a nonce grows old; another boot; never sealed ----
load mode=enforce nonce_seconds=6
wdev seal-key "$key" $host
allowed seal-alone wdev seal 1
denied no-agent-when-sealed-alone wdev agent write $www/alone x
boot=$(info boot_id)
old=$(nonce)
replaced() { [ "$(nonce)" != "$old" ]; }
until_true replaced && sleep 4 # its second half
refused expired "too old" wdev unseal 600 "$old" "$(signed $tmp/key.pem 600 "$old")"
n=$(nonce)
refused last-boot "not the publisher's" wdev unseal 600 "$n" "$(signed $tmp/key.pem 600 "$n" "$boot_old")"
retry() { for t in 1 2 3 4 5; do unsealed_for 600 2>/dev/null && return; done; }
allowed unseal-at-last retry
allowed unload-at-last rmmod webdefender
load mode=enforce noseal=1
wdev seal-key "$key" $host
refused noseal "noseal=1" wdev seal 1
allowed unload-noseal rmmod webdefender
summary
