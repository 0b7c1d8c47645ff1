#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# load.sh - loading: parameters, refusals that say what to do, what sysfs shows
. "$(dirname "$0")/lib.sh"

last_error() { dmesg | grep 'webdefender: cannot load' | tail -n 1; }
# refused NAME WORDS COMMAND...: loading fails and the log says these words
refused() {
	local name=$1 words=$2
	shift 2
	if "$@" 2>/dev/null; then not_ok "$name" "loaded"; rmmod webdefender; return; fi
	if [[ $(last_error) = *"$words"* ]]; then ok "$name"; else not_ok "$name" "$(last_error)"; fi
	[ ! -e $sys ] || not_ok "$name-unwound" "$sys is left"
}

refused bad-mode-parameter "mode=foo is none of off, audit, enforce" modprobe webdefender mode=foo
# Newer kernels have no such switch any more.
if sysctl -q kernel.ftrace_enabled=0 2>/dev/null; then
	refused ftrace-switched-off "kernel.ftrace_enabled=1" modprobe webdefender
	sysctl -q kernel.ftrace_enabled=1
else
	skip ftrace-switched-off "the kernel has no switch"
fi

allowed load load
is default-mode enforce "$(cat $sys/mode)"
is version "$(modinfo -F version webdefender)" "$(cat $sys/version)"
is not-sealed 0 "$(cat $sys/sealed)"
is no-agent 0 "$(cat $sys/agent)"
is no-roots "" "$(ls $sys/roots)"
is twenty-seven-operations 27 "$(ls $sys/ops | wc -l)"
is ptrace-switched-off 0 "$(cat $sys/ops/ptrace)"
is kill-switched-off 0 "$(cat $sys/ops/kill)"
is open-switched-on 1 "$(cat $sys/ops/open)"
is only-root-sees "" "$(find $sys -type f -perm /077)"
# modprobe calls this success, insmod does not
if insmod "$(modinfo -n webdefender)" 2>/dev/null; then not_ok load-twice; else ok load-twice; fi
is loaded-once-still enforce "$(cat $sys/mode)"
if sysctl -q kernel.ftrace_enabled=0 2>/dev/null; then not_ok ftrace-stays-on; else ok ftrace-stays-on; fi

bad_value() { local name=$1 file=$2; if echo nonsense 2>/dev/null >"$file"; then not_ok "$name"; else ok "$name"; fi; }
bad_value bad-mode-value $sys/mode
bad_value bad-op-value $sys/ops/open
is bad-values-change-nothing "enforce 1" "$(cat $sys/mode) $(cat $sys/ops/open)"

allowed set-mode sh -c "echo audit >$sys/mode"
is mode-set audit "$(cat $sys/mode)"
rmmod webdefender

# The text of the loading messages must not need a translator.
allowed load-with-mode load mode=audit
is mode-parameter audit "$(cat $sys/mode)"
make_template
build_tree
add_root "" /srv/site/www
is new-root-takes-default audit "$(cat $sys/roots/"$root_id"/mode)"
is root-path /srv/site/www "$(cat $sys/roots/"$root_id"/path)"
is root-armed yes "$(cat $sys/roots/"$root_id"/armed)"
echo enforce >$sys/mode
is global-mode-sets-roots enforce "$(cat $sys/roots/"$root_id"/mode)"
echo off >$sys/roots/"$root_id"/mode
is one-root-can-differ "enforce off" "$(cat $sys/mode) $(cat $sys/roots/"$root_id"/mode)"
allowed off-means-off sh -c "echo x >$www/x"
bad_value bad-root-mode-value $sys/roots/"$root_id"/mode
echo enforce >$sys/roots/"$root_id"/mode
echo 0 >$sys/ops/chmod
allowed switched-off-operation chmod 600 $www/index.html
denied other-operation-still chown nobody $www/index.html
echo 1 >$sys/ops/chmod
denied switched-on-again chmod 644 $www/index.html
is denied-counted 2 "$(cat $sys/roots/"$root_id"/denied)"
allowed remount-read-only-for-shutdown mount -o remount,ro /srv
allowed remount-read-write mount -o remount,rw /srv
denied umount-is-denied sh -c "umount /srv 2>&1 | sed 's/must be superuser to unmount/Operation not permitted/'; exit 1"
allowed reading-goes-on grep -q hello $www/index.html
allowed unload-with-roots rmmod webdefender
allowed writable-after-unload sh -c "echo x >$www/x"
allowed umount-after-unload umount /srv
summary
