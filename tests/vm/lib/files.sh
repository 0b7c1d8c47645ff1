# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# files.sh - files into and out of a guest, through tar; uses step() of tests/vm/run
#
# Creating a file costs the emulated guest a millisecond. What goes to a fresh ext4 /srv,
# usually a whole site, is therefore put on that disk before the guest has it.

extras="--acls --xattrs --xattrs-include=user.*"

# Run with TAR, the options; TARGET; NAME, if it is one file. As cp -T would: into TARGET when
# that is a folder. The rename makes a file that is there already new at once, not in pieces.
place_script='
set -e
target=$1 name=$2
case $target in */) mkdir -p "$target" ;; esac
if [ -z "$name" ]; then
	mkdir -p "$target"
elif [ ! -d "$target" ]; then
	parent=$(dirname "$target")
	mkdir -p "$parent"
	work=$(mktemp -d "$parent/.copy.XXXXXX")
	tar -x -p $TAR --no-same-owner --warning=no-timestamp -C "$work"
	mv -fT "$work/$name" "$target"
	rmdir "$work"
	exit
fi
tar -x -p $TAR --no-same-owner --warning=no-timestamp -C "$target"'

# pack FROM OPTIONS: its content, if it is a folder.
pack() {
	local from=$1 options
	read -ra options <<<"$2"
	if [ -d "$from" ]; then
		tar -c "${options[@]}" --numeric-owner -C "$from" .
	else
		tar -c "${options[@]}" --numeric-owner -C "$(dirname "$from")" -- "$(basename "$from")"
	fi
}

name_if_file() { [ -d "$1" ] || basename "$1"; }

# Looking for attributes doubles the guest's work, so it is only told to if there are any.
extras_of() {
	if [ "$(pack "$1" "$extras" | grep -ac 'SCHILY\.\(acl\|xattr\)')" != 0 ]; then echo "$extras"; fi
}

copy_in() {
	local from=$1 to=$2 options
	options=$(extras_of "$from")
	pack "$from" "$options" |
		step -- env TAR="$options" sh -fc "$place_script" - "$to" "$(name_if_file "$from")"
}

# copy_to_stage FROM TO STAGE: to where TO will be when STAGE is the root.
copy_to_stage() {
	pack "$1" "$extras" | TAR=$extras sh -fc "$place_script" - "$3$2" "$(name_if_file "$1")"
}

copy_out() {
	local from=$1 to=$2 base='' folder=$1
	if ! step -- test -d "$from" </dev/null; then
		base=$(basename "$from")
		folder=$(dirname "$from")
	fi
	step -- tar -c --acls --xattrs --numeric-owner -C "$folder" -- "${base:-.}" </dev/null | TAR=$extras sh -fc "$place_script" - "$to" "$base"
}

# For a fresh /srv, by us as root: the owner has to come out as root.
goes_on_disk() {
	[ "$fs" = ext4 ] && [ -z "$keep_disk" ] && [ "$(id -u)" = 0 ] &&
		[[ $1 = /srv/* && $1/ != */../* ]]
}

# fill_srv STAGE: put on the disk what can be; the others remain in copies.
fill_srv() {
	local stage=$1 pair rest=()
	for pair in "${copies[@]}"; do
		if goes_on_disk "${pair#*:}"; then
			mkdir -p "$stage/srv"
			copy_to_stage "${pair%%:*}" "${pair#*:}" "$stage" || die 2 "--copy $pair failed"
		else
			rest+=("$pair")
		fi
	done
	copies=("${rest[@]}")
}
