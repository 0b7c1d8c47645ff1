# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# disk.sh - empty disks for guests: made once for each size and file system, never written

# mkfs runs here and not in the guest: it takes longer there than booting does.
make_disk() {
	local fs=$1 size=$2 tmp=$3 content=${4:-}
	truncate -s "$size" "$tmp"
	case $fs in
	none) ;;
	# No lazy initialisation: it would go on in the guest's background and disturb measurements.
	ext4) mke2fs -q -t ext4 -m 0 -E root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0 \
		${content:+-d "$content"} "$tmp" ;;
	xfs) mkfs.xfs -q "$tmp" ;;
	btrfs) mkfs.btrfs -q "$tmp" ;;
	esac >"$tmp.log" 2>&1 || {
		cat "$tmp.log" >&2
		rm -f "$tmp" "$tmp.log"
		die 2 "cannot make a $fs file system of $size"
	}
	rm -f "$tmp.log"
}

ensure_blank() {
	local fs=$1 size=$2 image=$3
	[ -f "$image" ] && return
	make_disk "$fs" "$size" "$image.tmp"
	mv "$image.tmp" "$image"
}

# blank_disk FS SIZE: the path of an empty disk; FS may be none.
blank_disk() {
	local image=$vm/blank/$1-$2.img
	mkdir -p "$vm/blank"
	[ -f "$image" ] || locked blank ensure_blank "$1" "$2" "$image"
	echo "$image"
}

# kept_disk FS SIZE FILE: a disk that outlives the guest; FILE is made if it is missing.
kept_disk() {
	local blank
	[ -f "$3" ] && return
	blank=$(blank_disk "$1" "$2")
	cp --sparse=always "$blank" "$3.tmp"
	mv "$3.tmp" "$3"
}
