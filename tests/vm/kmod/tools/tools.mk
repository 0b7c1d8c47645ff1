# SPDX-License-Identifier: Apache-2.0
# The small programs of the module's guest tests, to build/test/kmod.
#   make -f tests/vm/kmod/tools/tools.mk

KT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
KT_TOP := $(abspath $(KT)/../../../..)
KT_OUT := $(KT_TOP)/build/test/kmod
KT_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -D_GNU_SOURCE -I$(KT_TOP)/kmod/uapi

.PHONY: kmod-tools
kmod-tools: $(addprefix $(KT_OUT)/,wdev poke snap storm cost breach fentry race reload nlfuzz nlkinds faults covfuzz)

$(KT_OUT)/wdev: KT_LIBS := -lmnl -lpthread
$(KT_OUT)/nlkinds $(KT_OUT)/reload: $(KT)/nl.c $(KT)/nl.h
$(KT_OUT)/faults: $(addprefix $(KT)/,nl.c faultmod.c faultscenes.c faultseal.c faultload.c nl.h faultmod.h faults.h)
$(KT_OUT)/covfuzz: $(addprefix $(KT)/,nl.c cover.c input.c inputrun.c nl.h cover.h input.h)
$(KT_OUT)/%: $(KT)/%.c $(KT_TOP)/kmod/uapi/webdefender.h
	@mkdir -p $(@D)
	@gcc $(KT_CFLAGS) -o $@ $(filter %.c,$^) $(KT_LIBS)
