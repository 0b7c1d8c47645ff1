# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# lib.sh - what the module's guest tests share; runs inside the guest
#
#   /srv/site/www   the tree that is guarded ($www)
#   /srv/outside    same file system, not guarded; outside/hard.html is www/hard.html
#   /srv/template   what both are made from

sys=/sys/kernel/webdefender
www=/srv/site/www
tmp=/tmp/kmod
events=$tmp/events
passed=0 failed=0 skipped=0
mkdir -p $tmp

ok() { passed=$((passed + 1)); echo "ok $1"; }
not_ok() { failed=$((failed + 1)); echo "not ok $1${2:+ - $2}"; }
skip() { skipped=$((skipped + 1)); echo "ok $1 # SKIP $2"; }
summary() {
	stop_events
	local said
	# The debug kernel greets with this line.
	said=$(dmesg | grep -v 'RCU lockdep checking is enabled' |
		grep -m 1 -E 'BUG|Oops|WARNING|KASAN|lockdep|possible .* locking')
	[ -z "$said" ] || not_ok "kernel-log" "the kernel complained: $said"
	leaks
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}

# On the debug kernel. What is a minute old and unreachable twice is leaked.
kmemleak=/sys/kernel/debug/kmemleak
leaks() {
	local n
	[ -w $kmemleak ] || return 0
	for n in 1 2 3; do sleep 6; echo scan >$kmemleak; done
	if [ -s $kmemleak ]; then not_ok no-memory-leaked "$(head -n 20 $kmemleak | tr '\n' ' ')"; else ok no-memory-leaked; fi
}

# is NAME EXPECTED FOUND
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected '$2', found '$3'"; fi; }
# denied NAME COMMAND...: it must fail and say EPERM
denied() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then not_ok "$name" "succeeded"; return; fi
	if [[ $out = *"Operation not permitted"* ]]; then ok "$name"; else not_ok "$name" "$out"; fi
}
# allowed NAME COMMAND...
allowed() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$out"; fi
}
# until_true COMMAND...: bounded wait for something that must become true. No program sleeps
# here: starting one takes the debug kernel so long that others hardly run meanwhile.
[ -p $tmp/idle ] || mkfifo $tmp/idle
exec {idle}<>$tmp/idle
until_true() {
	local n
	for ((n = 0; n < 1200; n++)); do
		"$@" && return 0
		read -rt 0.05 -u "$idle"
	done
	return 1
}

# ---- the tree ----

make_template() {
	local t=/srv/template
	rm -rf $t
	mkdir -p $t/www/sub/deep $t/www/empty $t/outside
	echo 'hello' >$t/www/index.html
	echo 'alert(1)' >$t/www/app.js
	echo 'page' >$t/www/sub/page.html
	echo 'deep' >$t/www/sub/deep/x.txt
	head -c 65536 /dev/urandom >$t/www/big.bin
	echo 'linked' >$t/www/hard.html
	echo 'attributes' >$t/www/attr.txt
	setfattr -n user.a -v 1 $t/www/attr.txt
	setfacl -m u:nobody:r $t/www/attr.txt 2>/dev/null
	echo 'set uid' >$t/www/suid && chmod 4755 $t/www/suid
	ln -s index.html $t/www/link
	echo 'evil' >$t/outside/evil.txt
	mkdir $t/outside/dir
	find $t -exec touch -h -d '2020-02-02 02:02:02' {} +
}

build_tree() {
	rm -rf /srv/site /srv/outside
	mkdir /srv/site
	cp -a /srv/template/www /srv/site/
	cp -a /srv/template/outside /srv/
	ln $www/hard.html /srv/outside/hard.html
	touch -h -r /srv/template/outside /srv/outside
}

# ---- the module ----

root_id=
load() { { [ ! -w $kmemleak ] || echo clear >$kmemleak; } && modprobe webdefender "$@"; }
add_root() { root_id=$(wdev add "${2:-$www}" ${1:+"$1"} | sed 's/.*"root":\([0-9]*\).*/\1/'); }
del_root() { [ -z "$root_id" ] || wdev del "$root_id"; root_id=; }
stat_of() { cat $sys/stats/"$1"; }

# ---- events: a listener in the background, its JSON lines in $events ----

listener=
start_events() {
	: >$events
	wdev events "$@" >$events 2>$events.err &
	listener=$!
	until_true grep -q listening $events
}
stop_events() {
	[ -z "$listener" ] || { kill $listener; wait $listener 2>/dev/null; }
	listener=
}
last_seq() { tail -n 1 $events | sed -n 's/.*"seq":\([0-9]*\),.*/\1/p'; }
caught_up() { local n; n=$(stat_of events); [ "$n" = "${first_seq:-0}" ] || [ "$(last_seq)" = "$n" ]; }
# marks where new events begin; events_since prints them once all are here
mark() { first_seq=$(stat_of events); mark_line=$(($(wc -l <$events) + 1)); }
events_since() {
	until_true caught_up || echo '{"missing":true}'
	tail -n +$mark_line $events
}
