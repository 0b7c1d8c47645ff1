#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debug.sh - what only the debug kernel can do: failing allocations, fuzzing led by coverage
#
# usage: debug.sh [ATTRIBUTES]
. "$(dirname "$0")/lib.sh"
[ -e /sys/kernel/debug/kcov ] || { skip debug "this is not the debug kernel"; summary; exit; }
load mode=enforce || exit 1
make_template
build_tree
start_events
if out=$(faults $www 2>&1); then ok every-allocation-fails-once; else not_ok every-allocation-fails-once "$out"; fi
echo "$out" | sed 's/^[^#]/# &/'
is no-root-left 0 "$(wdev roots | wc -l)"
add_root enforce
denied still-guards touch $www/x
if out=$(nlfuzz "${1:-300000}" 11 --kcov 2>&1); then ok fuzz-led-by-coverage; else not_ok fuzz-led-by-coverage "$out"; fi
echo "$out" | sed 's/^/# /'
covered=$(sed -n 's/.*"covered":\([0-9]*\).*/\1/p' <<<"$out")
if [ "${covered:-0}" -gt 100 ]; then ok fuzz-covers-the-module; else not_ok fuzz-covers-the-module "$covered places"; fi
is mode-not-fuzzed enforce "$(cat $sys/mode)"
stop_events
allowed unload rmmod webdefender
summary
