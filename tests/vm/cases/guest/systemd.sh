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
for unit in wdpublisherd webdefenderd wd-warden webdefender-{link,metrics,hass}@; do
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
roles="link metrics"
printf 'metrics = "127.0.0.1:7091"\n' >>/etc/webdefender/agent.conf
if stty -F /dev/ttyS1 >/dev/null 2>&1; then # a hardware unit is at its other end
	roles="$roles hass"
	printf 'hass {\n\tport = "/dev/ttyS1"\n}\n' >>/etc/webdefender/agent.conf
else
	echo "skip role hass: the firmware or hass-sim are not built"
fi
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

# ---- the agent's roles ----
instance() { systemctl list-units --plain --no-legend --state=running "webdefender-$1@*.service" | awk 'END { print $1 }'; }
instances() { systemctl list-units --plain --no-legend --all "webdefender-*@*.service" | awk '{ print $1 }'; }
role_pid() { local unit; unit=$(instance "$1"); [ -n "$unit" ] && show "$unit" MainPID; }
linked() { wdpub host list --json | jq -e '.[0].connected'; }
scraped() { curl -sf http://127.0.0.1:7091/metrics | grep -q '^webdefender_service_up{service="link"} 1'; }
serial() { wdctl hass status --json | jq -e '.line == "up"'; }
declare -A works=([link]=linked [metrics]=scraped [hass]=serial)
declare -A user=([link]=webdefender [metrics]=webdefender-metrics [hass]=webdefender)
guard=$(pgrep -P "$(show webdefenderd MainPID)" -x webdefenderd)
for role in $roles; do
	check "role $role works" until_true 60 "${works[$role]}"
	check "role $role is a unit of its own" test -n "$(instance $role)"
	pid=$(role_pid $role)
	check "role $role is user ${user[$role]}" test "$(stat -c %U "/proc/$pid")" = "${user[$role]}"
	check "role $role is in an empty root" test "$(readlink "/proc/$pid/root")" = /var/lib/webdefender/empty
	check "role $role has no capability" grep -q '^CapPrm:[[:space:]]*0*$' "/proc/$pid/status"
	check "metrics tell its process" until_true 20 bash -c "curl -sf http://127.0.0.1:7091/metrics | grep -q '^webdefender_service_memory_bytes{service=\"$role\"} [1-9]'"
done
check "the guard has no child" bash -c "[ -n '$guard' ] && ! pgrep -P $guard"
# What its filter says, as systemd put it there: tried by a program under the same unit's limits.
limits() { systemctl show -p RestrictAddressFamilies,SystemCallFilter,SystemCallErrorNumber,CapabilityBoundingSet,PrivateDevices,DevicePolicy,IPAddressDeny "$1"; }
check "the guard runs under a system call filter" grep -q '^Seccomp:[[:space:]]*2' "/proc/$guard/status"
check "the guard's capabilities are without CAP_KILL and CAP_SYS_CHROOT" \
	bash -c "(( (0x\$(awk '/^CapBnd/{ print \$2 }' /proc/$guard/status) & (1 << 5 | 1 << 18)) == 0 ))"
mkdir -p /run/systemd/system
sed 's/^Type=.*/Type=oneshot/;/^ExecStart/d;/^Restart/d;/^WatchdogSec/d;/^RuntimeDir/d;/^StateDir/d;/^Wants/d;/^After/d;/^Condition/d' \
	/usr/lib/systemd/system/webdefenderd.service >/run/systemd/system/as-guard.service
cat >/root/tries.py <<-'END'
	import socket, os, sys
	def refused(what):
	    try: what()
	    except OSError: return True
	assert refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)), "AF_INET"
	assert refused(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)), "AF_INET6"
	assert refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)), "AF_PACKET"
	assert refused(lambda: os.chroot("/")), "chroot"
	assert refused(lambda: os.setpriority(os.PRIO_PROCESS, 0, 5)), "setpriority"
	assert not os.path.exists("/dev/ttyS0"), "ttyS0"
	socket.socket(socket.AF_UNIX), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
END
echo "ExecStart=/usr/bin/python3 /root/tries.py" >/run/as-guard.exec
sed -i '/^\[Service\]/r /run/as-guard.exec' /run/systemd/system/as-guard.service
systemctl daemon-reload
check "under the guard's limits: no internet socket, no chroot, no priority, no serial port" timeout 60 systemctl start as-guard
check "and without them all of it goes: the test can fail" bash -c "! python3 /root/tries.py"
journalctl -q --no-pager -u as-guard -n 5 | grep AssertionError

