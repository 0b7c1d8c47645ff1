# SPDX-License-Identifier: Apache-2.0
# systemd - our units under the real one: ready, watched, restarted, confined, and at work
. /root/case/lib.sh
check() { # NAME COMMAND...
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name: $(tail -n 8 <<<"$out" | tr '\n' ' ')"; fi
}
mkdir -p /etc/systemd/system /var/log/journal
ln -sf /usr/lib/systemd/system/multi-user.target /etc/systemd/system/default.target
kill -HUP 1 # guestd becomes /sbin/init
up() { systemctl is-system-running 2>/dev/null | grep -Eq 'running|degraded'; }
until_true 180 up || { echo "not ok systemd is pid 1: $(systemctl is-system-running) $(systemctl list-jobs | head -n 5)"; exit 1; }
check "systemd is pid 1" grep -q systemd /proc/1/comm

# ---- what make install left ----
check "sysusers makes the users of the roles" systemd-sysusers webdefender.conf
for user in webdefender webdefender-metrics webdefender-{keys,link,console,auth,reader,notify}; do
	check "user $user has no shell and no home" bash -c "[ \"\$(getent passwd $user | cut -d: -f6,7)\" = /:/usr/sbin/nologin ]"
done
for unit in wdpublisherd webdefenderd wd-warden; do
	check "$unit.service: systemd finds nothing wrong" bash -c "! systemd-analyze verify --man=no $unit.service 2>&1 | grep -F $unit"
done

# ---- the publisher ----
mkdir -p /etc/webdefender
printf 'listen = "127.0.0.1:7443"\nconsole = "127.0.0.1:7080"\nmetrics = "127.0.0.1:7090"\nsettle = 300\nbeat = 2\n' >/etc/webdefender/publisher.conf
wdpub init --name guest --address 127.0.0.1:7443 >/dev/null || exit 1
show() { systemctl show -P "$2" "$1"; }
check "systemctl start wdpublisherd: it says READY" timeout 60 systemctl start wdpublisherd
check "and is active" systemctl -q is-active wdpublisherd
check "and answers" until_true 20 wdpub status
roles() { ps -o user:24=,args= --ppid "$(show wdpublisherd MainPID)" | sed -n 's/^\([^ ]*\) .*--role \([a-z]*\).*/\2=\1/p' | sort | tr '\n' ' '; }
all_roles() { [ "$(roles)" = "auth=webdefender-auth console=webdefender-console keys=webdefender-keys link=webdefender-link metrics=webdefender-metrics notify=webdefender-notify reader=webdefender-reader " ]; }
until_true 30 all_roles
check "each role is its own user: $(roles)" all_roles
check "the web console answers" until_true 30 curl -sk -o /dev/null https://127.0.0.1:7080/api/v1/session
mkdir -p /home/editor && cp -a /root/backup /home/editor/site
check "a backup below /home can be published" wdpub site add home --dir /home/editor/site

# ---- the agent ----
wdpub site add www --dir /root/backup >/dev/null || exit 1
wdpub host add web1 -o /root/web1.enrol >/dev/null || exit 1
wdctl enrol /root/web1.enrol --site www=/srv/www --mode audit >/dev/null || exit 1
check "systemctl start webdefenderd: it says READY" timeout 120 systemctl start webdefenderd
check "and loads the module" test -d /sys/kernel/webdefender
check "and brings wd-warden with it" until_true 30 systemctl -q is-active wd-warden
check "the release is applied under the unit's limits" until_true 90 applied
same() { walk /srv/www | cmp -s - <(walk /root/backup); }
tree_same() { diff -r /root/backup /srv/www; }
check "and the site is the backup" until_true 30 tree_same
walk /srv/www >/tmp/before
victim=$(find /srv/www -name '*.html' | head -n 1)
is_before() { walk /srv/www | cmp -s - /tmp/before; }
tampered() { # NAME COMMAND...: is what it did undone?
	local name=$1
	shift
	"$@" || { not_ok "$name: could not be done"; return; }
	sleep 0.2
	check "audit: $name is undone" until_true 40 is_before
}
tampered "changed content" sh -c "echo 0wned >'$victim'"
tampered "a deleted file" rm "$victim"
tampered "a foreign file" sh -c 'echo evil >/srv/www/shell.php'
tampered "another owner" chown 1000:1000 "$victim"
tampered "setuid bits" chmod 6755 "$victim"
kept() { wdpub evidence list --json | jq -e 'length > 0'; }
check "evidence of it reaches the publisher" until_true 60 kept
wdctl mode enforce >/dev/null
check "enforce: changing content is refused" bash -c "! echo 0wned >'$victim'"
check "enforce: and nothing has changed" is_before
echo '<h1>new</h1>' >/root/backup/new.html
fresh() { cmp /root/backup/new.html /srv/www/new.html; }
check "the agent itself may write" until_true 60 fresh

