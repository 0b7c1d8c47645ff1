# SPDX-License-Identifier: Apache-2.0
# beside - ordinary work on /srv, with (the module loaded, /srv/www in enforce) or without
#
# usage: beside.sh with|without [full]
#
# Each piece of work leaves a file in /root/result: its exit status, its output where that says
# something, and the tree it made, by an independent walk without times and inode numbers.
set -o pipefail
mode=$1
mkdir -p /root/result /srv/www/sub /srv/free
cd /srv/free || exit 1
for n in $(seq 50); do echo "page $n" >/srv/www/sub/$n.html; done
if [ "$mode" = with ]; then
	modprobe webdefender || exit 1
	wdev add /srv/www enforce || exit 1
	touch /srv/www/x 2>/dev/null && echo "the tree is not guarded" && exit 1
fi

tree() {
	find "$1" -mindepth 1 -printf '%P %y %m %U:%G %n %l ' \( -type f -printf '%s ' -exec sh -c 'sha256sum <"$1"' sh {} \; \
		-o -printf '\n' \) | LC_ALL=C sort
}
# work NAME COMMAND...
work() {
	local name=$1
	shift
	"$@" >/tmp/out 2>&1 </dev/null
	echo "status $?" >/root/result/$name
	# Run times and process numbers differ; nothing else may.
	cat /tmp/out >>/root/result/$name
	echo "# $name: $(tail -n 1 /tmp/out | cut -c 1-100)"
}

# stress NAME OPERATIONS: a bounded number of them, for what is compared must not depend on speed; small
# files, for what matters is the calls, and a gigabyte takes minutes here.
stress() {
	mkdir -p st
	stress-ng --temp-path /srv/free/st --metrics-brief --seed 1 --timeout 900 --hdd-bytes 4m --fallocate-bytes 4m \
		--iomix-bytes 4m --seek-size 4m --sync-file-bytes 4m --readahead-bytes 4m --mmap-bytes 4m \
		--sendfile-size 64k --dirdeep-inodes 200 "--$1" 1 "--$1-ops" "$2" >/tmp/stress 2>&1
	local status=$?
	# Some do a few more than they were told to.
	awk -v name="$1" -v n="$2" '/metrc:/ { for (i = 1; i < NF; i++) if ($i == name && $(i + 1) ~ /^[0-9]+$/ && $(i + 1) >= n) done = 1 }
		END { print done ? "did it all" : "did not do it all" }' /tmp/stress
	grep -iE 'fail|error|unexpected|unrecogni|out of range|not implemented' /tmp/stress
	[ -z "$(ls -A st)" ] || { echo left behind; ls -A st; }
	return $status
}
# Those with a 1 make thousands of files in one operation.
few="access:5 chmod:5 chown:5 dir:5 hdd:5 open:5 rename:20 touch:5 utime:5 xattr:5 dentry:5 dirdeep:5 getdent:5 link:1"
many="$few chattr:5 dup:5 fallocate:5 fcntl:5 fiemap:5 file-ioctl:5 filename:5 flock:5 handle:5 iomix:5 lockf:5 mmap:5
	readahead:5 seek:5 sendfile:20 splice:20 sync-file:5 symlink:1 chdir:1 copy-file:1"
[ "${2:-}" = full ] && stressors=$many || stressors=$few
for stressor in $stressors; do
	work "stress-${stressor%:*}" stress "${stressor%:*}" "${stressor#*:}"
done

archives() {
	mkdir -p a && (cd a && for n in $(seq 40); do head -c $((n * 997)) /usr/bin/bash >f$n; ln f$n l$n; ln -s f$n s$n; done) &&
		setfattr -n user.x -v 1 a/f1 && setfacl -m u:nobody:r a/f2 && chmod 4711 a/f3 && chown 12:34 a/f4 &&
		tar --xattrs --acls -cf a.tar a && mkdir b && tar --xattrs --acls -C b -xf a.tar && rm a.tar &&
		rsync -aHAX --delete a/ c/ && rsync -aHAX --delete --out-format=%n a/ c/ && tree b && tree c
}
work tar-rsync archives

