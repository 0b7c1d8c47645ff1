# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# apt.sh - Debian packages of any release, without touching the host's own apt and dpkg
#
# Each suite has its own apt state below build/vm/apt/SUITE with an empty dpkg status,
# so "install" lists a package's whole dependency closure.

# The host's mirror, proxies and the like still apply; WD_DEBIAN_MIRROR names another mirror,
# below which debian and debian-security lie.

# apt_repository NAME - where the host gets debian or debian-security from
apt_repository() {
	local found
	if [ -n "${WD_DEBIAN_MIRROR:-}" ]; then echo "$WD_DEBIAN_MIRROR/$1"; return; fi
	found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n "s#/*\$##; \\#/$1\$#p" | sed -n 1p)
	[ -n "$found" ] ||
		die 2 "no $1 repository among this machine's apt sources: set WD_DEBIAN_MIRROR to a mirror"
	echo "$found"
}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

apt_sources() {
	local suite=$1 line="deb [signed-by=$keyring]" main security
	main=$(apt_repository debian)
	security=$(apt_repository debian-security)
	echo "$line $main $suite main"
	echo "$line $security $suite-security main"
	# An old release's backports and updates move to the archive host.
	[ "$suite" = bullseye ] && return
	echo "$line $main $suite-updates main"
	[ "$suite" = bookworm ] || echo "$line $main $suite-backports main"
}

apt_options() {
	local state=$vm/apt/$1
	echo -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::Cache="$state/cache" -o APT::Architecture=amd64 \
		-o APT::Sandbox::User="" -o Acquire::Languages=none -o Acquire::Retries=3 \
		-o APT::Get::AllowUnauthenticated=false -o Debug::NoLocking=true -qq
}

# apt SUITE TOOL ARGS...: apt-get or apt-cache, on that suite's private state.
apt() {
	local suite=$1 tool=$2 options
	shift 2
	read -ra options <<<"$(apt_options "$suite")"
	"$tool" "${options[@]}" "$@"
}

# apt_update SUITE: fetch the package lists, once; again when they are a day old.
apt_update() {
	local suite=$1 state=$vm/apt/$1
	[ -z "$(find "$state/fresh" -mmin -1440 2>/dev/null)" ] || return 0
	[ -f $keyring ] || die 2 "$keyring is missing: install debian-archive-keyring"
	mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
	: >"$state/status"
	apt_sources "$suite" >"$state/sources.list"
	say "downloading the package lists of $suite"
	apt "$suite" apt-get update >"$state/log" 2>&1 && ! grep -q '^[EW]: Failed' "$state/log" || {
		cat "$state/log" >&2
		die 2 "cannot fetch the package lists of $suite; WD_DEBIAN_MIRROR names another mirror"
	}
	touch "$state/fresh"
}

# apt_closure SUITE PACKAGE...: name_version_arch.deb of each and all it depends on.
apt_closure() {
	local suite=$1
	shift
	apt "$suite" apt-get install -y --no-install-recommends --print-uris "$@" |
		sed -n "s/^'[^']*' \([^ ]*\) .*/\1/p"
}

# apt_download SUITE DIR NAME=VERSION...: the .deb files into DIR.
apt_download() {
	local suite=$1 dir=$2
	shift 2
	mkdir -p "$dir"
	(cd "$dir" && apt "$suite" apt-get download "$@") >"$vm/apt/$suite/log" 2>&1 || {
		cat "$vm/apt/$suite/log" >&2
		die 2 "cannot download: $*; WD_DEBIAN_MIRROR names another mirror"
	}
}

# unpack INTO DEB...: the packages' files, without anything being run.
unpack() {
	local into=$1 deb
	shift
	for deb in "$@"; do dpkg-deb -x "$deb" "$into"; done
}

# apt_install_files SUITE DIR PACKAGE...: the .deb files of the whole closure into DIR.
apt_install_files() {
	local suite=$1 dir=$2
	shift 2
	mkdir -p "$dir/partial"
	apt "$suite" apt-get -o Dir::Cache::archives="$PWD/$dir" -o APT::Keep-Downloaded-Packages=true \
		install -y --no-install-recommends --download-only "$@" >"$vm/apt/$suite/log" 2>&1 || {
		cat "$vm/apt/$suite/log" >&2
		die 2 "cannot download the guest's packages; WD_DEBIAN_MIRROR names another mirror"
	}
	rmdir "$dir/partial" 2>/dev/null || true
}
