# SPDX-License-Identifier: Apache-2.0
# The attacking program, static: it runs in any guest.
#   make -f tests/vm/attacks/attacks.mk

AT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
AT_TOP := $(abspath $(AT)/../../..)
AT_OUT := $(AT_TOP)/build/test/attacks
AT_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Wno-missing-field-initializers -D_GNU_SOURCE -static \
	-I$(AT_TOP)/kmod/uapi

$(AT_OUT)/attack: $(wildcard $(AT)/*.[ch]) $(AT_TOP)/kmod/uapi/webdefender.h
	@mkdir -p $(@D)
	@gcc $(AT_CFLAGS) -o $@.tmp $(filter %.c,$^) && mv $@.tmp $@
