# SPDX-License-Identifier: Apache-2.0
# In the guest: publisher and agent on one machine, the site in /srv/www.
cd /root/case 2>/dev/null || cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
passed=0 failed=0
ok() { passed=$((passed + 1)); echo "ok $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok $*"; }
finish() { echo "$passed passed, $failed failed"; [ "$failed" = 0 ]; exit $?; }

until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# protect MODE - everything up, the site applied, the guard in place
protect() {
	modprobe webdefender || exit 1
	mkdir -p /etc/webdefender /srv/www
	printf 'listen = "127.0.0.1:7443"\nsettle = 300\nbeat = 2\n' >/etc/webdefender/publisher.conf
	wdpub init --name guest --address 127.0.0.1:7443 >/dev/null || exit 1
	wdpublisherd 2>/var/log/publisher.log &
	until_true 180 wdpub status || { cat /var/log/publisher.log; exit 1; }
	wdpub site add www --dir /root/backup >/dev/null || exit 1
	wdpub host add web1 -o /root/web1.enrol >/dev/null || exit 1
	wdctl enrol /root/web1.enrol --site www=/srv/www --mode "$1" >/dev/null || exit 1
	webdefenderd 2>/var/log/agent.log &
	until_true 300 applied || { tail /var/log/agent.log /var/log/publisher.log; exit 1; }
}
applied() { [ "$(wdctl status --json | jq -r '.sites[0].serial')" -ge 1 ]; }
# Nothing left to look at.
settled() { [ "$(wdctl status --json | jq -r .pending)" = 0 ]; }

# An independent walk: everything stat, listxattr and read can tell of a tree.
walk() { python3 /root/case/walk.py "$1"; }
