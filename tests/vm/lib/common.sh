# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# common.sh - paths, messages and locks; sourced by the scripts of tests/vm

# shellcheck disable=SC2034 # the names below are for those who source this
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
lib=$top/tests/vm/lib
vm=$top/build/vm
me=${0##*/}

# mke2fs, depmod and friends live where an ordinary user's PATH does not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { echo "vm: $*" >&2; }
die() {
	local status=$1
	shift
	echo "$me: $*" >&2
	exit "$status"
}

# need PROGRAM...: all of them, or a message that says how to get them.
need() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null ||
			die 2 "$program is missing: install what tests need with scripts/deps test"
	done
}

# locked NAME COMMAND...: one process at a time, and never a lock left behind: it
# goes with the file descriptor, which the command's own children do not inherit.
locked() {
	local name=$1 fd status=0
	shift
	mkdir -p "$vm/lock"
	exec {fd}>"$vm/lock/$name"
	flock "$fd"
	"$@" {fd}>&- || status=$?
	exec {fd}>&-
	return $status
}

# valid_name NAME: fit for a file name and for a shell glob.
valid_name() { [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ ]]; }
