#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh - what guarding costs a web server, beside three peers; runs in a guest whose
# clock counts instructions
#
# usage: kernel.sh calls | web [REQUESTS [ROUNDS]] | memory
set -uo pipefail
www=/srv/www
# What is measured unguarded would look good.
must() { "$@" >/dev/null || { echo "kernel.sh: failed: $*" >&2; exit 1; }; }
load() {
	must modprobe webdefender
	must wdctl protect "$www" --mode enforce
}
unload() {
	must wdctl unprotect "$www"
	must rmmod webdefender
}

# ---- calls: nanoseconds = instructions of single system calls ----

# Which way a call takes through caches and slabs differs by file, boot and moment by up to
# a hundred instructions: 11 files of each kind, five turns with between as many without, and of what
# guarding added the median.
of_kind() { local n; for n in $(seq 11); do echo page >"$2/f$n" && echo "$1-$n=$2/f$n"; done; }

calls() {
	local deep=/srv/a/b/c/d/e/f/g/h/i
	mkdir -p $www/sub/deep $deep /tmp/far /srv/near
	# shellcheck disable=SC2046
	set -- $(of_kind read $www) $(of_kind sendfile $www) $(of_kind open-read $www/sub/deep) $(of_kind open-write-other-fs /tmp/far) \
		$(of_kind open-write-same-fs /srv/near) $(of_kind open-write-10-deep $deep)
	echo "none $(cost "$@")"
	for _ in 1 2 3 4 5; do
		load
		echo "guarded $(cost "$@")"
		unload
		echo "none $(cost "$@")"
	done
	exec 8>>$www/f1
	load
	echo "dirty $(cost "$@")"
	unload
	exec 8>&-
	echo "none $(cost "$@")"
}

# ---- web: nginx, driven by ApacheBench ----

start_nginx() { # [WRAPPER...]
	"$@" nginx || exit 1
	until [ -s /run/nginx.pid ] && curl -s -o /tmp/page http://127.0.0.1/; do sleep 0.1; done
	worker=$(pgrep -P "$(cat /run/nginx.pid)")
}
stop_nginx() {
	nginx -s quit
	while pgrep -x nginx >/dev/null; do sleep 0.1; done
}

# measure NAME ROUND SHAPE...: instructions a request, all and the worker's own
measure() {
	local name=$1 round=$2 shape result
	shift 2
	ab -q -n 300 -c 10 http://127.0.0.1/ >/dev/null 2>&1
	for shape in "$@"; do
		# shellcheck disable=SC2086
		result=$(count -p "$worker" ab -q -n "$requests" $shape http://127.0.0.1/) || exit 1
		grep -q "^Failed requests: *0$" /tmp/count.out || echo "# $name: ab saw failures"
		echo "web|$name|$shape|$requests|$result|$round"
	done
}
IFS='|' read -ra shapes <<<"${SHAPES:--c 10|-c 200|-c 10 -k}"
around() { start_nginx "${@:2}" && measure "$1" 1 "${shapes[@]}" && stop_nginx; }

peer_auditd() {
	auditctl -e 1 >/dev/null && auditctl -w $www -p wa -k web >/dev/null || return 1
	around "auditd, watch -p wa"
	auditctl -D >/dev/null
	auditctl -e 0 >/dev/null
}
peer_fanotify() {
	mount --bind $www $www
	mkfifo /tmp/ready
	fanperm $www >/tmp/ready &
	read -r _ </tmp/ready
	around "fanotify permission"
	kill %1
	wait 2>/dev/null
	umount $www
}
peer_apparmor() {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] || return 1
	mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
	apparmor_parser -r <<-END || return 1
		profile bench_nginx {
		  capability,
		  network,
		  signal,
		  / r,
		  /** mrwkix,
		}
	END
	around "AppArmor profile" aa-exec -p bench_nginx --
}

# What a module of 0.02 % costs is less than what differs between two starts of nginx, by pages and
# slabs. So one nginx serves while the module comes and goes, in turns, and what counts is the
# difference from the turns before and after. What loading sets going in the background ends in the
# sleeps, which cost nothing: this clock jumps when nobody runs. All shapes twice; the first, 10 at a time, is the steadiest: that one each time.
turns() {
	local n all=("${shapes[@]}")
	start_nginx
	measure warm 0 "${shapes[@]}" >/dev/null
	for n in $(seq "$1"); do
		measure plain "$n" "${shapes[@]}"
		load && sleep 10
		measure "webdefender, enforce" "$n" "${shapes[@]}"
		unload && sleep 10
		[ "$n" -lt 2 ] || shapes=("${all[0]}")
	done
	measure plain $((n + 1)) "${shapes[@]}"
	stop_nginx
	shapes=("${all[@]}")
}

web() {
	requests=${1:-3000}
	mkdir -p $www
	head -c 4900 /dev/urandom | base64 >$www/index.html # 6.6 KB
	chmod -R a+rX $www
	[ "${2:-8}" = 0 ] || turns "${2:-8}"
	[ -z "${NO_PEERS:-}" ] || return
	peer_auditd || echo "# auditd could not be measured"
	peer_fanotify || echo "# fanotify could not be measured"
	peer_apparmor || echo "# AppArmor could not be measured"
}

# ---- memory: does it grow with the number of files? ----

# kernel_bytes: slab that cannot be given back (inodes and dentries can), vmalloc, percpu
kernel_bytes() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^(SUnreclaim|Percpu):/ { kb += $2 } END { print kb * 1024 }' /proc/meminfo
}

# The tree came with the disk. All of it is looked at and a tenth read, before (for what that alone
# takes) and guarded.
memory() {
	local before after
	look() { find $www -printf '%s' >/dev/null && find $www/*0 -type f -exec cat {} + >/dev/null; }
	modprobe webdefender
	mkdir -p /srv/other
	must wdctl protect /srv/other --mode enforce
	must wdctl unprotect /srv/other
	look
	before=$(kernel_bytes)
	must wdctl protect $www --mode enforce
	look
	after=$(kernel_bytes)
	touch $www/0/new 2>/dev/null && echo "# it is not guarded"
	echo "memory|$(find $www -type f | wc -l)|$((after - before))|$(awk '$1 == "webdefender" { print $2 }' /proc/modules)"
	must wdctl unprotect $www
}

"$@"
