# SPDX-License-Identifier: Apache-2.0
# The virtual machines tests run in. tests/vm/run calls this file alone as well, so it
# uses nothing of the other makefiles that it does not set itself.

VM_LIB := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))/lib
VM_BIN := $(abspath $(VM_LIB)/../../..)/build/vm/bin
VM_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -D_GNU_SOURCE

.PHONY: vm-tools vm-images vm-debug vm-selftest
vm-tools: $(VM_BIN)/guestd $(VM_BIN)/vmexec

# Static: the guest needs it before it has a root.
$(VM_BIN)/guestd: $(addprefix $(VM_LIB)/,guestd.c boot.c session.c command.c wire.c)
$(VM_BIN)/guestd: VM_LDFLAGS := -static
$(VM_BIN)/vmexec: $(addprefix $(VM_LIB)/,vmexec.c port.c limit.c wire.c)
$(VM_BIN)/guestd $(VM_BIN)/vmexec: $(wildcard $(VM_LIB)/*.h)
	@mkdir -p $(@D)
	@gcc $(VM_CFLAGS) $(VM_LDFLAGS) -o $@.tmp $(filter %.c,$^) && mv $@.tmp $@

# Kernels and the guest's root, once; KERNELS="6.1 6.12 5.10 backports" for more of them.
KERNELS ?= 6.1 6.12
vm-images: vm-tools
	@$(VM_LIB)/images $(if $(REFRESH),--refresh) $(KERNELS)

# The debug kernel for `make check-vm DEBUG=1`, once: a quarter of an hour of one processor.
vm-debug: vm-tools
	@$(VM_LIB)/../debug/kernel

vm-selftest: vm-images
	@$(VM_LIB)/selftest
