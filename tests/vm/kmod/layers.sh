#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# layers.sh - a root on an overlay: its layers are guarded, and whoever may write still can
#
#   /srv/m        the overlay: lower layers /srv/l1 and /srv/l2, upper layer /srv/up
#   /srv/m/site   the root; uploads/, *.log, data/*.mdb may change
#   /srv/m/free   beside it
. "$(dirname "$0")/lib.sh"
load mode=enforce || exit 1
modprobe -q overlay
put() { sh -c 'echo x >>"$1"' - "$1"; }
m=/srv/m site=/srv/m/site
build() {
	rm -rf /srv/l1 /srv/l2 /srv/up /srv/work
	mkdir -p /srv/l1/site/{uploads/old,data,sub} /srv/l1/free /srv/l2/site/{sub,more} /srv/up /srv/work $m /srv/out
	for f in l1/site/{index.html,access.log,uploads/a,uploads/b,uploads/old/c,data/hits.mdb,data/hits.txt,sub/page.html,sub/deep.log} \
		l1/free/f l2/site/more/two.html l2/site/sub/three.html; do
		echo 1 >/srv/$f
	done
	mount -t overlay -o lowerdir=/srv/l1:/srv/l2,upperdir=/srv/up,workdir=/srv/work none $m
}
build
start_events
hooks() { wdev info | sed 's/.*"hooks":\([0-9]*\).*/\1/'; }
quiet=$(hooks)
said() { grep -c "$1" <<<"$2"; }

# ---- the module asks the overlay ----
before=$(stat -c '%a %U %y' $site)
told=$(wdctl protect $site --mode enforce)
root_id=$(wdev roots | sed 's/.*"root":\([0-9]*\),.*/\1/')
is protect-says-so 1 "$(said 'is protected with it' "$told")"
is layers-listed "$(printf '%s\n' /l1/site /l2/site /up/site)" "$(sed 's/.* //' $sys/roots/"$root_id"/layers | sort)"
is layers-by-netlink 3 "$(wdev roots | sed 's/.*"layers":\([0-9]*\).*/\1/')"
is status-says-so 3 "$(wdctl status --json | jq '.module.roots[0].layers')"
is upper-has-the-directory "$before" "$(stat -c '%a %U %y' /srv/up/site)"
is no-name-left 0 "$(find $m /srv/up /srv/l1 -name '.webdefender*' | wc -l)"
is no-hook-stays "$quiet" "$(hooks)"

# ---- by the layers' own paths ----
mark
denied lower-write put /srv/l1/site/index.html
denied lower-second put /srv/l2/site/more/two.html
denied lower-create put /srv/l2/site/new
denied upper-create put /srv/up/site/new
denied upper-whiteout mknod /srv/up/site/index.html c 0 0
denied upper-opaque setfattr -n trusted.overlay.opaque -v y /srv/up/site
denied upper-of-a-lower-directory mkdir /srv/up/site/sub
denied layer-removed mv /srv/l1/site /srv/l1/site2
denied above-a-layer mv /srv/l1 /srv/l9
denied above-the-upper mv /srv/up /srv/up9
denied above-hidden chmod 0 /srv/up
new=$(events_since)
is twelve-tries-eleven-events 11 "$(grep -c '"verdict":"denied"' <<<"$new")"
is events-name-the-place 1 "$(grep -c "\"path\":\"$site/more/two.html\".*layer=" <<<"$new")"
is events-name-the-whiteout 1 "$(grep '"op":"mknod"' <<<"$new" | grep -c "\"path\":\"$site/index.html\"")"

# ---- by the overlay: one event each, and told by the overlay ----
mark
denied overlay-write put $site/index.html
denied overlay-create put $site/new
denied overlay-unlink rm -f $site/sub/page.html
denied overlay-mkdir mkdir $site/sub/new
denied overlay-rename mv $site/sub/page.html $site/page.html
denied overlay-chmod chmod 600 $site/index.html
new=$(events_since)
is one-event-each 6 "$(grep -c . <<<"$new")"
is none-by-a-layer 0 "$(grep -c 'layer=' <<<"$new")"

