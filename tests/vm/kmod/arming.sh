#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# arming.sh - writers from before: found, named, watched until they close
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
make_template
build_tree
start_events
hooks() { wdev info | sed 's/.*"hooks":\([0-9]*\).*/\1/'; }
armed() { cat $sys/roots/"$root_id"/armed; }
is_armed() { [ "$(armed)" = "$1" ]; }
quiet=$(hooks)

add_root enforce
is clean-tree-armed yes "$(armed)"
is no-hook-on-reads "$quiet" "$(hooks)"
del_root

exec 7>>$www/index.html 8<>$www/big.bin 9>>/srv/outside/evil.txt
python3 -c '
import mmap, os, sys, time
f = os.open(sys.argv[1], os.O_RDWR)
m = mmap.mmap(f, 4096)
os.close(f)
open(sys.argv[2], "w").close()
while not os.path.exists(sys.argv[3]): time.sleep(0.1)
m[0:5] = b"later"
m.close()
' $www/app.js $tmp/mapped $tmp/store 2>$tmp/map.err 7>&- 8>&- 9>&- &
mapper=$!
truncate -s 4096 $www/app.js
until_true [ -e $tmp/mapped ]
add_root enforce
is writers-counted "dirty 3" "$(armed)"
is hook-attached $((quiet + 1)) "$(hooks)"
is writer-named 1 "$(dmesg | grep -c 'open for writing since before: inode .*/site/www/index.html')"
is outside-not-counted 0 "$(dmesg | grep -c 'since before.*evil.txt')"
# user space says who they are
holders() { wdctl status --json | jq -r '.module.roots[0].holders[] | "\(.how) \(.pid) \(.comm) \(.path)"' | sort -u; }
is holder-descriptor "descriptor $$ $(cat /proc/$$/comm) $www/index.html" "$(holders | grep "descriptor $$ " | grep index.html)"
is holder-mapping "mapping $mapper $(cat /proc/$mapper/comm) $www/app.js" "$(holders | grep mapping)"
is holder-outside-not-named 0 "$(holders | grep -c evil.txt)"
is holders-for-people 1 "$(wdctl status | grep -c "$www/index.html: descriptor of process $$ ")"
denied old-descriptor sh -c 'echo x >&7'
allowed outside-descriptor sh -c 'echo x >&9'
allowed reading-while-dirty cat $www/index.html
exec 7>&-
is_two() { is_armed "dirty 2"; }
until_true is_two
is one-closed "dirty 2" "$(armed)"
is info-tells-too 1 "$(wdev info | grep -c '"dirty":2')"
# nobody can judge a store; it must be known, and it must be known when it is over
touch $tmp/store
wait $mapper
exec 8>&-
until_true is_armed yes
is all-closed yes "$(armed)"
is no-holders-left "" "$(holders)"
is hook-detached "$quiet" "$(hooks)"

# arming again by a change of mode
echo audit >$sys/mode
exec 7>>$www/index.html
echo enforce >$sys/mode
is enforce-after-audit-scans "dirty 1" "$(armed)"
echo off >$sys/mode
is off-forgets no "$(armed)"
is off-detaches "$quiet" "$(hooks)"
echo enforce >$sys/mode
is on-again-scans "dirty 1" "$(armed)"
del_root
is removal-detaches "$quiet" "$(hooks)"
add_root enforce
is scanned-a-new "dirty 1" "$(armed)"
stop_events
allowed unload-while-dirty rmmod webdefender
exec 7>&- 9>&-
allowed inodes-released umount /srv
summary
