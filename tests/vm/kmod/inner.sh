#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# inner.sh - file systems that were mounted inside a root before it was added
#
#   /srv/site/www/uploads   tmpfs, and another in it on uploads/deep
#   /srv/site/www/data      tmpfs
#   /srv/site/www/sub/deep  /srv/outside/dir, bound
#   "/srv/site/www/a b"     tmpfs
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
make_template
build_tree
o=/srv/outside
mkdir -p $www/uploads $www/data "$www/a b" $www/proc $www/up
mount -t tmpfs none $www/uploads
mkdir $www/uploads/deep
mount -t tmpfs none $www/uploads/deep
mount -t tmpfs none $www/data
mount -t tmpfs none "$www/a b"
mount --bind $o/dir $www/sub/deep
mount -t proc proc $www/proc
mount --bind /srv $www/up
for d in uploads uploads/deep data "a b"; do echo 1 >"$www/$d/f.txt"; echo 1 >"$www/$d/f.log"; done
echo 1 >$www/data/hits.mdb
echo 1 >$www/sub/deep/in.txt
start_events
put() { sh -c 'echo x >"$1"' - "$1"; }
only() { grep -oF "\"path\":\"$1\"" <<<"$2" | sort -u; }

# ---- wdctl tells the module of each ----
said=$(wdctl protect $www --mode enforce)
root_id=$(wdev roots | sed 's/.*"root":\([0-9]*\),.*/\1/')
inner=$sys/roots/$root_id/inner
is listed "$(printf '%s\n' "$www/up mount" $www/data "$www/a b" "$www/proc mount" $www/uploads $www/sub/deep $www/uploads/deep | sort)" "$(sort $inner)"
is said-protected 5 "$(grep -c 'mounted in it and protected with it' <<<"$said")"
is said-why-not 1 "$(grep -c "$www/up is mounted in it and must stay; what is in it is NOT protected: it is elsewhere too, and /srv is" <<<"$said")"
mark
denied create put $www/uploads/new.txt
denied create-deeper put $www/uploads/deep/new.txt
denied write put $www/data/hits.mdb
denied name-with-a-space put "$www/a b/f.txt"
denied bound put $www/sub/deep/in.txt
denied bound-by-its-other-name put $o/dir/in.txt
new=$(events_since)
for path in $www/uploads/new.txt $www/uploads/deep/new.txt $www/data/hits.mdb "$www/a b/f.txt" $www/sub/deep/in.txt; do
	is event-names-"${path##*/www/}" "\"path\":\"$path\"" "$(only "$path" "$new")"
done
is no-other-path 6 "$(grep -c '"verdict":"denied"' <<<"$new")"
allowed outside-the-bound-directory put $o/free.txt
allowed outside-by-the-bound-parent put /srv/site/www/up/outside/free2.txt
denied umount busybox umount $www/data
denied umount-lazy busybox umount -l $www/data
denied umount-of-the-outer busybox umount -l $www/uploads
denied umount-of-proc busybox umount -l $www/proc
denied umount-of-the-copy busybox umount -l $www/up
allowed umount-elsewhere sh -c 'mkdir -p /tmp/kmod/m && mount -t tmpfs none /tmp/kmod/m && umount /tmp/kmod/m'

# ---- what cannot be told ----
refuses() {
	local name=$1 words=$2 out
	shift 2
	if out=$("$@" 2>&1); then not_ok "$name" taken; elif [[ $out = *"$words"* ]]; then ok "$name"; else not_ok "$name" "$out"; fi
}
refuses no-mount 'nothing is mounted there' wdev inner-add "$root_id" $www/empty
refuses a-file 'nothing is mounted there' wdev inner-add "$root_id" $www/index.html
refuses nothing 'there is no such path' wdev inner-add "$root_id" $www/nowhere
refuses not-inside 'not mounted inside the root' wdev inner-add "$root_id" /proc
refuses the-root-itself 'not mounted inside the root' wdev inner-add "$root_id" /srv
refuses again 'guarded already' wdev inner-add "$root_id" $www/data
refuses no-such-root 'no root of this number' wdev inner-add 4711 $www/data
denied unprivileged setpriv --reuid 65534 --clear-groups wdev inner-add "$root_id" $www/data