# ---- beside the root nothing is different ----
mark
beside() {
	allowed "beside-$1-write" put $m/free/f
	allowed "beside-$1-create" put $m/free/new
	allowed "beside-$1-mkdir" mkdir -p $m/free/d/e
	allowed "beside-$1-rename" mv $m/free/new $m/free/d/new
	allowed "beside-$1-unlink-lower" rm $m/free/f
	allowed "beside-$1-again" put $m/free/f
	allowed "beside-$1-rmdir" rm -r $m/free/d
	allowed "beside-$1-top" sh -c "mkdir $m/$1 && touch $m/$1/a && ln $m/$1/a $m/$1/b && chmod 600 $m/$1/a && rm -r $m/$1"
	allowed "beside-$1-layer" sh -c "echo x >/srv/up/free.$1 && rm /srv/up/free.$1"
}
beside new
is beside-is-silent 0 "$(events_since | grep -c .)"

# ---- what may change in the root may, by the overlay: nothing of it is in the upper layer yet ----
for f in uploads/ '*.log' 'data/*.mdb'; do allowed "filter-$f" wdev filter-add "$root_id" "$f"; done
mark
allowed upload-write-copies-up put $site/uploads/old/c
allowed upload-create put $site/uploads/new
allowed upload-mkdir mkdir $site/uploads/d
allowed upload-below put $site/uploads/d/e
allowed upload-rename mv $site/uploads/a $site/uploads/a2
allowed upload-rename-directory mv $site/uploads/d $site/uploads/d2
allowed upload-unlink-lower rm $site/uploads/b
allowed upload-over-a-whiteout put $site/uploads/b
allowed upload-mkdir-over-a-whiteout sh -c "rm $site/uploads/b && mkdir $site/uploads/b && touch $site/uploads/b/x"
allowed upload-rmdir-lower rm -r $site/uploads/old
allowed upload-symlink ln -s x $site/uploads/s
allowed upload-link ln $site/uploads/new $site/uploads/new2
# An overlay forgets the new name, and a file with a name that is not known counts as protected.
cat $site/uploads/new2 >/dev/null
allowed upload-chmod chmod 600 $site/uploads/new
allowed upload-xattr setfattr -n user.a -v 1 $site/uploads/new
allowed upload-mmap poke mmap $site/uploads/a2
allowed upload-truncate truncate -s 0 $site/uploads/a2
allowed log-append put $site/access.log
allowed log-rotate mv $site/access.log $site/old.log
allowed log-again put $site/access.log
allowed log-unlink rm $site/old.log
allowed log-deep put $site/sub/deep.log
allowed log-deep-unlink rm $site/sub/deep.log
allowed log-deep-over-a-whiteout put $site/sub/deep.log
allowed path-glob put $site/data/hits.mdb
is excepted-is-silent "" "$(events_since)"
denied excepted-directory-itself mv $site/uploads $site/uploads2
denied path-glob-elsewhere put $site/data/hits.txt
denied copied-up-still-guarded put $site/sub/page.html
denied copied-up-directory-guarded put /srv/up/site/sub/new
denied upload-to-protected mv $site/uploads/new $site/new

# ---- in the layers themselves it is the same places ----
allowed layer-upload put /srv/up/site/uploads/layer
allowed layer-log put /srv/l1/site/access.log
allowed layer-path-glob put /srv/l1/site/data/hits.mdb
denied layer-path-glob-elsewhere put /srv/l1/site/data/hits.txt
denied layer-upload-directory mv /srv/up/site/uploads /srv/up/site/u2
denied layer-upload-directory-mode chmod 700 /srv/up/site/uploads
denied layer-ladder mv /srv/up/site/uploads/layer /srv/up/site/index.html
denied layer-ladder-down mv /srv/l1/site/index.html /srv/l1/site/uploads/index.html
denied layer-glob-whiteout mknod /srv/up/site/x.log c 0 0