repository() {
	export HOME=/srv/free GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
	git init -q -b main g && cd g && git config user.email a@b && git config user.name a &&
		cp -r ../a . && git add -A && git commit -qm one && git checkout -qb two && git mv a/f5 a/f55 && git rm -q a/f6 &&
		git commit -qam two && git checkout -q main && git merge -q two && git gc -q && git fsck --strict &&
		git clone -q . ../g2 && git -C ../g2 log --format=%H && git status --short &&
		cd /srv/free && tree g2/a
}
work git repository

package() {
	mkdir -p inst/var/lib/dpkg/{info,updates,triggers} inst/var/lib/apt/lists/partial inst/var/{cache/apt/archives/partial,log/apt} inst/etc/apt inst/tmp
	printf 'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\nArchitecture: amd64\nMaintainer: x\nDescription: x\n\n' >inst/var/lib/dpkg/status
	: >inst/etc/apt/sources.list
	apt-get -y -q -o Dir=/srv/free/inst -o Dir::State::status=/srv/free/inst/var/lib/dpkg/status \
		-o Dir::Etc=/srv/free/inst/etc/apt -o Dir::Bin::dpkg=/usr/bin/dpkg -o DPkg::Options::=--root=/srv/free/inst \
		-o APT::Sandbox::User=root -o Dir::Bin::methods=/usr/lib/apt/methods -o Debug::NoLocking=1 \
		install /root/hello.deb >/tmp/apt 2>&1
	local status=$?
	grep -E '^(Setting up|E:|dpkg: error)' /tmp/apt
	[ $status = 0 ] && inst/usr/bin/hello && dpkg --root=/srv/free/inst --verify hello && tree inst/usr &&
		dpkg --root=/srv/free/inst -r hello >/dev/null && find inst -path '*/hello*'
}
work apt-dpkg package

rotate() {
	mkdir -p log && head -c 5000 /usr/bin/bash >log/a.log && head -c 7000 /usr/bin/bash >log/b.log
	printf '/srv/free/log/*.log {\nrotate 3\nsize 1\ncompress\ncreate 0640 nobody nogroup\nsu root root\n}\n' >rot.conf
	chmod 644 rot.conf
	local n
	for n in 1 2 3 4; do logrotate -f -s /srv/free/rot.state rot.conf || return; echo again >>log/a.log; done
	for n in log/*.gz; do zcat "$n" | sha256sum; done
	find log -printf '%p %m %u:%g\n' | sort
}
work logrotate rotate

container() {
	mkdir -p ct/lower/bin ct/lower/old ct/upper ct/work ct/root
	cp /bin/busybox ct/lower/bin/ && for n in sh ls echo cat rm mkdir umount mv chroot; do ln -sf busybox ct/lower/bin/$n; done
	modprobe overlay
	# shellcheck disable=SC2016
	unshare -m -p -f -u -i --mount-proc sh -c '
		mount -t overlay -o lowerdir=ct/lower,upperdir=ct/upper,workdir=ct/work none ct/root &&
		mount --bind /srv/www ct/root/old && umount ct/root/old &&
		cd ct/root && pivot_root . old && exec chroot . /bin/sh -c "umount -l /old; echo started; mkdir /d; echo x >/d/f; mv /d /e; cat /e/f; rm /bin/mv; ls / /bin"'
	local status=$?
	tree ct/upper
	return $status
}
work container container

userns() {
	chmod 777 /srv/free && setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urm sh -c \
		'mkdir u && mount -t tmpfs none u && echo x >u/f && cat u/f && id -u'
}
work user-namespace userns

if [ "$mode" = with ]; then
	touch /srv/www/x 2>/dev/null && echo "the tree is not guarded any more" && exit 1
	echo "# denied beside all this: $(cat /sys/kernel/webdefender/stats/denied)"
	[ "$(find /srv/www -type f | wc -l)" = 50 ] || exit 1
fi
exit 0
