# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# files.sh - files into and out of a guest, through tar; uses step() of tests/vm/run

# What both tars keep; the owner is not, as the users here are not those there.
tar_options=(--acls --xattrs --xattrs-include='user.*' --numeric-owner)

# place_script: TARGET NAME; unpacks one file called NAME so that it becomes TARGET, or
# goes into it when it is a folder.
place_script='
set -e
target=$1 name=$2
case $target in */) mkdir -p "$target" ;; esac
if [ ! -d "$target" ]; then
	mkdir -p "$(dirname "$target")"
	work=$(mktemp -d "$(dirname "$target")/.copy.XXXXXX")
	tar -x -p $TAR -C "$work"
	mv -fT "$work/$name" "$target"
	rmdir "$work"
else
	tar -x -p $TAR -C "$target"
fi'

unpack_script='mkdir -p "$1" && tar -x -p $TAR -C "$1"'

copy_in() {
	local from=$1 to=$2 options="--acls --xattrs --xattrs-include=user.* --no-same-owner"
	if [ -d "$from" ]; then
		tar -c "${tar_options[@]}" -C "$from" . |
			step -- env TAR="$options" sh -fc "$unpack_script" - "$to"
	else
		tar -c "${tar_options[@]}" -C "$(dirname "$from")" -- "$(basename "$from")" |
			step -- env TAR="$options" sh -fc "$place_script" - "$to" "$(basename "$from")"
	fi
}

copy_out() {
	local from=$1 to=$2 name
	name=$(basename "$from")
	if step -- test -d "$from" </dev/null; then
		mkdir -p "$to"
		step -- tar -c "${tar_options[@]}" -C "$from" . </dev/null |
			tar -x -p --acls --xattrs --xattrs-include='user.*' --no-same-owner -C "$to"
	else
		step -- tar -c "${tar_options[@]}" -C "$(dirname "$from")" -- "$name" </dev/null |
			TAR="--acls --xattrs --xattrs-include=user.* --no-same-owner" sh -fc "$place_script" - "$to" "$name"
	fi
}
