# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# guest.sh - a running guest: its folder build/vm/run/NAME, its qemu, its console

guest_dir() { echo "$vm/run/$1"; }
guest_console() { echo "$vm/log/$1.console"; }

# The pid of a guest's qemu; fails if there is none. A pid alone may be somebody else's by now.
guest_pid() {
	local pid arguments
	[ -f "$vm/run/$1/pid" ] && read -r pid <"$vm/run/$1/pid" || return 1
	[ -r "/proc/$pid/cmdline" ] || return 1
	mapfile -d '' -t arguments <"/proc/$pid/cmdline"
	[[ ${arguments[*]} = *"path=$vm/run/$1/c1,"* ]] || return 1
	echo "$pid"
}

# guest_exec NAME VMEXEC-OPTIONS... -- COMMAND...
guest_exec() {
	local dir options=()
	dir=$(guest_dir "$1")
	shift
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	"$vm/bin/vmexec" "${options[@]}" --pid "$(cat "$dir/pid")" "$dir" "$@"
}

# guest_stop NAME: at once; what a guest has on its disks is thrown away anyway.
guest_stop() {
	local dir pid
	dir=$(guest_dir "$1")
	if pid=$(guest_pid "$1"); then
		kill -KILL "$pid" 2>/dev/null || true
		# Its sockets and a kept disk are free only then.
		while kill -0 "$pid" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$pid/status"; do sleep 0.01; done
	fi
	rm -rf "$dir"
}

# "[#1]" is in the first line of every oops, however it is worded; lockdep and newer kernels
# say WARNING without the CPU.
complaints='^(\[[ 0-9.]*\] )?(WARNING|BUG|UBSAN|Oops)\b.*:|\[#[0-9]+\]|Kernel panic|rcu:.*detected stall|blocked for more than|new suspected memory leaks|guestd: boot failed'

# guest_oops NAME: succeeds if the kernel complained, and shows the end of its console.
guest_oops() {
	local console
	console=$(guest_console "$1")
	grep -qsE "$complaints" "$console" || return 1
	echo "vm: the guest's kernel complained; the end of $console:" >&2
	tail -n 40 "$console" >&2
}

# Logs of guests without a name are worth keeping for a while only, as is the folder of
# one whose run was killed.
prune_guests() {
	local old
	find "$vm/log" -maxdepth 1 -name 'run-*.*' -printf '%T@ %p\n' | sort -rn | tail -n +61 |
		while read -r _ old; do rm -f "$old"; done
	find "$vm/run" -mindepth 1 -maxdepth 1 -name 'run-*' -mmin +5 | while read -r old; do
		guest_pid "${old##*/}" >/dev/null || rm -rf "$old"
	done
}
