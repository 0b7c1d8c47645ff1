# SPDX-License-Identifier: Apache-2.0
# lib.sh - a throwaway copy of this machine with Debian's Tomcat installed
#
# An overlay over / gets the packages, so that their own scripts set owners and modes as on
# a real host; the host itself stays as it is. Every machine has its own processes, network
# and files, and all of it is gone with its last process.
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
image=$repo/build/audit/image
packages="tomcat10 tomcat10-admin tomcat10-docs tomcat10-examples tomcat10-user jsvc acl attr openjdk-17-jre-headless"

# Why there can be no machine, or nothing.
image_obstacle() {
	[ "$(id -u)" = 0 ] || { echo "needs root"; return; }
	grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || { echo "needs overlayfs"; return; }
	unshare -m --pid --fork true 2>/dev/null || echo "needs namespaces"
}

# Suites run beside each other: one makes it, the others wait.
image_make() {
	mkdir -p "$repo/build/audit"
	(flock 8 && image_make_alone) 8>"$repo/build/audit/lock"
}

image_make_alone() {
	[ "$(cat "$image/ready" 2>/dev/null)" = "$packages" ] && return
	rm -rf "$image"
	mkdir -p "$image"/{upper,work,root}
	unshare -m --pid --fork bash -euc '
		cd "$1"
		mount -t overlay overlay -o "lowerdir=/,upperdir=upper,workdir=work" root
		mount --rbind /dev root/dev
		mount -t proc proc root/proc
		mount -t tmpfs tmpfs root/run
		printf "#!/bin/sh\nexit 101\n" >root/usr/sbin/policy-rc.d
		chmod 755 root/usr/sbin/policy-rc.d
		export DEBIAN_FRONTEND=noninteractive LC_ALL=C
		chroot root apt-get update -q
		chroot root apt-get install -y -q --no-install-recommends $2' \
		image "$image" "$packages" >"$repo/build/audit/image.log" 2>&1 && echo "$packages" >"$image/ready"
}

# machine SCRIPT ARGUMENT... - run SCRIPT (a file) with bash inside a fresh machine. What it leaves
# in the folder SHARE stays; everything else it writes is gone with it.
machine() {
	mkdir -p "$repo/build/audit/run"
	unshare -m -n --pid --fork --kill-child bash -euc '
		mount -t tmpfs tmpfs "$1/run"
		mkdir -p "$1"/run/{upper,work,root}
		cd "$1/image"
		mount -t overlay overlay -o ro,lowerdir=/,upperdir=upper,workdir=work root
		mount -t overlay overlay \
			-o "lowerdir=$1/image/root,upperdir=$1/run/upper,workdir=$1/run/work" "$1/run/root"
		cd "$1/run/root"
		mount --rbind /dev dev
		mount -t proc proc proc
		mount -t sysfs sysfs sys
		mount -t tmpfs tmpfs run
		[ -z "${SHARE:-}" ] || { mkdir -p ".$SHARE" && mount --bind "$SHARE" ".$SHARE"; }
		ip link set lo up
		shift
		exec chroot . env WD_AUDIT="$WD_AUDIT" bash "$@"' machine "$repo/build/audit" "$@"
}