# ---- within their limits ----
# What keeps the agent's unit above 3.0 is in doc/ARCHITECTURE.
exposed() { # UNIT TENTHS
	check "$1: systemd-analyze security is at most $2 tenths" \
		systemd-analyze security --no-pager --threshold="$2" "$1.service"
	echo "# $(systemd-analyze security --no-pager "$1.service" 2>/dev/null | tail -n 1)"
}
exposed wdpublisherd 30
exposed wd-warden 30
exposed webdefenderd 42
denied() { journalctl -q --no-pager -u wdpublisherd -u webdefenderd -u wd-warden | grep -E 'Operation not permitted|Read-only file system|Permission denied|running as nobody'; }
check "none of them met a limit of its unit: $(denied | tail -n 3)" bash -c "! journalctl -q --no-pager -u wdpublisherd -u webdefenderd -u wd-warden | grep -E 'Operation not permitted|Read-only file system|Permission denied|running as nobody'"

# ---- killed ----
other_pid() { local now; now=$(show "$1" MainPID); [ "$now" != 0 ] && [ "$now" != "$2" ] && systemctl -q is-active "$1"; }
for unit in wdpublisherd wd-warden webdefenderd; do
	old=$(show $unit MainPID)
	kill -KILL "$old"
	check "$unit, killed, is back" until_true 60 other_pid $unit "$old"
done
check "and the publisher answers" until_true 30 wdpub status
linked() { wdpub host list --json | jq -e '.[0].connected'; }
check "and the agent is connected" until_true 60 linked
check "and the guard guards" bash -c "! echo 0wned >'$victim'"

# Every service with PrivateTmp= or ProtectSystem= begins with mounts in a namespace of its own.
printf '[Service]\nType=oneshot\nExecStart=/bin/true\nPrivateTmp=yes\nProtectSystem=strict\nReadWritePaths=/srv/www\nProtectHome=tmpfs\n' \
	>/run/systemd/system/own.service
systemctl daemon-reload
check "enforce: a service with a file system of its own starts" timeout 60 systemctl start own
check "enforce: whoever lives alone may cover the site, for itself" \
	unshare -m --propagation private mount -t tmpfs none /srv/www
check "enforce: and nobody else sees that" test -e "$victim"
check "enforce: not where it tells its peers" \
	bash -c 'mount --make-rshared / && ! unshare -m --propagation shared mount -t tmpfs none /srv/www && ! mountpoint -q /srv/www'
check "enforce: not where others live" \
	bash -c "! nsenter -m -t $(show wdpublisherd MainPID) mount -t tmpfs none /srv/www"
check "enforce: nor in this one" bash -c '! mount -t tmpfs none /srv/www'

# ---- hanging ----
for unit in wdpublisherd wd-warden; do
	mkdir -p /run/systemd/system/$unit.service.d
	printf '[Service]\nWatchdogSec=12\n' >/run/systemd/system/$unit.service.d/sooner.conf
done
systemctl daemon-reload
for unit in wdpublisherd wd-warden; do
	systemctl restart $unit
	old=$(show $unit MainPID)
	sleep 14 # longer than the watchdog waits
	check "$unit feeds the watchdog" test "$(show $unit MainPID)" = "$old"
	kill -STOP "$old"
	check "$unit, hanging, is ended by the watchdog and is back" until_true 90 other_pid $unit "$old"
done
check "the journal says so" bash -c "journalctl -q --no-pager | grep -q 'Watchdog timeout'"

# ---- an orderly end ----
check "systemctl stop webdefenderd" timeout 60 systemctl stop webdefenderd
sleep 3
check "what was stopped stays stopped, though a warden watches" bash -c "! systemctl -q is-active webdefenderd"
check "and its site stays protected" bash -c "! echo 0wned >'$victim'"
check "systemctl stop wdpublisherd" timeout 60 systemctl stop wdpublisherd
check "no process of it is left" bash -c "! pgrep wdpublisherd"
check "no unit has failed" bash -c "! systemctl --failed --no-legend --no-pager | grep -E 'webdefender|wd-warden|wdpublisher'"
[ "$failed" = 0 ] || journalctl -q --no-pager -u wdpublisherd -u webdefenderd -u wd-warden -n 60
finish
