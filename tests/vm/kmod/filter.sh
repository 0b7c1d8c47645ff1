#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# filter.sh - what may change inside a root, and that it is no way to the rest
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
make_template
build_tree
o=/srv/outside u=$www/uploads
mkdir -p $u/old $www/data $www/cache/deep
echo 1 >$www/access.log
echo 1 >$www/data/hits.mdb
echo 1 >$www/data/hits.txt
echo up >$u/up.txt
ln $www/sub/page.html $u/ladder.html # protected and excepted: both names of one inode
ln $www/sub/page.html $www/ladder.log
ln $u/up.txt $u/again.txt # all names excepted
echo x >$o/loose.txt
mkdir $www/dir.log
start_events
add_root enforce
f=$sys/roots/$root_id/filters
filter() { wdev filter-add "$root_id" "$1"; }
list() { wdev filters | sed 's/.*"pattern":"\([^"]*\)".*/\1/' | tr '\n' ' '; }
# refused TEXT WORDS: as a filter
refused() {
	local out
	local name=refuses-${1:0:20}
	name=${name//$'\n'/newline}
	if out=$(filter "$1" 2>&1); then not_ok "$name" "taken"
	elif [[ $out = *"$2"* ]]; then ok "$name"; else not_ok "$name" "$out"; fi
}
# write without replacing, so that the name and inode are what is judged
put() { sh -c 'echo x >"$1"' - "$1"; }

# ---- without filters nothing is excepted ----
denied before-log put $www/access.log
denied before-upload put $u/new.txt

# ---- texts ----
refused '*' 'names part of a file name'
refused 'data/*' 'names part of a file name'
refused '' 'names part of a file name'
refused '../x' "no empty parts, '.' or '..'"
refused 'a//b' 'no empty parts'
refused './a' 'no empty parts'
refused 'x[ab]' 'no control characters'
refused $'a\nb' 'no control characters'
refused '/' 'named exactly'
refused '*/' 'named exactly'
refused '/uploads/' 'named exactly'
refused 'nowhere/' 'no such directory'
refused 'index.html/' 'one of the root itself'
refused 'link/' 'one of the root itself'
refused "$(head -c 256 /dev/zero | tr '\0' a)" 'failed policy validation'
denied refuses-without-privilege setpriv --reuid 65534 --clear-groups wdev filter-add "$root_id" '*.log'

allowed add-directory filter uploads/
allowed add-glob filter '*.log'
allowed add-path-glob filter 'data/*.mdb'
allowed add-again filter uploads/
is listed 'uploads/ *.log data/*.mdb ' "$(list)"
is in-sysfs "$(printf 'uploads/\n*.log\ndata/*.mdb')" "$(cat "$f")"
allowed sysfs-adds sh -c "echo '+*.tmp' >$f"
is sysfs-added 4 "$(wc -l <"$f")"
allowed sysfs-removes sh -c "echo '-*.tmp' >$f"
denied_sysfs() { if echo "$1" >"$f"; then return 0; fi; echo "Operation not permitted"; return 1; } 2>/dev/null
denied sysfs-refuses-nonsense denied_sysfs 'uploads/'
denied sysfs-refuses-absent denied_sysfs '-uploads2/'

# ---- what is excepted may change ----
mark
allowed write-log put $www/access.log
allowed create-log put $www/new.log
allowed create-log-below put $www/sub/deep/x.log
allowed chmod-log chmod 640 $www/access.log
allowed rotate-log mv $www/new.log $www/old.log
allowed remove-log rm $www/old.log
allowed truncate-log poke trunc-rdonly $www/access.log
allowed write-path-glob put $www/data/hits.mdb
allowed create-upload put $u/new.txt
allowed mkdir-upload mkdir $u/d
allowed below-upload put $u/d/deep.txt
allowed rename-in-upload mv $u/d/deep.txt $u/deep.txt
allowed rename-directory-in-upload mv $u/d $u/e
allowed rmdir-upload rmdir $u/e
allowed symlink-upload ln -s /etc/hostname $u/s
allowed remove-upload rm $u/s
allowed xattr-upload setfattr -n user.x -v 1 $u/new.txt
allowed tmpfile-upload poke tmpfile $u $u/tl
allowed move-in-from-outside mv $o/loose.txt $u/loose.txt
allowed move-out-to-outside mv $u/loose.txt $o/loose.txt
allowed link-in-upload ln $u/new.txt $u/new2.txt
allowed all-names-excepted put $u/up.txt
allowed mmap-upload poke mmap $u/tl
is none-reported "" "$(events_since | grep -v missing)"

# ---- the rest may not ----
mark
denied write-rest put $www/index.html
denied create-rest put $www/new.txt
denied path-glob-elsewhere put $www/sub/hits.mdb
denied path-glob-deeper put $www/data/deeper.txt
denied glob-directory mkdir $www/d.log
denied glob-symlink ln -s /etc/passwd $www/s.log
denied glob-fifo mkfifo $www/f.log
denied glob-socket poke bind $www/k.log
denied glob-directory-there rmdir $www/dir.log
denied glob-directory-rename mv $www/dir.log $www/dir2.log
denied glob-directory-chmod chmod 777 $www/dir.log
denied in-glob-directory put $www/dir.log/x.txt
is those-are-events 12 "$(events_since | grep -c '"verdict":"denied"')"

# ---- the excepted directory itself ----
denied directory-rename mv $u $www/u2
denied directory-rename-out mv $u $o/u2
denied directory-over poke exchange $o/dir $u
denied directory-exchange poke exchange $www/sub $u
denied directory-rmdir rmdir $u
denied directory-chmod chmod 777 $u
denied directory-chown chown nobody $u
denied directory-xattr setfattr -n user.x -v 1 $u
denied directory-acl setfacl -m u:nobody:rwx $u
denied directory-utimes touch -d 2001-01-01 $u
mount_says() { local out; out=$("$@" 2>&1) && return 0; [[ $out = *"permi"* ]] && echo "Operation not permitted"; return 1; }
denied directory-mounted-over mount_says mount -t tmpfs none $u
denied mounted-below mount_says mount -t tmpfs none $u/old

# ---- no ladder: both ends are judged ----
denied rename-protected-to-upload mv $www/index.html $u/index.html
denied rename-upload-to-protected mv $u/new.txt $www/new.txt
denied rename-upload-over-protected mv -f $u/new.txt $www/index.html
denied rename-protected-to-glob mv $www/index.html $www/index.log
denied rename-glob-to-protected mv $www/access.log $www/new.txt
denied rename-glob-over-protected mv -f $www/access.log $www/index.html
denied rename-directory-to-glob mv $u/old $www/old.log
denied exchange-upload poke exchange $u/new.txt $www/index.html
denied exchange-glob poke exchange $www/access.log $www/index.html
denied exchange-glob-with-directory poke exchange $www/access.log $o/dir
denied exchange-glob-with-upload-directory poke exchange $www/access.log $u/old
denied whiteout-glob poke whiteout $www/access.log $www/w.log
denied link-protected-to-upload poke link $www/index.html $u/l.html
denied link-protected-to-glob poke link $www/index.html $www/l.log
denied link-upload-to-protected poke link $u/new.txt $www/l.html
denied link-symlink-to-glob poke link $www/link $www/l.log
denied tmpfile-to-protected poke tmpfile $u $www/tl
denied tmpfile-in-protected poke tmpfile $www $u/tl2
denied upload-hard-link-write put $u/ladder.html
denied upload-hard-link-chmod chmod 777 $u/ladder.html
denied upload-hard-link-mmap poke mmap $u/ladder.html
denied upload-hard-link-link poke link $u/ladder.html $u/ladder2.html
denied glob-hard-link-write put $www/ladder.log
echo 3 >/proc/sys/vm/drop_caches
denied upload-hard-link-cold put $u/ladder.html
echo 3 >/proc/sys/vm/drop_caches
denied unknown-names-cold put $u/up.txt
cat $u/again.txt >/dev/null
allowed known-names-warm put $u/up.txt
denied symlink-through put "$(ln -s ../index.html $u/sl && echo $u/sl)"
allowed bind-mount-alias sh -c "mount --bind $www /mnt && echo x >/mnt/uploads/b.txt; umount /mnt"
mount --bind $www /mnt
denied bind-mount-alias-ladder mv /mnt/uploads/new.txt /mnt/new.txt
umount /mnt
is protected-unchanged page "$(cat $www/sub/page.html)"

# ---- nested: a root inside an excepted directory is guarded, and so is its name ----
mkdir -p $u/inner/site
echo inner >$u/inner/site/i.html
outer=$root_id
add_root enforce $u/inner/site
denied inner-root put $u/inner/site/i.html
denied inner-root-rename mv $u/inner/site $u/inner/s2
denied inner-root-above mv $u/inner $u/inner2
allowed beside-inner put $u/inner/other.txt
denied upload-to-inner mv $u/new.txt $u/inner/site/new.txt
del_root
root_id=$outer
allowed inner-gone mv $u/inner $u/inner2

# ---- a log held open is no writer from before; it is one when the filter goes ----
armed() { cat $sys/roots/"$root_id"/armed; }
exec 7>>$www/access.log
echo audit >$sys/roots/"$root_id"/mode
echo enforce >$sys/roots/"$root_id"/mode
is log-is-no-holder yes "$(armed)"
allowed remove-filter wdev filter-del "$root_id" '*.log'
is log-is-holder "dirty 1" "$(armed)"
denied log-descriptor sh -c 'echo x >&7'
denied log-no-more put $www/access.log
allowed add-filter-back filter '*.log'
is log-is-no-holder-again yes "$(armed)"
allowed log-descriptor-again sh -c 'echo x >&7'
exec 7>&-

# ---- bounds ----
n=0
while filter "many$n.*" 2>/dev/null; do n=$((n + 1)); done
is at-most-64 61 "$n"
is still-listed 64 "$(wdev filters | wc -l)"
is fits-sysfs 64 "$(wc -l <"$f")"
long=$(head -c 240 /dev/zero | tr '\0' '*')
for i in $(seq 0 60); do wdev filter-del "$root_id" "many$i.*"; done
allowed stars-only-cost-time filter "$long.x"
allowed long-glob put $www/"$(head -c 200 /dev/zero | tr '\0' a)".x
denied long-glob-mismatch put $www/"$(head -c 200 /dev/zero | tr '\0' a)".y
n=0
while filter "$n$(head -c 250 /dev/zero | tr '\0' b)" 2>/dev/null; do n=$((n + 1)); done
[ $n -gt 5 ] && [ $n -lt 20 ] && ok bytes-bounded || not_ok bytes-bounded "$n"
is bytes-fit-sysfs "$(wdev filters | wc -l)" "$(wc -l <"$f")"
allowed remove-directory wdev filter-del "$root_id" uploads/
denied upload-no-more put $u/new.txt
if wdev filter-del "$root_id" uploads/ 2>/dev/null; then not_ok remove-twice; else ok remove-twice; fi

# ---- audit: the excepted is silent, the rest reported ----
allowed audit-directory filter uploads/
wdev set "$root_id" audit
mark
put $u/audit.txt
mv $u/audit.txt $www/audit.txt
is audit-reports-ladder 1 "$(events_since | grep -c '"verdict":"reported"')"
del_root
allowed unload rmmod webdefender
allowed inodes-released umount /srv
summary
