#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# roots.sh - several roots, nested ones and switches, on five file systems at once; and a file
# system that goes and comes back
#
#   /srv/fs/TYPE        a file system of its own (overlay: of three directories in /srv/fs)
#   /srv/fs/TYPE/site   a root; site/in/deep another one in it
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
types=()
put() { sh -c 'echo x >"$1"' - "$1"; }

# make TYPE: mounts it and builds its tree; 1 if this kernel has no such thing
make_fs() {
	local type=$1 at=/srv/fs/$1 image=/srv/fs/$1.img
	mkdir -p $at
	case $type in
	tmpfs) mount -t tmpfs none $at ;;
	overlay)
		mkdir -p /srv/fs/low /srv/fs/up /srv/fs/work
		modprobe -q overlay
		mount -t overlay -o lowerdir=/srv/fs/low,upperdir=/srv/fs/up,workdir=/srv/fs/work none $at
		;;
	*)
		truncate -s 320M $image
		modprobe -q loop $type
		mkfs.$type -q $image && mount -o loop $image $at
		;;
	esac || return 1
	mkdir -p $at/site/in/deep $at/site/sub $at/free
	for f in site/a site/sub/b site/in/c site/in/deep/d free/e; do echo 1 >$at/$f; done
}
for type in ext4 xfs btrfs tmpfs overlay; do
	if make_fs $type >$tmp/mkfs 2>&1; then types+=($type); else skip fs-$type "$(head -n 1 $tmp/mkfs)"; fi
done
start_events
number() { wdev add "$1" "$2" | sed 's/.*"root":\([0-9]*\).*/\1/'; }
declare -A outer inner

# ---- the outer root enforces, the inner one audits ----
for type in "${types[@]}"; do
	outer[$type]=$(number /srv/fs/$type/site enforce)
	inner[$type]=$(number /srv/fs/$type/site/in/deep audit)
done
is all-roots $((2 * ${#types[@]})) "$(wdev roots | wc -l)"
for type in "${types[@]}"; do
	at=/srv/fs/$type
	mark
	denied $type-outer put $at/site/a
	denied $type-outer-below put $at/site/sub/b
	denied $type-between put $at/site/in/c
	allowed $type-inner put $at/site/in/deep/d
	allowed $type-inner-create put $at/site/in/deep/new
	denied $type-name-of-the-inner mv $at/site/in/deep $at/site/in/other
	denied $type-above-the-inner mv $at/site/in $at/site/on
	denied $type-out-of-the-inner mv $at/site/in/deep/d $at/site/d
	allowed $type-outside put $at/free/e
	new=$(events_since)
	is $type-told-by-its-root "$(printf '"denied" %s\n"reported" %s' "${outer[$type]}" "${inner[$type]}")" \
		"$(grep -E "\"path\":\"$at/site/(a|in/deep/d)\"" <<<"$new" | grep -F '"op":"open"' |
			sed 's/.*"verdict":\("[a-z]*"\),"root":\([0-9]*\),.*/\1 \2/')"
done

# ---- the other way round; one file system's mode is not another's ----
for type in "${types[@]}"; do
	at=/srv/fs/$type
	wdev set ${outer[$type]} audit
	wdev set ${inner[$type]} enforce
	allowed $type-outer-audit put $at/site/a
	denied $type-inner-enforce put $at/site/in/deep/d
	wdev set ${inner[$type]} off
	mark
	allowed $type-inner-off put $at/site/in/deep/d
	is $type-inner-off-is-silent 0 "$(events_since | grep -c deep/d)"
	for other in "${types[@]}"; do
		[ $other = $type ] || grep -qx "$([[ " ${done_types:-} " = *" $other "* ]] && echo audit || echo enforce)" \
			$sys/roots/${outer[$other]}/mode || not_ok $type-leaves-$other "$(cat $sys/roots/${outer[$other]}/mode)"
	done
	done_types="${done_types:-} $type"
done
wdev mode enforce

# ---- what monitoring asks of a file system is answered, and is no event ----
queries() { # TYPE DIRECTORY FILE
	case $1 in
	ext4) filefrag "$3" && lsattr "$3" ;;
	xfs) xfs_io -r -c 'bmap -v' -c fsmap -c stat -c fiemap "$3" && xfs_io -r -c 'inode -v' -c 'bulkstat -n 1' "$2" ;;
	btrfs)
		for ask in "filesystem usage" "filesystem df" "device stats" "property get" "inspect-internal rootid" \
			"scrub status" "balance status" "filesystem sync"; do
			btrfs $ask "$2" || return
		done
		;;
	*) stat -f "$2" ;;
	esac
}
for type in "${types[@]}"; do
	at=/srv/fs/$type/site
	mark
	allowed $type-queries queries $type $at $at/a
	is $type-queries-are-silent 0 "$(events_since | grep -c .)"
done

# ---- a switch is for all of them, and for nothing else ----
echo 0 >$sys/ops/unlink
for type in "${types[@]}"; do
	at=/srv/fs/$type/site
	put $at/in/deep/new 2>/dev/null
	allowed $type-unlink-switched-off rm $at/sub/b
	denied $type-create-still-denied put $at/sub/b
	denied $type-rename-still-denied mv $at/a $at/b
