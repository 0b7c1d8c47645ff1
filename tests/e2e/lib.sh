# SPDX-License-Identifier: Apache-2.0
# What the end-to-end scripts share: a publisher of one's own, and a place that goes away again.
# Source it from the top of the repository. Sets: work, and after start_publisher: port, state.
# console=ADDRESS:PORT before start_publisher gives it a web console too.

BUILD=${BUILD:-build}
bin=$PWD/$BUILD/bin
export PATH=$bin:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/wd-e2e-XXXXXX")
# Roles without rights must be able to pass through.
chmod 755 "$work"
state=$work/publisher
export WD_PUBLISHER_STATE=$state WD_PUBLISHER_CONFIG=$work/publisher.conf \
	WD_PUBLISHER_SOCKET=$work/publisher.sock

# free_port - a TCP port of the loopback that nobody uses just now
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# until_true SECONDS COMMAND... - waits for COMMAND to succeed; fails after SECONDS
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# start_publisher - (again) with what is in $work
start_publisher() {
	[ -n "${port:-}" ] || port=$(free_port)
	[ -f "$work/publisher.conf" ] || printf 'listen = "127.0.0.1:%s"\nsettle = 300\nbeat = 2\nconsole = "%s"\n' \
		"$port" "${console:-}" >"$work/publisher.conf"
	[ -d "$state" ] || wdpub init --name demo --address "${1:-127.0.0.1}:$port" >"$work/init.out"
	wdpublisherd 2>>"$work/publisher.log" &
	publisher=$!
	until_true 10 wdpub status || { cat "$work/publisher.log" >&2; return 1; }
}

stop_publisher() {
	[ -n "${publisher:-}" ] || return 0
	kill "${1:--TERM}" "$publisher" 2>/dev/null || true
	wait "$publisher" 2>/dev/null || true
	publisher=
}

passed=0 failed=0
ok() { passed=$((passed + 1)); echo "ok $*"; }
not_ok() { failed=$((failed + 1)); echo "not ok $*"; }
# check NAME COMMAND... - one counted line
check() {
	local name=$1
	shift
	if "$@" >"$work/check.out" 2>&1; then ok "$name"; else
		not_ok "$name"
		sed 's/^/    /' "$work/check.out" | tail -n 15
	fi
}

# ---- an agent on this very host, without the module: it applies, verifies, restores ----
export WD_AGENT_STATE=$work/agent WD_AGENT_CONFIG=$work/agent.conf WD_AGENT_SOCKET=$work/agent.sock
web=$work/www

# enrol_agent NAME - the bundle made and unpacked; the site goes to $web
enrol_agent() {
	mkdir -p "$web"
	wdpub host add "$1" -o "$work/$1.enrol" >/dev/null
	wdctl enrol "$work/$1.enrol" --site "www=$web" --mode enforce >/dev/null
}

start_agent() {
	webdefenderd 2>>"$work/agent.log" &
	agent=$!
	until_true 10 test -S "$WD_AGENT_SOCKET"
}

# The one that works: $agent is its keeper, which starts it.
guard_pid() { wdctl status --json | jq -r .pid; }

stop_agent() {
	[ -z "${agent:-}" ] || kill "${1:--TERM}" "$agent" 2>/dev/null || true
	wait "$agent" 2>/dev/null || true
	agent=
}

# serial - what the agent has applied
serial() { wdctl status --json | jq -r '.sites[0].serial'; }
at_serial() { [ "$(serial)" = "$1" ]; }
# same_as DIR - is the site byte for byte, name for name, mode for mode that directory?
listing() { (cd "$1" && find . -mindepth 1 -printf '%y %m %p %l\n' | sort && find . -type f -print0 | sort -z | xargs -0r sha256sum); }
same_as() { diff <(listing "$1") <(listing "$web") >"$work/diff" || { head -n 10 "$work/diff"; return 1; }; }

clean_up() {
	set +e
	stop_agent
	stop_publisher
	mountpoint -q "$work/agent" && umount "$work/agent"
	rm -rf "$work"
}
trap clean_up EXIT