# ---- filters reach into them ----
filter() { wdev filter-add "$root_id" "$1"; }
allowed filter-directory filter uploads/
allowed filter-glob filter '*.log'
allowed filter-path-glob filter 'data/*.mdb'
allowed filter-directory-in-one filter uploads/deep/
refuses filter-mount-only 'one of the root itself' filter up/
allowed excepted-create put $www/uploads/new.txt
allowed excepted-deeper put $www/uploads/deep/new.txt
allowed excepted-mkdir mkdir $www/uploads/d
allowed excepted-glob put $www/data/f.log
allowed excepted-path-glob put $www/data/hits.mdb
denied not-excepted put $www/data/f.txt
denied not-excepted-path-glob put $www/data/x.txt
denied not-the-directory-itself chmod 0 $www/uploads
denied not-the-mount busybox umount -l $www/uploads
denied not-out-of-an-excepted-one mv $www/data/f.txt $www/data/f2.txt
denied bound-not-excepted put $o/dir/in.txt

# ---- a root of its own in one, and nested: the inmost one decides ----
outer=$root_id
add_root audit $www/data
mark
allowed own-root-audit put $www/data/f.txt
is own-root-reports 1 "$(events_since | grep -c "\"verdict\":\"reported\",\"root\":$root_id,\"path\":\"$www/data/f.txt\"")"
denied own-root-stays-mounted busybox umount -l $www/data
del_root
root_id=$outer
denied outer-again put $www/data/f.txt
mkdir -p /tmp/kmod/n
add_root audit $www/sub
wdev inner-add "$root_id" $www/sub/deep >/dev/null
allowed nested-root-decides put $www/sub/deep/in.txt
wdev del "$root_id"
root_id=$outer
denied outer-decides-again put $www/sub/deep/in.txt

# ---- writers from before ----
wdev del "$root_id"
exec 7>>$www/data/f.txt
root_id=$(wdev add $www enforce | sed 's/.*"root":\([0-9]*\).*/\1/')
is dirty-not-yet yes "$(cat $sys/roots/"$root_id"/armed)"
wdev inner-add "$root_id" $www/data
is dirty "dirty 1" "$(cat $sys/roots/"$root_id"/armed)"
denied old-descriptor sh -c 'echo x >&7'
exec 7>&-

# ---- audit, off ----
wdev set "$root_id" audit
mark
put $www/data/a.txt
is audit-reports 1 "$(events_since | grep -c "\"verdict\":\"reported\".*\"path\":\"$www/data/a.txt\"")"
wdev set "$root_id" off
mark
put $www/data/b.txt
is off-is-silent 0 "$(events_since | grep -c b.txt)"
wdev set "$root_id" enforce

# ---- bounds ----
mkdir -p /tmp/kmod/many
wdev del "$root_id"
mkdir $www/many
for i in $(seq 70); do mkdir $www/many/$i && mount -t tmpfs none $www/many/$i; done
root_id=$(wdev add $www enforce | sed 's/.*"root":\([0-9]*\).*/\1/')
n=0
for i in $(seq 70); do wdev inner-add "$root_id" $www/many/$i 2>/dev/null && n=$((n + 1)); done
is at-most-64 64 $n
is all-listed 64 "$(wc -l <$sys/roots/"$root_id"/inner)"
denied the-last-of-them put $www/many/64/x
wdev del "$root_id"
root_id=
for i in $(seq 70); do umount $www/many/$i || not_ok "released-$i"; done

# ---- and all of it is let go ----
allowed umount-afterwards umount $www/up $www/proc $www/sub/deep "$www/a b" $www/data $www/uploads/deep $www/uploads
add_root enforce
allowed unload rmmod webdefender
stop_events
allowed inodes-released umount /srv
summary
