# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# kdir.sh - make unpacked kernel headers usable where they are and with this compiler

# Paths are absolute, the compiler is that of the headers' own Debian, and so is what of
# its options the configuration recorded.
adapt_headers() {
	local release=$1 out=$2 src=headers/usr/src
	sed -i "s,/usr/src/,$out/$src/,g" $src/linux-headers-*/Makefile
	sed -i 's/gcc-[0-9]*\(-for-host\)\?$/gcc/' "$src/linux-headers-$release/.kernelvariables"
	if ! gcc -fmin-function-alignment=16 -E - </dev/null >/dev/null 2>&1; then
		sed -i '/^CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=/d' \
			"$src/linux-headers-$release/include/config/auto.conf"
	fi
	# Only there for BTF in modules, which would ask for pahole.
	rm -f "$src/linux-headers-$release/vmlinux"
}

# Programs of the headers that this machine's libraries are too old for.
foreign_tools() {
	local file
	find headers/usr/lib -type f -perm -100 | while read -r file; do
		[ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
		! LC_ALL=C ldd "$file" 2>&1 | grep -q 'not found' || echo "$file"
	done
}

# They get the libraries they were built with, and a script in their place that uses them.
wrap_tool() {
	local file=$1 libraries=$2
	mv "$file" "$file.elf"
	cat >"$file" <<-EOT
		#!/bin/sh
		exec $libraries/ld-linux-x86-64.so.2 --library-path $libraries "\$0.elf" "\$@"
	EOT
	chmod 755 "$file"
}

wrap_tools() {
	local suite=$1 out=$2 tools file
	tools=$(foreign_tools)
	[ -n "$tools" ] || return 0
	apt_download "$suite" libraries libc6 libelf1t64 zlib1g libzstd1 libssl3t64
	unpack libraries libraries/*.deb
	mv libraries/usr/lib/x86_64-linux-gnu headers/lib
	rm -r libraries
	for file in $tools; do wrap_tool "$file" "$out/headers/lib"; done
}

# make_kdir SUITE RELEASE OUT: prepare ./headers, which will be OUT/headers; print its KDIR.
make_kdir() {
	local suite=$1 release=$2 out=$3
	adapt_headers "$release" "$out"
	wrap_tools "$suite" "$out"
	echo "$out/headers/usr/src/linux-headers-$release"
}
