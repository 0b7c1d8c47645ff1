# SPDX-License-Identifier: Apache-2.0
# webdefender.ko. The kernel's build writes next to its sources, so it gets a
# folder of links: the sources stay clean, and several kernels build side by side.
#
#   make kmod [KDIR=/path/to/headers] [KMOD_OUT=build/kmod]

KMOD_OUT ?= build/kmod
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(shell tests/vm/run --headers 6.1))
KMOD_W ?= 1

.PHONY: kmod
all: kmod
kmod: deps
	@test -n '$(KDIR)' -a -e '$(KDIR)/Makefile' || { \
		echo 'kmod: no kernel headers at "$(KDIR)"; give KDIR=/path/to/headers' >&2; exit 1; }
	@mkdir -p $(KMOD_OUT)
	@ln -sfn $(abspath kmod)/*.c $(abspath kmod)/*.h $(abspath kmod)/Kbuild $(abspath kmod)/uapi \
		$(KMOD_OUT)/
	+@$(MAKE) --no-print-directory -C $(KDIR) M=$(abspath $(KMOD_OUT)) W=$(KMOD_W) \
		CONFIG_DEBUG_INFO_BTF_MODULES= modules
