# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# qemu.sh - qemu's command line from the options of tests/vm/run

# What is made once and kept; the first run of all takes a minute here.
prepare_caches() {
	need qemu-system-x86_64 gcc make cpio tar setpriv flock
	locked tools make -s -f "$top/tests/vm/vm.mk" vm-tools >&2
	kernel_dir=$("$lib/kernel" "$kernel")
	root_image=$("$lib/rootfs")
	if [ -n "$keep_disk" ]; then
		kept_disk "$fs" "$disk" "$keep_disk"
	elif [ "$fs" != tmpfs ]; then
		blank_disk "$fs" "$disk" >/dev/null
	fi
}

# Written to, but into a file that is forgotten: cached images stay as they are.
qemu_disk() {
	local serial=$1 file=$2 snapshot=${3:-on}
	qemu+=(-drive "id=$serial,if=none,format=raw,cache=unsafe,snapshot=$snapshot,file=${file//,/,,}"
		-device "virtio-blk-pci,drive=$serial,serial=$serial")
}

# Letters follow this order: /dev/vda is the root, vdb is /srv, vdc the first extra disk.
qemu_disks() {
	local dir=$1 size n=0
	qemu_disk root "$root_image"
	if [ -n "$keep_disk" ]; then
		qemu_disk srv "$keep_disk" off
	elif [ -f "$dir/srv.img" ]; then
		qemu_disk srv "$dir/srv.img" off
	elif [ "$fs" != tmpfs ]; then
		qemu_disk srv "$(blank_disk "$fs" "$disk")"
	fi
	for size in "${extra_disks[@]}"; do
		n=$((n + 1))
		qemu_disk "extra$n" "$(blank_disk none "$size")"
	done
	# A kernel that has all it needs built in has no disk of modules.
	if [ -f "$kernel_dir/modules.img" ]; then
		qemu_disk modules "$kernel_dir/modules.img"
		arguments+=" wd.modules"
	fi
}

qemu_ports() {
	local dir=$1 n
	qemu+=(-device virtio-serial-pci,max_ports=16)
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		qemu+=(-chardev "socket,id=c$n,path=$dir/c$n,server=on,wait=off"
			-device "virtserialport,chardev=c$n,nr=$n")
	done
}

qemu_network() {
	local forward rules=''
	[ -n "$net" ] || return 0
	for forward in "${forwards[@]}"; do
		rules+=",hostfwd=tcp:127.0.0.1:${forward%%:*}-:${forward#*:}"
	done
	qemu+=(-netdev "user,id=net$rules" -device virtio-net-pci,netdev=net,romfile=)
}

qemu_serials() {
	local file n=0
	for file in "${serials[@]}"; do
		n=$((n + 1))
		qemu+=(-chardev "serial,id=tty$n,path=$file" -serial "chardev:tty$n")
	done
}

qemu_usb() {
	[ -z "$usb_serial" ] || qemu+=(-chardev "serial,id=usb,path=$usb_serial" -device qemu-xhci
		-device usb-serial,chardev=usb,always-plugged=on)
}

qemu_monitor() {
	[ -z "$qmp" ] || qemu+=(-chardev "socket,id=qmp,path=$qmp,server=on,wait=off"
		-mon chardev=qmp,mode=control)
}

# The same instructions take the same time, whenever and wherever they run.
qemu_processor() {
	if [ -n "$icount" ]; then
		qemu+=(-accel tcg,thread=single -icount shift=0,sleep=off -seed 1
			-rtc base=2020-01-01T00:00:00,clock=vm -cpu max,-rdrand,-rdseed,-la57)
		arguments+=" nokaslr norandmaps random.trust_cpu=off wd.seed=1"
	else
		qemu+=(-accel "tcg,thread=$([ -n "$one_thread" ] && echo single || echo multi),tb-size=256" -cpu max,-la57)
	fi
	# An emulated processor beside busy neighbours is slow: that is no lockup yet.
	arguments+=" no_timer_check tsc=reliable watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60"
	qemu+=(-smp "$smp" -m "$mem")
}

qemu_kernel() {
	local image=$kernel_dir/vmlinux
	[ -f "$image" ] || image=$kernel_dir/bzImage
	qemu+=(-kernel "$image" -initrd "$1/initrd")
	arguments+=" console=ttyS0 quiet loglevel=5 panic=-1 wd.srv=$fs${net:+ wd.net}$append"
	qemu+=(-append "${arguments# }")
}

# The socket names are in qemu's arguments, by which guest_pid() knows its own.
start_qemu() {
	local dir qemu arguments='' console
	dir=$(guest_dir "$name")
	console=$(guest_console "$name")
	build_initrd "$kernel_dir" "$build" "$dir"
	# q35: its interrupt links cost the guest a second less to set up than those of pc.
	qemu=(qemu-system-x86_64 -M q35 -name "$name" -nodefaults -no-user-config -display none -no-reboot
		-chardev "file,id=console,path=$console" -serial chardev:console)
	qemu_processor
	qemu_disks "$dir"
	qemu_ports "$dir"
	qemu_network
	qemu_serials
	qemu_usb
	qemu_monitor
	qemu_kernel "$dir"
	if [ -n "$background" ]; then
		setsid "${qemu[@]}" </dev/null >"$vm/log/$name.qemu" 2>&1 &
	else
		# It may not outlive us, however we end, nor get the terminal's Ctrl-C before us.
		setsid setpriv --pdeathsig KILL "${qemu[@]}" </dev/null >"$vm/log/$name.qemu" 2>&1 &
	fi
	echo $! >"$dir/pid"
	# Or bash would tell of its death.
	disown
}
