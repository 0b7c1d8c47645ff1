# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A hardware unit made of its firmware, its simulator and a modem; source it after lib.sh.
# Codes come from oathtool. Sets: unit_tty, and while it runs: unit.

unit_tty=$work/hass-tty unit_socket=$work/hass.sock unit_eeprom=$work/hass.eeprom
phone=+8613800000001
unit=

# Does everything exist that a unit needs? Else says what is missing.
unit_possible() {
	[ -x "$bin/hass-sim" ] && [ -f "$BUILD/hass-fw/webdefender-hass.elf" ] || {
		echo "the firmware or hass-sim are not built: scripts/deps fw, then make"
		return 1
	}
	command -v oathtool >/dev/null || { echo "oathtool is missing: scripts/deps fw"; return 1; }
}

# start_unit [OPTION...] - (again); its EEPROM is kept, options as of hass-sim
start_unit() {
	hass-sim --elf "$BUILD/hass-fw/webdefender-hass.elf" --host-pty "$unit_tty" \
		--control "$unit_socket" --eeprom "$unit_eeprom" "$@" >>"$work/unit.log" 2>&1 </dev/null &
	unit=$!
	until_true 10 unit_says status
}

stop_unit() {
	[ -z "$unit" ] || kill "$unit" 2>/dev/null || true
	wait "$unit" 2>/dev/null || true
	unit=
}

# unit_says COMMAND - to the simulator's control socket; prints its answer
unit_says() { timeout 5 socat -t 4 - "UNIX-CONNECT:$unit_socket" <<<"$1"; }
unit_cut() { [ "$(unit_says status | jq .cut)" = "${1:-true}" ]; }
# sms_out [FIRST] - what phones got, a line each
sms_out() { unit_says "outbox ${1:-0}" | jq -r '.[] | .text'; }
sms_count() { unit_says outbox | jq length; }
# told TEXT [FIRST] - is there an SMS with it?
told() { sms_out "${2:-0}" | grep -qF -- "$1"; }

# unit_keys FILE - the secrets, as `wdctl hass provision --json` printed them
unit_keys() {
	cut_key=$(jq -r .cut "$1" | sed 's/.*secret=\([A-Z2-7]*\).*/\1/')
	restore_key=$(jq -r .restore "$1" | sed 's/.*secret=\([A-Z2-7]*\).*/\1/')
	cut_n=0 restore_n=0
}
# next_code CUT|RESTORE - sets code, and moves that counter on
next_code() {
	local key=$cut_key n=$cut_n
	if [ "$1" = CUT ]; then cut_n=$((cut_n + 1)); else
		key=$restore_key n=$restore_n restore_n=$((restore_n + 1))
	fi
	code=$(oathtool -b -d 8 -c "$n" "$key")
}
send_sms() { unit_says "sms $phone $*" | grep -q '"ok":true'; }
