#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debug.sh - what only the debug kernel can do: failing allocations, fuzzing led by coverage
#
# usage: debug.sh [STEPS [LOAD-STEP [PLACES]]]
#
# STEPS of the fuzzer; every LOAD-STEP-th allocation of loading fails; PLACES that the fuzzer could
# reach, for the figure only.
. "$(dirname "$0")/lib.sh"
[ -e /sys/kernel/debug/kcov ] || { skip debug "this is not the debug kernel"; summary; exit; }
steps=${1:-2500} load_step=${2:-41} places=${3:-?}

openssl genrsa -out $tmp/key.pem 2048 2>/dev/null
openssl rsa -in $tmp/key.pem -RSAPublicKey_out -outform DER -out $tmp/key.der 2>/dev/null
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }
unseal() {
	local n boot
	n=$(wdev nonce | field nonce) boot=$(wdev info | field boot_id)
	wdev unseal 600 "$n" "$({
		printf 'WebDefender unseal v1\0\1\0\0\2\130' # the command, 600 seconds
		xxd -r -p <<<"$boot$n"
		printf '\4web1'
	} | openssl dgst -sha256 -sign $tmp/key.pem | xxd -p | tr -d '\n')"
}
# played NAME COMMAND...: its "#" lines are figures
played() {
	local name=$1
	shift
	if "$@" >$tmp/played 2>&1; then ok "$name"; else not_ok "$name" "$(grep -v '^#' $tmp/played | head -n 5 | tr '\n' ' ')"; fi
	sed 's/^[^#]/# &/' $tmp/played
}

# ---- every allocation fails once ----
make_template
build_tree
played every-allocation-of-loading-fails faults load "$(modinfo -n webdefender)" "$load_step"
load mode=enforce || exit 1
start_events
played every-allocation-of-a-command-fails faults commands $www $tmp/key.der
is no-root-left 0 "$(wdev roots | wc -l)"
add_root enforce
denied still-guards touch $www/x
del_root
stop_events
allowed unload-after-faults rmmod webdefender

# ---- led by coverage ----
mkdir -p /srv/fuzz
load mode=enforce noseal=1 || exit 1
add_root enforce
start_events
played fuzz-led-by-coverage covfuzz /srv/fuzz "$steps" 11 $tmp/key.der
echo "# $(field covered <$tmp/played) of $places places of the module reached"
is mode-after-fuzz enforce "$(cat $sys/mode)"
# It removed that one too.
is roots-after-fuzz 0 "$(wdev roots | wc -l)"
add_root enforce
denied guards-after-fuzz touch $www/x
stop_events
allowed unload-after-fuzz rmmod webdefender

# ---- sealed: whatever fails or comes, it stays (and KCOV is refused, so the fuzzer is blind) ----
load mode=enforce || exit 1
played sealed-while-allocations-fail faults sealed $www $tmp/key.der
is still-sealed 1 "$(cat $sys/sealed)"
denied sealed-still-guards touch $www/x
before=$(wdev roots)
covfuzz /srv/fuzz "$steps" 12 $tmp/key.der >$tmp/played 2>&1
sed 's/^/# sealed: /' $tmp/played
allowed fuzzed-while-sealed grep -q '"steps":[1-9]' $tmp/played
is fuzz-does-not-unseal 1 "$(cat $sys/sealed)"
is fuzz-changes-no-sealed-root "$(sed 's/"denied.*//' <<<"$before")" "$(wdev roots | sed 's/"denied.*//')"
allowed unseal unseal
allowed unload rmmod webdefender
summary