done
echo 1 >$sys/ops/unlink
for type in "${types[@]}"; do denied $type-unlink-on-again rm /srv/fs/$type/site/a; done

# ---- a file system that goes, and comes back ----
for type in "${types[@]}"; do
	at=/srv/fs/$type
	denied $type-umount busybox umount $at
	denied $type-umount-lazy busybox umount -l $at
	wdctl unprotect $at/site/in/deep >/dev/null
	allowed $type-unprotect wdctl unprotect $at/site
	case $type in tmpfs) continue ;; esac # it would come back empty
	allowed $type-umount-then umount $at
	if out=$(wdctl protect $at/site --mode enforce 2>&1); then not_ok $type-not-there "$out"; else ok $type-not-there; fi
	case $type in
	overlay) mount -t overlay -o lowerdir=/srv/fs/low,upperdir=/srv/fs/up,workdir=/srv/fs/work none $at ;;
	*) mount -o loop /srv/fs/$type.img $at ;;
	esac
	said=$(wdctl protect $at/site --mode enforce)
	denied $type-back put $at/site/a
	[ $type != overlay ] || is overlay-layers-too 1 "$(grep -c 'in the layers below is protected with it' <<<"$said")"
done

# ---- all devices that a file system keeps something on ----
for part in 1 2 3 4; do truncate -s 320M /srv/fs/part$part; done
modprobe -q dm-mod
scribble() { dd if=/dev/zero of="$1" bs=512 seek=655000 count=1 conv=notrunc,fsync; }
# As the agent's unit, which sees no files of disks (PrivateDevices=).
without_dev() { unshare -m sh -c 'mount -t tmpfs none /dev && exec "$@"' - "$@"; }
# made_of NAME MAKE MOUNT [WITH]: with $a $b $c $d for the devices; on the first three of them
made_of() {
	local name=$1 disk
	a=$(losetup -f --show /srv/fs/part1) b=$(losetup -f --show /srv/fs/part2)
	c=$(losetup -f --show /srv/fs/part3) d=$(losetup -f --show /srv/fs/part4)
	mkdir -p /srv/fs/made
	if eval "$2" >$tmp/made 2>&1 && eval "$3" >>$tmp/made 2>&1; then
		mkdir -p /srv/fs/made/site
		echo 1 >/srv/fs/made/site/a
		sync
		is $name-protected "/srv/fs/made/site is protected, mode enforce" "$(${4:-} wdctl protect /srv/fs/made/site --mode enforce 2>&1)"
		for disk in a b c; do denied $name-disk-$disk scribble "${!disk}"; done
		allowed $name-other-disk scribble $d
		wdctl unprotect /srv/fs/made/site >/dev/null
		allowed $name-umount umount /srv/fs/made
	else
		skip $name "$(tail -n 1 $tmp/made)"
	fi
	if [ -e /dev/mapper/made ]; then dmsetup remove made; fi
	losetup -d $a $b $c $d
}
made_of btrfs-of-three 'mkfs.btrfs -qf -d raid1 -m raid1 $a $b $c && btrfs device scan $a $b $c' 'mount $b /srv/fs/made' without_dev
made_of btrfs-subvolume 'mkfs.btrfs -qf -d raid1 -m raid1 $a $b $c && btrfs device scan $a $b $c && mount $a /srv/fs/made &&
	btrfs subvolume create /srv/fs/made/sub && umount /srv/fs/made' 'mount -o subvol=sub $c /srv/fs/made'
for with in "" without_dev; do
	made_of xfs-log-and-realtime${with:+-$with} 'mkfs.xfs -qf -l logdev=$b -r rtdev=$c $a' 'mount -o logdev=$b,rtdev=$c $a /srv/fs/made' $with
done
made_of ext4-journal 'mke2fs -qF -O journal_dev $b && printf "0 300000 linear $a 0\n300000 300000 linear $c 0\n" | dmsetup create made &&
	dmsetup mknodes made && mke2fs -qF -t ext4 -J device=$b /dev/mapper/made' 'mount /dev/mapper/made /srv/fs/made' without_dev

# ---- the device goes while it is guarded: errors, no harm; and the root can be dropped ----
modprobe -q scsi_debug dev_size_mb=64 && sleep 1
disk=$(ls /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block 2>/dev/null | head -n 1)
if [ -n "$disk" ] && mkfs.ext4 -q /dev/$disk && mkdir -p /srv/fs/gone && mount /dev/$disk /srv/fs/gone; then
	mkdir /srv/fs/gone/site
	echo 1 >/srv/fs/gone/site/a
	sync
	gone=$(number /srv/fs/gone/site enforce)
	echo 1 >/sys/block/$disk/device/delete
	denied device-gone-still-denied put /srv/fs/gone/site/a
	allowed device-gone-root-dropped wdev del "$gone"
	allowed device-gone-umount umount /srv/fs/gone
else
	skip device-gone "no scsi_debug here"
fi
stop_events
allowed unload rmmod webdefender
for type in "${types[@]}"; do umount /srv/fs/$type || not_ok $type-released; done
allowed inodes-released umount /srv
summary
