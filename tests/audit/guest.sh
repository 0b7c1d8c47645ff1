# SPDX-License-Identifier: Apache-2.0
# guest.sh - what the cases share, inside a machine (lib.sh)
export LC_ALL=C.UTF-8 CATALINA_HOME=/usr/share/tomcat10
JAVA_HOME=$(ls -d /usr/lib/jvm/java-17-openjdk-* | head -n 1)
export JAVA_HOME
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
bad=0
# Where other accounts can run it too.
install -m 755 "$WD_AUDIT" /usr/local/bin/wd-auditor
WD_AUDIT=/usr/local/bin/wd-auditor

ok() { echo "ok audit: $1"; }
not_ok() { echo "not ok audit: $1"; shift; [ $# = 0 ] || printf '%s\n' "$@" | head -n 20 | sed 's/^/    /'; bad=1; }
# is NAME EXPECTED FOUND
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected: $2" "found:    $3"; fi; }
# yes NAME COMMAND...
yes() { local name=$1; shift; if "$@" >/tmp/yes.log 2>&1; then ok "$name"; else not_ok "$name" "$(tail -n 5 /tmp/yes.log)"; fi; }

# verdicts OPTION... - "GOOD VULNERABLE ..." of WT-01 to WT-13, or of --only.
verdicts() {
	"$WD_AUDIT" tomcat --format json --no-extras "$@" |
		jq -r '[.servers[0].results[].verdict] | join(" ")'
}

# tomcat_start ACCOUNT BASE [COMMAND...] - started for real; waits until it answers on its port.
tomcat_start() {
	local account=$1 base=$2 port=${PORT:-8080}
	tomcat_out=/tmp/tomcat-$port.out
	runuser -u "$account" -- env "CATALINA_BASE=$base" CATALINA_TMPDIR=/tmp "CATALINA_HOME=$CATALINA_HOME" \
		"JAVA_HOME=$JAVA_HOME" "$CATALINA_HOME/bin/catalina.sh" run >"$tomcat_out" 2>&1 &
	tomcat_pid=$!
	wait_for_start "$tomcat_out"
}
wait_for_start() {
	local i
	for i in $(seq 300); do
		grep -q 'Server startup in' "$1" && return 0
		sleep 0.2
	done
	tail -n 20 "$1"
	return 1
}
tomcat_stop() {
	local i java
	java=$(pgrep -f "Dcatalina.base=$1 " || true)
	[ -z "$java" ] || kill $java
	for i in $(seq 150); do
		pgrep -f "Dcatalina.base=$1 " >/dev/null || break
		sleep 0.1
	done
	wait "$tomcat_pid" 2>/dev/null
	return 0
}

# A second network behind a veth pair: a client that is not loopback.
network_make() {
	mkdir -p /run/netns
	ip netns add outside && ip link add inner type veth peer name outer netns outside &&
		ip addr add 10.9.9.1/24 dev inner && ip link set inner up &&
		ip -n outside addr add 10.9.9.2/24 dev outer && ip -n outside link set outer up
}
status_outside() { ip netns exec outside curl -s -m 20 -o /dev/null -w '%{http_code}' "http://10.9.9.1:8080$1"; }
status_inside() { curl -s -m 20 -o /dev/null -w '%{http_code}' "http://127.0.0.1:8080$1"; }
# until_status WANTED URL - asks for up to 30 seconds; prints the last answer.
until_status() {
	local i got
	for i in $(seq 60); do
		got=$(status_outside "$2")
		[ "$got" = "$1" ] && break
		sleep 0.5
	done
	echo "$got"
}

# Everything a fix may touch: names, owners, modes, ACLs, bytes.
snapshot() {
	local at=(/etc/tomcat10 /etc/tmpfiles.d /var/lib/tomcat10 /usr/share/tomcat10-admin
		/usr/share/tomcat10-examples /usr/share/tomcat10-docs /var/log/tomcat10)
	find "${at[@]}" -not -path '/var/log/*/*' -printf '%p %y %U:%G %m %l\n' 2>/dev/null | sort
	find "${at[@]}" -type f -not -path '/var/log/*' 2>/dev/null | sort | xargs sha256sum
	getfacl -R -p -n "${at[@]}" 2>/dev/null | grep -v '^# file: /var/log/.*/'
}
