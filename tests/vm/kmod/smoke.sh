#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# smoke.sh - the least that must be so on every kernel: it loads, denies, reports, lets be, unloads;
# and where it cannot attach it says why, in one line, and leaves nothing behind
. "$(dirname "$0")/lib.sh"
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }
ko=$(modinfo -n webdefender)

# ---- what modinfo tells ----
for what in license author description version; do
	is modinfo-$what 1 "$([ -n "$(modinfo -F $what "$ko")" ] && echo 1)"
done
is modinfo-parameters-told "" "$(modinfo -F parm "$ko" | grep -v ':.* .*(.*)$')"

# ---- it guards ----
make_template
build_tree
allowed load load
echo "# hooks $(wdev info | field hooks)|$(wdev info | sed -n 's/.*"missing":"\([^"]*\)".*/\1/p' | sed 's/^$/none/')"
start_events
add_root enforce
mark
already=$(stat_of denied)
# judged NAME COMMAND...: denied, and by us
judged() {
	local before
	before=$(stat_of denied)
	denied "$@"
	[ "$(stat_of denied)" -gt "$before" ] || not_ok "$1-by-us" "nothing was counted"
}
judged open-write sh -c "echo x >$www/index.html"
judged create touch $www/new
judged truncate truncate -s 0 $www/app.js
judged unlink rm -f $www/app.js
judged mkdir mkdir $www/dir
judged rmdir rmdir $www/empty
judged rename-inside mv $www/app.js $www/b.js
judged rename-out mv $www/app.js /srv/outside/
judged rename-in mv /srv/outside/evil.txt $www/
judged link ln /srv/outside/evil.txt $www/evil
judged symlink ln -s /etc/passwd $www/s
judged chmod chmod 777 $www/index.html
judged chown chown nobody $www/index.html
judged touch touch $www/index.html
judged xattr setfattr -n user.b -v 2 $www/attr.txt
judged acl setfacl -m u:nobody:rw $www/index.html
judged mount-over sh -c "mount -t tmpfs none $www/sub 2>&1 | sed 's/permission denied/Operation not permitted/'; exit 1"
judged hard-link-outside sh -c 'echo x >/srv/outside/hard.html'
allowed read grep -q hello $www/index.html
allowed outside sh -c 'echo x >/srv/outside/evil.txt && mv /srv/outside/evil.txt /srv/outside/e && rm /srv/outside/e'
events_since >$tmp/denials
is each-denial-is-an-event $(($(stat_of denied) - already)) "$(grep -c '"verdict":"denied"' $tmp/denials)"
allowed the-agent-may wdev agent write $www/index.html agent
is the-agent-wrote 1 "$(grep -c agent $www/index.html)"
echo audit >$sys/mode
mark
allowed audit-lets-be chmod 600 $www/app.js
is audit-reports 1 "$(events_since | grep -c '"op":"chmod","verdict":"reported"')"
stop_events
allowed unload rmmod webdefender
allowed nothing-is-guarded-then touch $www/new

# ---- it cannot attach ----
# without SYMBOL SUBSTITUTE: the module looks for another function, as if this one were not there
without() {
	python3 - "$ko" "$1" "$2" >$tmp/other.ko <<-'END'
		import sys
		ko, old, new = open(sys.argv[1], "rb").read(), sys.argv[2].encode(), sys.argv[3].encode()
		assert ko.count(b"\0" + old + b"\0") == 1 and len(new) <= len(old)
		new += b"\0" * (len(old) - len(new))
		sys.stdout.buffer.write(ko.replace(b"\0" + old + b"\0", b"\0" + new + b"\0"))
	END
}
# says NAME WORDS COMMAND...: the command fails, one line of the log says why, nothing is left
says() {
	local name=$1 words=$2
	shift 2
	dmesg -C
	if "$@" 2>/dev/null; then not_ok "$name" "it loaded" && rmmod webdefender && return; fi
	is "$name-in-one-line" 1 "$(dmesg | grep -c 'webdefender: ')"
	if dmesg | grep -q "webdefender: cannot load: .*$words"; then ok "$name-says-why"; else not_ok "$name-says-why" "$(dmesg | tail -n 2)"; fi
	is "$name-leaves-nothing" "" "$(ls -d $sys /sys/module/webdefender 2>/dev/null)"
}
without security_inode_unlink security_inode_unlinX
says without-a-needed-function "no security_inode_unlinX" insmod $tmp/other.ko
# There, but not to be traced (notrace).
without security_inode_unlink sched_clock
says with-a-function-that-cannot-be-traced sched_clock insmod $tmp/other.ko
if [ -f /root/holder.ko ] && insmod /root/holder.ko; then
	says held-by-another-module "holds security_inode_unlink" modprobe webdefender
	rmmod holder
else
	skip held-by-another-module "tests/vm/kernels brings the other module"
fi
without blkdev_fallocate blkdev_fallocatX
allowed without-an-optional-function insmod $tmp/other.ko
is the-optional-one-is-named 1 "$(wdev info | grep -c blkdev_fallocatX)"
allowed unload-that-one rmmod webdefender
summary
