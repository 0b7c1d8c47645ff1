#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cost.sh - what guarding costs, per system call; not a test, no run includes it
#
# usage: tests/vm/kmod/run-all --icount cost      then the numbers are instructions
. "$(dirname "$0")/lib.sh"
make_template
build_tree
touch /tmp/far
mkdir -p /srv/a/b/c/d/e/f/g/h/i
touch /srv/near /srv/a/b/c/d/e/f/g/h/i/deep # ten levels
set -- read=$www/index.html open-read=$www/index.html open-read-deep=$www/sub/deep/x.txt \
	open-write-other-fs=/tmp/far open-write-near=/srv/near \
	open-write-near-deep=/srv/a/b/c/d/e/f/g/h/i/deep
say() { echo "# $1 $(cost "${@:2}")"; }
say no-module "$@"
load mode=enforce
say no-root "$@"
add_root enforce
say one-root "$@" open-write-denied=$www/index.html unlink-denied=$www/index.html
del_root
exec 8>>$www/app.js
add_root enforce
say armed-dirty "$@"
ok measured
summary