# ---- the agent restores by the overlay ----
mark
allowed agent-copies-up wdev agent write $site/index.html "by agent"
allowed agent-creates wdev agent write $site/made "by agent"
is agent-wrote 1 "$(grep -c 'by agent' /srv/up/site/index.html)"
allowed agent-by-the-layer wdev agent write /srv/up/site/made "again"
is agent-is-silent 0 "$(events_since | grep -c '"root"')"
denied nobody-after-it put $site/made
denied nobody-after-it-in-the-layer put /srv/up/site/made

# ---- another overlay on the same lower layers, and one on our upper ----
mkdir -p /srv/up2 /srv/work2 /srv/work3 /srv/m2 /srv/m3
mount -t overlay -o lowerdir=/srv/l1:/srv/l2,upperdir=/srv/up2,workdir=/srv/work2 none /srv/m2
mark
allowed other-overlay-write put /srv/m2/site/index.html
allowed other-overlay-create put /srv/m2/site/new
allowed other-overlay-unlink rm /srv/m2/site/sub/page.html
is other-overlay-is-silent 0 "$(events_since | grep -c .)"
# The kernel may refuse it by itself: an upper layer in use.
if mount -t overlay -o lowerdir=/srv/l2,upperdir=/srv/up,workdir=/srv/work3 none /srv/m3 2>/dev/null; then
	denied overlay-over-our-upper put /srv/m3/site/index.html
	denied overlay-over-our-upper-create put /srv/m3/site/new
	umount /srv/m3
else
	skip overlay-over-our-upper "the kernel refuses it"
fi

# ---- the other overlay's site too: both share layers, each with its mode ----
first=$root_id
add_root audit /srv/m2/site
second=$root_id
is shared-layers "$(printf '%s\n' /l1/site /l2/site /up2/site)" "$(sed 's/.* //' $sys/roots/"$second"/layers | sort)"
denied shared-the-stricter-counts put /srv/l2/site/more/two.html
wdev set "$first" off
mark
allowed shared-audit put /srv/l2/site/more/two.html
is shared-audit-reports 1 "$(events_since | grep -c "\"verdict\":\"reported\",\"root\":$second,\"path\":\"/srv/m2/site/more/two.html\"")"
wdev set "$first" enforce
wdev del "$second"
root_id=$first
denied shared-after-one-went put /srv/l2/site/more/two.html
umount /srv/m2

# ---- audit: one event each, also where the overlay does several things below ----
wdev set "$root_id" audit
one() { # NAME OP COMMAND...
	local name=$1 op=$2
	shift 2
	mark
	allowed "audit-$name" "$@"
	is "audit-$name-once" "\"op\":\"$op\"" "$(events_since | grep -o '"op":"[a-z]*"')"
}
one copy-up open put $site/sub/three.html
one create create put $site/audit.html
one mkdir mkdir mkdir $site/audit
one symlink symlink ln -s x $site/audit.link
one link link poke link $site/audit.html $site/audit2.html
one unlink-lower unlink rm $site/more/two.html
one create-over-a-whiteout create put $site/more/two.html
one rename rename mv -T $site/audit $site/audit3
one rmdir rmdir rmdir $site/audit3
one chmod-copy-up chmod chmod 600 $site/data/hits.txt
one layer open put /srv/l1/site/sub/page.html
wdev set "$root_id" enforce