back() { local now; now=$(role_pid "$1"); [ -n "$now" ] && [ "$now" != 0 ] && [ "$now" != "$2" ] && "${works[$1]}"; }
for role in $roles; do
	old=$(role_pid $role)
	kill -KILL "$old"
	check "role $role, killed, is back at work" until_true 60 back $role "$old"
done
# As often as a unit may be started by default, and more, as fast as it comes back.
took='' kills=${1:-8}
for i in $(seq 1 "$kills"); do
	sleep 2 # one that falls over its start is given more time
	old=$(role_pid metrics) from=$(date +%s%3N)
	kill -KILL "$old"
	until_true 60 back metrics "$old" || break
	took="$took $(($(date +%s%3N) - from))"
done
echo "# back and answering after$took ms (emulated, asking included)"
check "role metrics, killed $i times in a row, is back at work" test "$i" = "$kills"
for role in $roles; do
	old=$(role_pid $role)
	kill -STOP "$old"
	check "role $role, hanging, is ended and back at work" until_true 120 back $role "$old"
	check "and the hung process is gone" until_true 60 bash -c "! kill -0 $old"
done
systemctl stop webdefender-link.socket
old=$(role_pid link)
kill -KILL "$old"
check "a socket that was stopped is started again" until_true 60 back link "$old"
rm /run/webdefender/role/link
old=$(role_pid link)
kill -KILL "$old"
check "a socket that was removed is made again" until_true 60 back link "$old"
echo nonsense | timeout 10 socat - UNIX-CONNECT:/run/webdefender/role/link
check "nobody else may connect" bash -c "! setpriv --reuid=nobody --clear-groups python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"/run/webdefender/role/link\")'"

# ---- asked from afar ----
old=$(role_pid metrics)
wdpub service restart web1 metrics
check "restarted on request, it is another process" until_true 60 back metrics "$old"
wdpub service stop web1 metrics
none() { [ -z "$(instance "$1")" ]; }
check "stopped on request, nothing of it runs" until_true 30 none metrics
wdpub service start web1 metrics
check "started on request, it works" until_true 60 scraped
check "an audit is done within the guard's limits" timeout 120 wdpub audit run web1

# ---- what an audit found is put right, and back, within them ----
own=/opt/own # as much of a Tomcat as the checks of its configuration read
mkdir -p $own/{bin,conf,logs,webapps/ROOT}
printf '%s\n' '<Server port="-1"><Service name="Catalina"><Connector port="8080"/>' \
	'<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine>' \
	'</Service></Server>' >$own/conf/server.xml
echo '<web-app/>' >$own/conf/web.xml
chown -R root:www-data $own && chmod -R u=rwX,g=rX,o= $own && chmod 755 $own/logs
printf '[Service]\nUser=www-data\nEnvironment=CATALINA_HOME=%s CATALINA_BASE=%s\nExecStart=%s/bin/catalina.sh run\n' \
	$own $own $own >/etc/systemd/system/own.service
systemctl daemon-reload
own_now() { find $own -printf '%P %y %m %u %g\n' | sort && find $own -type f | sort | xargs sha256sum; }
own_now >/tmp/own.before
fix() { timeout 120 wdpub audit fix web1 --base $own --only WT-09,WT-12 "$@" >/tmp/own.fix 2>&1; }
check "a fix is shown" fix
check "which is a diff" grep -q '^+.*ErrorReportValve' /tmp/own.fix
own_same() { own_now | diff - /tmp/own.before; }
check "and changes nothing" own_same
check "a fix is applied" fix --yes
check "to the configuration" grep -q ErrorReportValve $own/conf/server.xml
check "and to modes" test "$(stat -c %a $own/logs)" = 750
check "undone, it is as before" timeout 120 wdpub audit undo web1 "$(sed -n 's/^ID \([^;]*\);.*/\1/p' /tmp/own.fix)"
check "to the byte" own_same
rm -rf $own /etc/systemd/system/own.service

# ---- within their limits ----
exposed() { # UNIT
	check "$1: systemd-analyze security is at most 3.0" \
		systemd-analyze security --no-pager --threshold=30 "$1.service"
	echo "# $(systemd-analyze security --no-pager "$1.service" 2>/dev/null | tail -n 1)"
}
for file in /usr/lib/systemd/system/{webdefender,wd-warden,wdpublisherd}*.service; do
	unit=$(basename "$file" .service)
	case $unit in *@) unit=${unit}shown ;; esac
	exposed "$unit"
