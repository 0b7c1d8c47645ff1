# SPDX-License-Identifier: Apache-2.0
# A site with an upload directory and logs: its filters come with the signed release, reach
# the module, and hold in every mode; there is no way from them to the rest.
. /root/case/lib.sh
www=/srv/www up=/srv/www/uploads
mkdir /root/backup/uploads
protect enforce
filters() { cat /sys/kernel/webdefender/roots/*/filters | tr '\n' ' '; }
serial() { wdctl status --json | jq -r '.sites[0].serial'; }
has_serial() { [ "$(serial)" -ge "$1" ]; }
may() { local name=$1; shift; if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name: $out"; fi; }
may_not() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then not_ok "$name: it succeeded"
	elif [[ $out = *"Operation not permitted"* ]]; then ok "$name"
	else not_ok "$name: $out"; fi
}
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', found '$3'"; fi; }
put() { sh -c 'echo x >"$1"' - "$1"; }
verified() { wdctl verify www >/dev/null; }

may_not "nothing is excepted before" put $up/a.txt
if out=$(wdctl filter add $www '*.log' 2>&1); then not_ok "a site's filters are its publisher's: taken"
elif [[ $out = *"wdpub site set"* ]]; then ok "a site's filters are its publisher's"; else not_ok "$out"; fi
if out=$(wdpub site set www --except nowhere 2>&1); then
	until_true 20 sh -c 'wdpub site list --json | grep -q refused' && ok "an excepted directory must be in the backup" ||
		not_ok "an excepted directory must be in the backup"
else not_ok "$out"; fi
before=$(serial)
wdpub site set www --unfilter nowhere/ --except uploads --filter '*.log' >/dev/null || not_ok "wdpub site set"
until_true 60 has_serial $((before + 1)) || not_ok "the release with filters did not come"
settle_filters() { [ "$(filters)" = 'uploads/ *.log ' ]; }
until_true 20 settle_filters
is "the module has the release's filters" 'uploads/ *.log ' "$(filters)"
is "wdctl lists them" '["uploads/","*.log"]' "$(wdctl filter --json | jq -c '[.[].filter]')"
is "wdpub lists them" '["uploads/","*.log"]' "$(wdpub site list --json | jq -c '.[0].filters')"

may "an upload" put $up/a.txt
may "a directory in uploads" mkdir $up/d
may "below it" put $up/d/b.php
may "a log" put $www/access.log
may "a rotated log" mv $www/access.log $www/old.log
may_not "the rest" put $www/index.html
may_not "the rest, new" put $www/new.html
may_not "the directory itself" mv $up $www/u2
may_not "a ladder by rename" mv $up/d/b.php $www/b.php
may_not "a ladder by rename of a log" mv $www/old.log $www/b.php
may_not "a ladder by link" ln $up/d/b.php $www/b.php
may_not "a protected file by link" ln "$(find $www -name '*.html' -type f | head -n 1)" $up/l.html
may_not "a link that looks like a log" ln -s /etc/passwd $www/p.log
verified || not_ok "verify"
is "not restored" "x x x" "$(cat $up/a.txt $up/d/b.php $www/old.log | tr '\n' ' ' | sed 's/ $//')"
is "no trouble" 0 "$(wdctl status --json | jq -r .troubled)"

# audit: what is excepted makes no event and stays, the rest is undone
wdctl mode audit www
events() { wdctl events -n 1000 --json | wc -l; }
until_true 20 settled
n=$(events)
put $up/c.txt
put $www/more.log
until_true 20 settled
is "no event of what is excepted" "$n" "$(events)"
mv $up/c.txt $www/c.php
gone() { [ ! -e $www/c.php ]; }
until_true 30 gone && ok "a ladder in audit is undone" || not_ok "a ladder in audit is undone"
rm -rf $up
made() { [ -d $up ]; }
until_true 30 made && ok "the directory is made again" || not_ok "the directory is made again"
until_true 20 settled
wdctl mode enforce www
may "and is excepted again" put $up/again.txt
may_not "its name is guarded" mv $up $www/u2

# a push leaves them alone; without the filter they go
echo pushed >/root/backup/pushed.html
wdpub push www >/dev/null || not_ok push
is "a push comes through" pushed "$(cat $www/pushed.html)"
is "and leaves them alone" "x x" "$(cat $up/again.txt $www/more.log | tr '\n' ' ' | sed 's/ $//')"
before=$(serial)
wdpub site set www --unfilter '*.log' >/dev/null
until_true 60 has_serial $((before + 1))
no_logs() { [ ! -e $www/more.log ] && [ ! -e $www/old.log ]; }
until_true 60 no_logs && ok "what is no longer excepted goes" || not_ok "what is no longer excepted goes"
may_not "and may not come back" put $www/more.log
may "uploads may, still" put $up/still.txt
grep -q . <(dmesg | grep -E 'BUG|Oops|WARNING') && not_ok "the kernel complained"
finish
