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

plant use-after-free
found use-after-free 'KASAN: .*use-after-free'
plant out-of-bounds
found out-of-bounds 'KASAN: .*out-of-bounds'
plant sleep
found sleep-in-atomic 'BUG: scheduling while atomic\|sleeping function called from invalid context'
# last: lockdep looks away after its first find
echo clear >/sys/kernel/debug/kmemleak
plant leak
for _ in 1 2 3; do sleep 6; echo scan >/sys/kernel/debug/kmemleak; done
if grep -q 'size 333' /sys/kernel/debug/kmemleak; then passed=$((passed + 1)); echo "ok detector-leak"; else
	failed=$((failed + 1))
	echo "not ok detector-leak - kmemleak: $(head -c 300 /sys/kernel/debug/kmemleak)"
fi
plant lock-order
found lock-order 'possible circular locking dependency'
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
