# SPDX-License-Identifier: Apache-2.0
# A site on an overlay, as in a container: the agent applies, restores and follows pushes through
# it, and what is done in the layers by their own paths is denied, or told and undone.
#
#   /srv        the overlay      /mnt   the disk with its layers, low and up
. /root/case/lib.sh
www=/srv/www
mount --bind /srv /mnt
mkdir -p /mnt/low/www/old /mnt/low/beside /mnt/up /mnt/work
some=$(cd /root/backup && find . -name '*.html' -type f | sort | head -n 1)
other=$(cd /root/backup && find . -name '*.html' -type f | sort | sed -n 2p)
mkdir -p "/mnt/low/www/$(dirname "$some")"
cp -a "/root/backup/$some" "/mnt/low/www/$some" # as it should be: it stays in the lower layer
echo foreign >/mnt/low/www/old/foreign.html
modprobe overlay
mount -t overlay -o lowerdir=/mnt/low,upperdir=/mnt/up,workdir=/mnt/work none /srv || exit 1
protect enforce
put() { sh -c 'echo x >>"$1"' - "$1"; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: expected '$2', found '$3'"; fi; }
may() { local name=$1; shift; if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name: $out"; fi; }
may_not() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then not_ok "$name: it succeeded"
	elif [[ $out = *"Operation not permitted"* ]]; then ok "$name"
	else not_ok "$name: $out"; fi
}
same() { cmp -s "$1" "$2"; }
verified() { wdctl verify www >/dev/null; }

is "the layers are guarded" "2 0" "$(wdctl status --json | jq -r '.module.roots[0] | "\(.layers) \(.layers_missed)"')"
is "the agent says so, each time it takes over" "$(grep -c 'registered with webdefender.ko' /var/log/agent.log)" \
	"$(grep -c 'in the layers below is protected with it' /var/log/agent.log)"
until_true 120 settled
may "the site is what was released, whatever the lower layer had" verified
is "what the lower layer had besides is gone" no "$([ -e $www/old/foreign.html ] && echo yes || echo no)"
is "it is still there, below" foreign "$(cat /mnt/low/www/old/foreign.html)"

may_not "a file in the upper layer" put "/mnt/up/www/$other"
may_not "a new one there" put /mnt/up/www/new.html
may_not "a file in the lower layer" put "/mnt/low/www/$some"
may_not "a new one there" put /mnt/low/www/new.html
may_not "the mark that something is gone" rm /mnt/up/www/old
may "beside the site, by the overlay" put /srv/beside/log
may "beside the site, in a layer" put /mnt/low/beside/log
may "it is as before" verified
is "no trouble" 0 "$(wdctl status --json | jq -r .troubled)"

# audit: it happens, is told by its place in the site, and undone through the overlay
told() { wdctl events -n 1000 --json | jq -e --arg p "$1" 'select(.path == $p and ((.detail // "") | contains("layer=")))' >/dev/null; }
wdctl mode audit www >/dev/null
put "/mnt/up/www/$other"
until_true 60 same "$www/$other" "/root/backup/$other" && ok "a file of the upper layer is restored" || not_ok "a file of the upper layer is restored"
until_true 20 told "$www/${other#./}" && ok "it was told" || not_ok "it was told: $(wdctl events -n 5 --json)"
put "/mnt/low/www/$some"
until_true 60 same "$www/$some" "/root/backup/$some" && ok "a file of the lower layer is restored" || not_ok "a file of the lower layer is restored"
echo evil >/mnt/up/www/evil.php
gone() { [ ! -e $www/evil.php ]; }
until_true 60 gone && ok "a foreign file is removed" || not_ok "a foreign file is removed"
until_true 60 settled
may "all is as it was" verified
wdctl mode enforce www >/dev/null

echo pushed >/root/backup/pushed.html
wdpub push www >/dev/null || not_ok push
is "a push comes through the overlay" pushed "$(cat $www/pushed.html)"
may_not "and is guarded below" put /mnt/up/www/pushed.html
grep -q . <(dmesg | grep -E 'BUG|Oops|WARNING') && not_ok "the kernel complained"
finish
