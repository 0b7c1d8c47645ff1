# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# build.sh - WebDefender's build, in its normal places, as a cpio archive for the guest
#
# The base image never changes: the guest unpacks this over it while it boots.

daemons=" webdefenderd wdpublisherd wd-warden wd-auditor "

place_programs() {
	local build=$1 tree=$2 file name
	mkdir -p "$tree/usr/bin" "$tree/usr/sbin"
	for file in "$build"/bin/*; do
		[ -f "$file" ] && [ -x "$file" ] || continue
		name=${file##*/}
		if [[ $daemons = *" $name "* ]]; then cp "$file" "$tree/usr/sbin/"; else cp "$file" "$tree/usr/bin/"; fi
	done
}

# A module that was built for this kernel, wherever it is; the newest of them.
find_kmod() {
	local release=$1 file newest=''
	for file in "$top/build/kmod/$release/webdefender.ko" "$top/build/kmod/webdefender.ko"; do
		[ -f "$file" ] && [[ $(modinfo -F vermagic "$file") = "$release "* ]] || continue
		[ -n "$newest" ] && [ ! "$file" -nt "$newest" ] || newest=$file
	done
	echo "$newest"
}

# Made first if its sources are newer. `make` has usually just built that of the default kernel: all
# guests that start would wait for it here.
make_kmod() {
	local release=$1 kdir=$2 log=$vm/log/kmod-$1.log file
	[ -f "$top/kmod/kmod.mk" ] && [ -z "$no_make" ] || return 0
	file=$(find_kmod "$release")
	if [ -n "$file" ] && [ -z "$(find "$top/kmod" -type f -newer "$file" -print -quit)" ]; then
		return 0
	fi
	# Nothing of a make that runs us: its variables are not meant for the module.
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -j"$(nproc)" -C "$top" kmod KDIR="$kdir" \
		KMOD_OUT="build/kmod/$release" >"$log" 2>&1 || {
		cat "$log" >&2
		die 2 "the module does not build for $release: see above, or $log"
	}
}

# depmod reads all of Debian's modules, so its answer is kept until ours is another one.
index_kmod() {
	local kernel=$1 release=$2 file=$3 tree=$vm/depmod/$2 from
	from=$kernel/modules/lib/modules/$release
	cmp -s "$file" "$tree/lib/modules/$release/updates/webdefender.ko" && [ -f "$tree/done" ] && return
	rm -rf "$tree"
	mkdir -p "$tree/lib/modules/$release/updates"
	ln -s "$from/kernel" "$tree/lib/modules/$release/kernel"
	cp "$from"/modules.order "$from"/modules.builtin* "$tree/lib/modules/$release/"
	cp "$file" "$tree/lib/modules/$release/updates/"
	depmod -b "$tree" "$release"
	touch "$tree/done"
}

place_kmod() {
	local kernel=$1 release=$2 tree=$3 file
	make_kmod "$release" "$(cat "$kernel/kdir")"
	file=$(find_kmod "$release")
	[ -n "$file" ] || return 0
	index_kmod "$kernel" "$release" "$file"
	mkdir -p "$tree/usr/lib/modules"
	cp -r "$vm/depmod/$release/lib/modules/$release" "$tree/usr/lib/modules/"
	rm "$tree/usr/lib/modules/$release/kernel"
}

# build_initrd KERNEL BUILD DIR: DIR/initrd.
build_initrd() {
	local kernel=$1 build=$2 dir=$3 release
	release=$(cat "$kernel/release")
	mkdir -p "$dir/stage/overlay"
	place_programs "$build" "$dir/stage/overlay"
	locked "kmod-$release" place_kmod "$kernel" "$release" "$dir/stage/overlay"
	cp "$vm/bin/guestd" "$dir/stage/init"
	(cd "$dir/stage" && find . | cpio -o -H newc -R 0:0 --quiet) >"$dir/initrd"
	[ ! -f "$kernel/boot.cpio" ] || cat "$kernel/boot.cpio" >>"$dir/initrd"
	rm -r "$dir/stage"
}