done
denied() { journalctl -q --no-pager -u wdpublisherd -u webdefenderd -u wd-warden -u 'webdefender-*@*' | grep -E 'Operation not permitted|Read-only file system|Permission denied|running as nobody'; }
check "none of them met a limit of its unit: $(denied | tail -n 3)" bash -c "! journalctl -q --no-pager -u wdpublisherd -u webdefenderd -u wd-warden -u 'webdefender-*@*' | grep -E 'Operation not permitted|Read-only file system|Permission denied|running as nobody'"

# ---- killed ----
other_pid() { local now; now=$(show "$1" MainPID); [ "$now" != 0 ] && [ "$now" != "$2" ] && systemctl -q is-active "$1"; }
for unit in wdpublisherd wd-warden webdefenderd; do
	old=$(show $unit MainPID)
	kill -KILL "$old"
	check "$unit, killed, is back" until_true 60 other_pid $unit "$old"
done
check "and the publisher answers" until_true 30 wdpub status
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
for unit in wdpublisherd wd-warden webdefenderd; do
	mkdir -p /run/systemd/system/$unit.service.d
	printf '[Service]\nWatchdogSec=12\n' >/run/systemd/system/$unit.service.d/sooner.conf
done
systemctl daemon-reload
for unit in wdpublisherd wd-warden webdefenderd; do
	systemctl restart $unit
	old=$(show $unit MainPID)
	sleep 14 # longer than the watchdog waits
	check "$unit feeds the watchdog" test "$(show $unit MainPID)" = "$old"
	[ $unit = webdefenderd ] && old_guard=$(pgrep -P "$old" -x webdefenderd) || old_guard=
	kill -STOP "${old_guard:-$old}"
	check "$unit, hanging, is ended by the watchdog and is back" until_true 90 other_pid $unit "$old"
done
check "the journal says so" bash -c "journalctl -q --no-pager | grep -q 'Watchdog timeout'"

check "the agent is connected" until_true 60 linked

# ---- sealed ----
module() { wdctl status --json | jq -r ".module.$1"; }
key_there() { [ -s /var/lib/webdefender/trust/seal.key ]; }
until_true 30 key_there
check "wdpub seal" wdpub seal web1
check "it is sealed" test "$(module sealed)" = true
for role in $roles; do
	old=$(role_pid $role)
	kill -KILL "$old"
	check "sealed: role $role, killed, is back at work" until_true 60 back $role "$old"
done
old=$(module agent) main=$(show webdefenderd MainPID)
mkdir /sys/fs/cgroup/away # nobody may signal it; that the kernel ends it is in doc/THREATS
echo "$old" >/sys/fs/cgroup/away/cgroup.procs && echo 1 >/sys/fs/cgroup/away/cgroup.kill
other_guard() { local now; now=$(module agent); [ "${now:-0}" -gt 1 ] && [ "$now" != "$old" ]; }
check "sealed: the keeper forks another guard" until_true 60 other_guard
check "sealed: and that connects" until_true 60 linked
sleep 14
check "sealed: and its keeper feeds the watchdog for it" \
	bash -c "[ $(show webdefenderd MainPID) = $main ] && [ \$(systemctl is-active webdefenderd) = active ] && ! journalctl -q --no-pager -u webdefenderd --since=-20s | grep -q 'Watchdog timeout'"
check "wdpub unseal" wdpub unseal web1 --for 10m

# ---- an orderly end ----
check "systemctl stop webdefenderd" timeout 60 systemctl stop webdefenderd
sleep 3
check "what was stopped stays stopped, though a warden watches" bash -c "! systemctl -q is-active webdefenderd"
check "none of its roles is left" until_true 30 bash -c '! pgrep webdefenderd'
gone() { [ -z "$(instances)" ]; }
check "nor a unit of theirs: $(instances)" until_true 30 gone
check "and its site stays protected" bash -c "! echo 0wned >'$victim'"
check "systemctl stop wdpublisherd" timeout 60 systemctl stop wdpublisherd
check "no process of it is left" bash -c "! pgrep wdpublisherd"
check "no unit has failed" bash -c "! systemctl --failed --no-legend --no-pager | grep -E 'webdefender|wd-warden|wdpublisher'"
[ "$failed" = 0 ] || journalctl -q --no-pager -u wdpublisherd -u webdefenderd -u wd-warden -u 'webdefender-*' -n 80
finish
