#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# detectors.sh - each detector of the debug kernel sees the mistake that was planted for it
#
# Runs in a guest of its own, whose kernel's complaints are what is asked for.
passed=0 failed=0
found() {
	if dmesg | grep -q "$2"; then passed=$((passed + 1)); echo "ok detector-$1"; else
		failed=$((failed + 1))
		echo "not ok detector-$1 - no '$2' in the log"
	fi
}
plant() { insmod /root/planted.ko what="$1" && rmmod planted; }

# First: lockdep turns itself off at anybody's complaint.
plant lock-order
found lock-order 'possible circular locking dependency'
plant use-after-free
found use-after-free 'KASAN: .*use-after-free'
plant out-of-bounds
found out-of-bounds 'KASAN: .*out-of-bounds'
plant sleep
found sleep-in-atomic 'BUG: scheduling while atomic\|sleeping function called from invalid context'
# Ten of 333 bytes, of which a register or a stack may still hold one; 6.1 tells the slab's size.
echo clear >/sys/kernel/debug/kmemleak
plant leak
leaked() { grep -A 1 -E 'size (333|512)\)' /sys/kernel/debug/kmemleak | grep -c 'comm "insmod"'; }
for _ in 1 2 3; do sleep 6; echo scan >/sys/kernel/debug/kmemleak; done
if [ "$(leaked)" -ge 5 ]; then passed=$((passed + 1)); echo "ok detector-leak"; else
	failed=$((failed + 1))
	echo "not ok detector-leak - kmemleak: $(head -c 300 /sys/kernel/debug/kmemleak)"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
