#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vectors.sh - every way to change a tree that we know of, each tried three times
#
# mode off      it changes something (else it would prove nothing)
# mode enforce  it fails, the tree is byte for byte what it was, and there is an event
#               DENIED with the operation and the path
# mode audit    the change happens and there is an event REPORTED
#
# usage: vectors.sh [NAME-PATTERN]
. "$(dirname "$0")/lib.sh"

shopt -s extglob
pattern=${1:-*}
go=$tmp/go

# Runs before the tree is armed, for writers from before; $later is the process.
later() {
	rm -f $go $go.ready && mkfifo $go
	poke later $go "$@" 2>$tmp/later.err &
	later=$!
	until_true [ -e $go.ready ]
}
act() { echo go >$go; wait $later; local status=$?; cat $tmp/later.err >&2; return $status; }

cleanup() {
	eval "$undo"
	losetup -D
	while read -r _ dir _; do
		case $dir in "$www" | "$www"/* | /srv/outside/* | /mnt | /mnt/*) umount -l "$dir" ;; esac
	done < <(tac /proc/mounts)
	if [ -n "$later" ]; then kill $later; wait $later; fi
	later=
} 2>/dev/null

# What is compared: the tree, and what else a vector names in $also.
look() { snap $www; [ -z "$also" ] || eval "$also"; }
also='' as=''

# one MODE: arms the tree, runs the vector; leaves after, status, out, new
one() {
	[ -n "$pristine" ] || build_tree
	pristine=
	before=$tmp/before
	[ -z "$prepare$also" ] || { eval "$prepare"; before=$tmp/prepared; look >$before; }
	add_root "$1" "${as:-$www}"
	mark
	eval "$command" >$tmp/out 2>&1
	status=$?
	look >$tmp/after
	events_since >$tmp/new
	del_root
	cleanup
}

changed() { ! cmp -s $before $tmp/after; }
# A path that ends in a star stands for all that begin so.
has_event() {
	local needle="\"$path\""
	[[ $path = *\* ]] && needle="\"${path%\*}"
	grep -F "\"op\":\"$op\",\"verdict\":\"$1\"" $tmp/new | grep -qF "$needle"
}
event_texts() { grep -o '"op":[^}]*"path[2]*":"[^"]*"' $tmp/new | tr '\n' ' '; }

try_off() {
	one off
	if [ $status = 77 ] || grep -qiE 'not supported|inappropriate ioctl' $tmp/out; then
		skip "$name" "not here: $(head -n 1 $tmp/out)"
		return 1
	fi
	changed || { not_ok "$name" "changes nothing even when off: $(head -n 1 $tmp/out)"; return 1; }
	[ ! -s $tmp/new ] || { not_ok "$name" "events when off: $(event_texts)"; return 1; }
}

try_enforce() {
	one enforce
	if changed; then not_ok "$name" "enforce let the change happen"; diff $before $tmp/after | head -4
	elif [ $status = 0 ]; then not_ok "$name" "denied, yet it reported success"
	elif ! grep -qE 'Operation not permitted|permission denied' $tmp/out; then not_ok "$name" "no EPERM: $(head -n 1 $tmp/out)"
	elif ! has_event denied; then not_ok "$name" "no event $op denied $path: $(event_texts)"
	elif [ -z "$prepare$also" ]; then pristine=1 && return 0
	else return 0; fi
	return 1
}

try_audit() {
	one audit
	if ! changed; then not_ok "$name" "audit prevented the change: $(head -n 1 $tmp/out)"
	elif ! has_event reported; then not_ok "$name" "no event $op reported $path: $(event_texts)"
	elif grep -q '"denied","root"' $tmp/new; then not_ok "$name" "audit denied something"
	else return 0; fi
	return 1
}

# vector NAME OP PATH COMMAND [PREPARE] [UNDO]
vector() {
	name=$1 op=$2 path=$3 command=$4 prepare=${5:-} undo=${6:-}
	# shellcheck disable=SC2053 # a pattern is meant
	[[ $name = $pattern ]] || return 0
	try_off && try_enforce && try_audit && ok "$name"
}

load mode=off || exit 1
make_template
start_events
cd / || exit 1
build_tree
snap $www >$tmp/before
pristine=1
device=$(awk '$2 == "/srv" { print $1 }' /proc/mounts)
i=$www/index.html o=/srv/outside

# content, by ordinary programs
vector sh-append open $i "sh -c 'echo x >>$i'"
vector sh-overwrite open $i "sh -c 'echo x >$i'"
vector sh-create create $www/new "sh -c 'echo x >$www/new'"
vector cp-over open $i "cp $o/evil.txt $i"
vector cp-new create $www/evil.txt "cp $o/evil.txt $www/"
vector cp-remove-destination unlink $i "cp --remove-destination $o/evil.txt $i"
vector mv-in rename $www/evil.txt "mv $o/evil.txt $www/"
vector mv-out rename $i "mv $i $o/"
vector mv-within rename $www/moved.html "mv $i $www/moved.html"
vector mv-directory rename $www/sub "mv $www/sub $www/bus"
vector mv-over rename $i "mv $o/evil.txt $i"
vector mv-from-other-fs create $www/far "mv /tmp/kmod/far $www/far" "echo far >/tmp/kmod/far"
vector rm unlink $i "rm -f $i"
vector rm-recursive unlink $www/sub/page.html "rm -rf $www/sub/page.html $www/sub"
vector sed-in-place create "$www/sed*" "sed -i s/hello/bye/ $i"
vector touch-new create $www/t "touch $www/t"
vector touch-old open $i "touch $i"
vector chmod chmod $i "chmod 666 $i"
vector chmod-recursive chmod $www/sub "chmod -R 777 $www/sub"
vector chown chown $i "chown nobody $i"
vector chgrp chown $i "chgrp nogroup $i"
vector chown-link chown $www/link "chown -h nobody $www/link"
vector ln link $www/again "ln $i $www/again"
vector ln-symbolic symlink $www/s "ln -s /etc/passwd $www/s"
vector ln-force symlink "$www/*" "ln -sf /etc/passwd $i"
vector mkdir mkdir $www/d "mkdir $www/d"
vector rmdir rmdir $www/empty "rmdir $www/empty"
vector truncate open $i "truncate -s 1 $i"
vector dd open $www/big.bin "dd if=/dev/zero of=$www/big.bin bs=1k count=1 conv=notrunc"
vector tar-extract create $www/tarred "tar -C $www -xf /tmp/kmod/x.tar" \
	"(cd /tmp && echo t >tarred && tar -cf /tmp/kmod/x.tar tarred)"
vector install create $www/inst "install -m 755 $o/evil.txt $www/inst"
vector rsync create "$www/*" "rsync -a $o/ $www/"
vector setfattr setxattr $i "setfattr -n user.x -v 1 $i"
vector setfattr-remove removexattr $www/attr.txt "setfattr -x user.a $www/attr.txt"
vector setfacl acl $i "setfacl -m u:nobody:rw $i"
vector setfacl-remove acl $www/attr.txt "setfacl -b $www/attr.txt"
vector setcap setxattr $www/suid "python3 -c 'import os; os.setxattr(\"$www/suid\", \"security.capability\", bytes.fromhex(\"0100000200040000000000000000000000000000\"))'"
vector chattr ioctl $i "chattr +d $i"
vector mknod mknod $www/n "mknod $www/n c 1 3"
vector mkfifo mknod $www/f "mkfifo $www/f"
vector fallocate open $i "fallocate -l 1M $i"
vector logger-append open $i "tee -a $i </etc/hostname"
vector patch-by-ed open $i "python3 -c 'open(\"$i\",\"r+\").write(\"X\")'"
vector python-replace rename $i "python3 -c 'import os; os.replace(\"$o/evil.txt\", \"$i\")'"
vector python-removedirs rmdir $www/empty "python3 -c 'import os; os.removedirs(\"$www/empty\")'"
vector python-utime utimes $i "python3 -c 'import os; os.utime(\"$i\", (1, 1))'"
vector python-link link $o/out "python3 -c 'import os; os.link(\"$i\", \"$o/out\"); open(\"$o/out\",\"a\").write(\"x\")'"

# system calls, one by one
vector write open $i "poke write $i"
vector create create $www/c "poke create $www/c"
vector create-read-only create $www/c "poke create-rdonly $www/c"
vector open-read-only-truncate open $i "poke trunc-rdonly $i"
vector truncate-path truncate $i "poke truncate $i"
vector unlink unlink $i "poke unlink $i"
vector rename-exchange rename $i "poke exchange $i $www/app.js"
vector rename-exchange-out rename $i "poke exchange $o/evil.txt $i"
vector rename-whiteout rename $i "poke whiteout $i $www/w"
vector rename-exchange-root rename $www "poke exchange $www $o/dir"
vector rename-root rename $www "poke rename $www /srv/gone" "" "rm -rf /srv/gone"
vector tmpfile-linkat link $www/tl "poke tmpfile $o $www/tl"
vector tmpfile-inside create "$www/*" "poke tmpfile $www $www/tl"
vector socket-bind mknod $www/sock "poke bind $www/sock"
vector fchmod chmod $i "poke fchmod $i"
vector fchown chown $i "poke fchown $i"
vector lchown chown $www/link "poke lchown $www/link"
vector utimes-link utimes $www/link "poke utimes $www/link"
vector utimes-directory utimes $www "poke utimes $www"
vector chmod-root chmod $www "poke chmod $www"
vector setxattr-trusted setxattr $i "poke setxattr $i trusted.x"
vector setxattr-directory setxattr $www/sub "poke setxattr $www/sub user.x"
vector fsetxattr setxattr $i "poke fsetxattr $i user.x"
vector removexattr removexattr $www/attr.txt "poke removexattr $www/attr.txt user.a"
vector ioctl-setflags ioctl $i "poke setflags $i"
vector ioctl-fssetxattr ioctl $i "poke fssetxattr $i"
vector uring-open open $i "poke uring-open $i"
vector uring-unlink unlink $i "poke uring-unlink $i"
vector mmap-shared open $www/big.bin "poke mmap $www/big.bin"

# other ways to the same file
vector hard-link-outside open $www/hard.html "poke write $o/hard.html"
vector hard-link-outside-chmod chmod $www/hard.html "poke chmod $o/hard.html"
vector hard-link-outside-cold open $www \
	"wdev inode-add \$root_id \$(stat -c %i $o/hard.html); sync; echo 2 >/proc/sys/vm/drop_caches; poke write $o/hard.html"
vector file-handle open $www "poke handle $www/sub/page.html /srv"
vector proc-self-fd open $i "poke proc-fd $i"
vector proc-o-path open $i "poke opath $i"
vector proc-pid-root open $i "poke write /proc/self/root$i"
vector symlink-from-outside open $i "poke write $o/sym" "ln -sfn $i $o/sym"
vector bind-mount-alias open $i "poke write /mnt/index.html" "mount --bind $www /mnt"
vector bind-mount-alias-create create $www/b "poke create /mnt/b" "mount --bind $www /mnt"
vector second-mount open $i "poke write /mnt/site/www/index.html" "mount $device /mnt"
vector other-mount-namespace open $i "unshare -m poke write $i"
vector other-mount-namespace-unlink unlink $i "unshare -m rm -f $i"
vector chroot open $i "chroot /srv/outside/../.. /usr/bin/poke write $i"
vector overlay-upper create "$www/*" "sh -c 'echo x >/mnt/o'" \
	"mkdir -p $o/work $o/merged; mount -t overlay -o lowerdir=$o/dir,upperdir=$www,workdir=$o/work none /mnt"

# writers from before
vector old-fd-write write $i "act" "later write $i"
vector old-fd-pwrite write $i "act" "later pwrite $i"
vector old-fd-truncate truncate $i "act" "later ftruncate $i"
vector old-fd-fallocate write $i "act" "later fallocate $i"
vector old-fd-punch write $www/big.bin "act" "later punch $www/big.bin"
vector old-fd-sendfile write $i "act" "later sendfile $o/evil.txt $i"
vector old-fd-splice write $i "act" "later splice $i"
vector old-fd-copy-range write $i "act" "later copy-range $o/evil.txt $i"
vector old-fd-ficlone ioctl $i "act" "later ficlone $www/big.bin $i"
vector old-fd-aio write $i "act" "later aio $i"
vector old-fd-uring write $i "act" "later uring-write $i"
vector old-fd-mmap mmap $www/big.bin "act" "later mmap $www/big.bin"
vector old-fd-mprotect mmap $www/big.bin "act" "later mprotect $www/big.bin"
vector old-fd-fchmod chmod $i "act" "later fchmod $i"

# mounts
vector mount-over-root mount $www "mount -t tmpfs none $www"
vector mount-over-inside mount $www/sub "mount -t tmpfs none $www/sub"
vector mount-bind-over mount $www/sub "mount --bind $o $www/sub"
vector mount-bind-shared-over mount $www/sub "poke bind-shared $o $www/sub"
vector open-tree-move-mount mount $www/sub "poke open-tree $o $www/sub"
vector mount-over-ancestor mount /srv/site "mount -t tmpfs none /srv/site" "" "umount /srv/site"
vector mount-over-file mount $i "poke bind-shared $o/evil.txt $i"
vector rename-ancestor rename /srv/site "mv /srv/site /srv/gone" "" "mv /srv/gone /srv/site"
vector exchange-ancestor rename /srv/site "poke exchange /srv/site $o" "" "[ ! -e $o/www ] || poke exchange /srv/site $o"
vector rename-ancestor-elsewhere rename /srv/site "unshare -m mv /srv/site /srv/gone" "" \
	"mv /srv/gone /srv/site"
vector rmdir-mount-point-elsewhere rmdir /srv "unshare -m sh -c 'umount /srv && rmdir /srv'" "" \
	"mountpoint -q /srv || { mkdir -p /srv; mount $device /srv; }"
vector umount-detach umount $www "poke umount-detach /srv" "" "mountpoint -q /srv || mount $device /srv"
vector mount-move mount $www "mount --move /srv /mnt" "" "mount --move /mnt /srv"
vector move-mount mount "/*" "poke move-mount /srv /mnt" "" "mount --move /mnt /srv"

# who sees the tree: what is above it, and the links that lead to it
also="stat -c '%a %U %G' /srv /srv/site; getfacl -c /srv/site 2>/dev/null"
vector chmod-ancestor chmod /srv/site "chmod 000 /srv/site" "" "chmod 755 /srv/site"
vector chmod-ancestor-mount chmod /srv "chmod 700 /srv" "" "chmod 755 /srv"
vector chown-ancestor chown /srv/site "chown nobody /srv/site" "" "chown root /srv/site"
vector acl-ancestor acl /srv/site "setfacl -m u:www-data:--- /srv/site" "" "setfacl -b /srv/site"
also="readlink $o/up/way"
as=$o/up/way
way="mkdir -p $o/up; rm -f $o/up/way; ln -s $www $o/up/way"
vector link-replaced rename $o/up/way "ln -sfn $o/dir $o/up/way" "$way"
vector link-removed unlink $o/up/way "rm $o/up/way" "$way"
vector link-moved rename $o/up/way "mv $o/up/way $o/up/away" "$way"
vector link-exchanged rename $o/up/way "poke exchange $o/up/way $o/dir" "$way"
vector link-parent-moved rename $o/up "mv $o/up $o/down" "$way" "rm -rf $o/down"
as=$o/second
vector link-of-link rename $o/up/way "ln -sfn $o/dir $o/up/way" "$way; ln -sfn up/../up/way $o/second"
as=
also="blkid -p -o value -s LABEL $device"
vector label ioctl $www "python3 -c 'import fcntl, os; fcntl.ioctl(os.open(\"$o\", os.O_RDONLY), 0x41009432, b\"x\".ljust(256, b\"\\0\"))' && sync" \
	"" "python3 -c 'import fcntl, os; fcntl.ioctl(os.open(\"$o\", os.O_RDONLY), 0x41009432, bytes(256))'; sync"

# the kernel as the writer
also='cat /proc/swaps'
vector swapon open $www/swap "poke swapon $www/swap" \
	"dd if=/dev/zero of=$www/swap bs=64k count=16 2>/dev/null; chmod 600 $www/swap; mkswap -q $www/swap; sync" "swapoff $www/swap"
also=
acct="import ctypes, os, sys; c = ctypes.CDLL(None, use_errno=True); r = c.acct(sys.argv[1].encode() if sys.argv[1] else None); sys.exit(os.strerror(ctypes.get_errno()) if r else 0)"
vector acct open $i "python3 -c '$acct' $i && /bin/true" "" "python3 -c '$acct' ''"
vector core-dump create $www/core \
	"sh -c 'ulimit -c unlimited; kill -SEGV \$\$'; [ -e $www/core ] || { echo Operation not permitted; false; }" \
	"echo $www/core >/proc/sys/kernel/core_pattern" "echo core >/proc/sys/kernel/core_pattern"
vector old-fd-move-ext ioctl $www "act && { sync; echo 3 >/proc/sys/vm/drop_caches; }" "head -c 65536 /dev/zero >$o/orig.bin; sync; later move-ext $o/orig.bin $www/big.bin"

# the block device below
also='cksum /tmp/kmod/lower'
vector device-lower device $www \
	"wdev device-add \$root_id 7:1 && dd if=/dev/urandom of=/dev/loop1 bs=4k count=1 conv=fsync" \
	"modprobe loop; losetup -d /dev/loop1 2>/dev/null; head -c 1M /dev/zero >/tmp/kmod/lower; losetup /dev/loop1 /tmp/kmod/lower"
also=
vector device-write device $www \
	"dd if=/dev/zero of=$device bs=4096 count=1 conv=notrunc,fsync seek=\$(filefrag -v $www/big.bin | awk '\$1 == \"0:\" { print \$4 + 0 }') && echo 3 >/proc/sys/vm/drop_caches" \
	"sync"
vector loop-device open $www/big.bin \
	"{ losetup /dev/loop0 $www/big.bin && dd if=/dev/zero of=/dev/loop0 bs=512 count=1 conv=fsync; } || { echo Operation not permitted; false; }" \
	"modprobe loop"

summary