# ---- writers from before are counted once ----
wdev set "$root_id" off
exec 7>>$site/index.html
wdev set "$root_id" enforce
is dirty-once "dirty 1" "$(cat $sys/roots/"$root_id"/armed)"
mark
denied old-descriptor sh -c 'echo x >&7'
is old-descriptor-once 1 "$(events_since | grep -c .)"
exec 7>&-
wdev set "$root_id" off
exec 7>>/srv/l1/site/sub/page.html
wdev set "$root_id" enforce
is dirty-below "dirty 1" "$(cat $sys/roots/"$root_id"/armed)"
denied old-descriptor-below sh -c 'echo x >&7'
exec 7>&-

# ---- a root in the root ----
outer=$root_id
add_root audit $site/sub
allowed nested-audit put $site/sub/page.html
allowed nested-audit-layer put /srv/up/site/sub/page.html
denied nested-name-is-the-outer-ones mv /srv/l1/site/sub /srv/l1/site/sub2
denied nested-outer put /srv/l1/site/index.html
del_root
root_id=$outer
denied nested-gone put /srv/up/site/sub/page.html

# ---- what the running system writes in is no part of it ----
mkdir -p /srv/up4 /srv/work4 /srv/m4
mount -t overlay -o lowerdir=/,upperdir=/srv/up4,workdir=/srv/work4 none /srv/m4
told=$(wdctl protect /srv/m4/etc --mode enforce)
is system-is-said 1 "$(said 'NOT all it is made of' "$told")"
allowed system-goes-on put /etc/layers.test
denied system-shown put /srv/m4/etc/layers.test
denied system-upper put /srv/up4/etc/layers.test
wdctl unprotect /srv/m4/etc >/dev/null
rm /etc/layers.test
umount /srv/m4

# ---- an overlay mounted inside a root that is on none ----
wdev del "$root_id"
root_id=
mkdir -p /srv/plain/www/app
mount -t overlay -o lowerdir=/srv/l1:/srv/l2,upperdir=/srv/up,workdir=/srv/work none /srv/plain/www/app
told=$(wdctl protect /srv/plain/www --mode enforce)
root_id=$(wdev roots | sed 's/.*"root":\([0-9]*\),.*/\1/')
is inner-says-so 1 "$(said 'is protected with it' "$(grep overlay <<<"$told")")"
mark
denied inner-layer put /srv/l1/site/index.html
denied inner-upper put /srv/up/new
is inner-path 1 "$(events_since | grep -c "\"path\":\"/srv/plain/www/app/site/index.html\"")"
wdev filter-add "$root_id" '*.log'
allowed inner-log put /srv/plain/www/app/site/sub/inner.log
denied inner-rest put /srv/plain/www/app/site/index.html
wdev del "$root_id"
umount /srv/plain/www/app

# ---- a single file of an overlay, bound in: it has no layers that a directory would have ----
mount -t overlay -o lowerdir=/srv/l1:/srv/l2,upperdir=/srv/up,workdir=/srv/work none /srv/m2
echo 1 >/srv/m2/free/bound && chmod 755 /srv/m2/free/bound && touch /srv/plain/www/bound
mount --bind /srv/m2/free/bound /srv/plain/www/bound
before=$(stat -c '%a %s %Y %Z' /srv/m2/free/bound)
told=$(wdctl protect /srv/plain/www --mode enforce)
root_id=$(wdev roots | sed 's/.*"root":\([0-9]*\),.*/\1/')
is bound-file-is-said 1 "$(said 'changes made in the layers below are NOT seen' "$told")"
is bound-file-as-before "$before" "$(stat -c '%a %s %Y %Z' /srv/m2/free/bound)"
denied bound-file put /srv/m2/free/bound
wdev del "$root_id"
umount /srv/plain/www/bound /srv/m2

# ---- and all of it is let go ----
root_id=
mark
allowed free-lower put /srv/l1/site/index.html
allowed free-upper mv /srv/up/site /srv/up/site2
is free-is-silent 0 "$(events_since | grep -c .)"
allowed umount-overlay umount $m
build
add_root enforce $site
allowed unload-with-a-root rmmod webdefender
stop_events
umount $m
allowed inodes-released umount /srv
summary
