#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# netlink.sh - the commands: what they take, refuse, and say; fuzz; who may speak at all
#
# usage: netlink.sh [ATTRIBUTES]      how many malformed ones to send (200000)
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
make_template
build_tree

# says NAME WORDS COMMAND...: fails with these words of the kernel
says() {
	local name=$1 words=$2 out
	shift 2
	if out=$("$@" 2>&1); then not_ok "$name" "succeeded: $out"; return; fi
	if [[ $out = *"$words"* ]]; then ok "$name"; else not_ok "$name" "$out"; fi
}

is info-version "$(modinfo -F version webdefender)" "$(wdev info | sed 's/.*"version":"\([^"]*\)".*/\1/')"
says relative-path "must be absolute" wdev add srv/site/www
says no-such-path "No such file or directory: there is no such directory" wdev add /srv/none
says not-a-directory "a root must be a directory" wdev add $www/index.html
says proc-refused "file system of the kernel itself" wdev add /proc/sys
says sysfs-refused "file system of the kernel itself" wdev add /sys/kernel
says dev-refused "file system of the kernel itself" wdev add /dev
says empty-path "must be absolute" wdev add ""
says path-too-long "" wdev add "/$(printf '%05000d' 0)"
mkdir /srv/doomed && cd /srv/doomed && rmdir /srv/doomed
says removed-directory "" wdev add /proc/self/cwd
cd /
allowed add wdev add $www
says add-twice "File exists: this directory is a root already" wdev add $www
ln -s $www /srv/alias
says add-by-link "this directory is a root already" wdev add /srv/alias
# A link on the way costs its mount no reference: what is in use stays mounted.
mkdir /srv/used && mount -t tmpfs none /srv/used && mkdir /srv/used/d && ln -s d /srv/used/l
wdev del "$(wdev add /srv/used/l | sed 's/.*"root":\([0-9]*\).*/\1/')"
says link-keeps-the-mount "busy" sh -c "cd /srv/used/d && umount /srv/used"
allowed umount-unused umount /srv/used
is root-listed 1 "$(wdev roots | grep -c "\"path\":\"$www\"")"
id=$(wdev roots | sed 's/.*"root":\([0-9]*\).*/\1/')
says del-unknown "there is no root of this number" wdev del 999
says set-unknown "there is no root of this number" wdev set 999 off
allowed set-mode wdev set "$id" audit
is set-mode-seen audit "$(cat $sys/roots/"$id"/mode)"
allowed mode-all wdev mode enforce
is mode-all-seen enforce "$(cat $sys/roots/"$id"/mode)"
allowed inode-add wdev inode-add "$id" 12345
allowed inode-add-twice wdev inode-add "$id" 12345
allowed inode-del wdev inode-del "$id" 12345
says inode-del-unknown "No such file" wdev inode-del "$id" 12345
says inode-unknown-root "there is no root" wdev inode-add 999 1

# as many roots as there can be, and in one dump
for n in $(seq 63); do mkdir -p /srv/many/$n && wdev add /srv/many/$n; done >/dev/null
is sixty-four-roots 64 "$(wdev roots | wc -l)"
mkdir -p /srv/one-more
says sixty-fifth "as many roots as there can be" wdev add /srv/one-more
denied deep-root-guards touch /srv/many/63/x
for n in $(wdev roots | sed 's/.*"root":\([0-9]*\).*/\1/'); do [ "$n" = "$id" ] || wdev del "$n"; done
is roots-removed 1 "$(wdev roots | wc -l)"
allowed writable-again touch /srv/many/63/x

# nested: the innermost decides, but the name of the inner one belongs to both
wdev add $www/sub off >/dev/null
allowed inner-off-is-writable touch $www/sub/t
denied inner-name-is-the-outers mv $www/sub $www/bus
denied outer-still touch $www/t
for n in $(wdev roots | grep '/sub"' | sed 's/.*"root":\([0-9]*\).*/\1/'); do wdev del "$n"; done

# without the capability: nothing, not even to look
user() { su nobody -s /bin/sh -c "$1"; }
for command in info roots "mode off" "add /tmp" "del $id" "set $id off" "agent hold" "inode-add $id 1" events; do
	says "unprivileged-${command%% *}" "ermitted" su nobody -s /bin/sh -c "wdev $command"
done
says user-namespace "" su user -s /bin/sh -c "unshare -Ur wdev mode off"
says net-namespace "not loaded" unshare -n wdev info
says dropped-capability "ermitted" setpriv --bounding-set -sys_admin --inh-caps -sys_admin wdev mode off
says sysfs-without-capability "ermitted" setpriv --bounding-set -sys_admin --inh-caps -sys_admin sh -c "echo off >$sys/mode"
is nothing-changed enforce "$(cat $sys/mode)"

out=$(su nobody -s /bin/sh -c "nlfuzz refused") && ok "every-command-refused" || not_ok "every-command-refused" "$out"
echo "# $out"
# in one shell: a file each would take a minute
opened() { # LIST
	user "while read -r f; do
		cat <\"\$f\" >/dev/null && echo read:\$f
		echo 0 >\"\$f\" && echo write:\$f
	done <$1" 2>/dev/null
}
find $sys -type f >$tmp/files
is every-sysfs-file-refused "" "$(opened $tmp/files)"
touch $tmp/open && chmod 666 $tmp/open
echo $tmp/open >>$tmp/files
is what-is-open-is-found 2 "$(opened $tmp/files | wc -l)"

while IFS= read -r line; do
	case $line in "ok "*) ok "${line#ok }" ;; *) not_ok "${line#not ok }" ;; esac
done < <(nlkinds 2>&1)
is malformed-changed-nothing "enforce 1" "$(cat $sys/mode) $(wdev roots | wc -l)"
if out=$(nlfuzz "${1:-200000}" 7 2>&1); then ok malformed-attributes-refused; else not_ok malformed-attributes-refused "$out"; fi
echo "# $out"
for seed in 1 2 3; do allowed "fuzz-$seed" wdev fuzz 3000 $seed; done
denied guarded-after-fuzz touch $www/t
is roots-after-fuzz 1 "$(wdev roots | grep -c "\"path\":\"$www\"")"
allowed unload rmmod webdefender
summary
