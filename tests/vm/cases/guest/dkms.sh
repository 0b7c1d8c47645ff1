# SPDX-License-Identifier: Apache-2.0
# dkms - the module that dkms built, signed and installed, in the place where dkms puts it
. /root/dkms/lib.sh
release=$(uname -r)
place=/lib/modules/$release/updates
rm -f $place/webdefender.ko # the build's own
mkdir -p $place/dkms && cp /root/dkms/webdefender.ko* $place/dkms/ && depmod
ko=$(modinfo -n webdefender)
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: '$3', not '$2'"; fi; }

is "modprobe finds it" "$place/dkms/$(basename "$ko")" "${ko/#\/usr/}"
# The number of the key that signed is the certificate's.
serial=$(openssl x509 -inform DER -in /root/dkms/mok.pub -noout -serial | sed 's/serial=//; s/^0*//')
is "it is signed with the key that dkms made" "$serial" "$(modinfo -F sig_key "$ko" | tr -d ': ' | sed 's/^0*//')"
modprobe webdefender && ok "it loads" || not_ok "it loads"
mkdir -p /srv/www
wdctl protect /srv/www --mode enforce >/dev/null && ok "it protects" || not_ok "it protects"
touch /srv/www/x 2>/dev/null && not_ok "it denies" || ok "it denies"
rmmod webdefender

# What Secure Boot switches on: only what a known key has signed. Ours is to be made known by the
# machine's owner (doc/MODULE).
echo 1 >/sys/module/module/parameters/sig_enforce || not_ok "signatures can be enforced"
modprobe dummy && ok "a module of Debian's loads still" || not_ok "a module of Debian's loads still"
out=$(modprobe webdefender 2>&1) && not_ok "it loads with an unknown key" ||
	{ [[ $out = *[kK]ey* ]] && ok "unknown key: $out" || not_ok "it says why: $out"; }
finish
