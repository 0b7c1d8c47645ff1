# SPDX-License-Identifier: Apache-2.0
# WebDefender. Everything built goes below build/; `make help` lists the targets.
#
# Each folder brings a small NAME.mk with its own rules; the include paths given
# there are the dependency rule (doc/ARCHITECTURE, "Who may include whom").

comma := ,
SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# One place: a DKMS tree holds the module's sources and nothing else of ours.
VERSION := $(shell awk '$$2 == "WD_MODULE_VERSION" { gsub(/"/, "", $$3); print $$3 }' kmod/version.h)
BUILD ?= build
CC ?= gcc

# SANITIZER=address | undefined | thread, or several by commas; builds apart.
SANITIZER ?=
ifneq ($(SANITIZER),)
BUILD := build/san-$(subst $(comma),-,$(SANITIZER))
SANFLAGS := -fsanitize=$(SANITIZER) -fno-omit-frame-pointer -fno-sanitize-recover=all
else
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
endif

WARN := -Wall -Wextra -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wformat=2 -Werror=implicit -Werror=return-type $(if $(WERROR),-Werror)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARN) $(HARDEN) $(SANFLAGS) -fPIE -D_GNU_SOURCE \
	-DWD_VERSION='"$(VERSION)"' -MMD -MP
ALL_LDFLAGS = $(LDFLAGS) $(SANFLAGS) -pie -Wl,-z,relro,-z,now -Wl,--as-needed

# One line a file; V=1 shows the commands.
ifeq ($(V),)
CC_REAL := $(CC)
CC = @printf '  CC      %s\n' '$(@:$(BUILD)/%=%)'; $(CC_REAL)
endif

.PHONY: all help clean deps
all: deps

deps:
	@scripts/deps

help:
	@echo 'make all         module for the newest installed or cached headers, daemons, tools'
	@echo 'make kmod        webdefender.ko; KDIR=/path/to/headers for another kernel'
	@echo 'make demo        the main job end to end; KEEP=1 leaves it running'
	@echo 'make check       all tests: check-unit check-fuzz check-e2e check-vm'
	@echo 'make bench       measurements (never part of check)'
	@echo 'make fuzz        longer fuzzing; FUZZ_SECONDS=600 by harness'
	@echo 'make style       formatting and dependency rule; make analyze for static analysis'
	@echo 'make install     into DESTDIR and PREFIX; DKMS=1: the module as sources for DKMS'
	@echo 'make www         the console'\''s pages; check-web drives them in a browser (both need npm)'
	@echo 'SANITIZER=address,undefined with any of them builds with sanitizers'

clean:
	rm -rf build/bin build/obj build/kmod build/lib build/test build/fuzz build/san-*

-include kmod/kmod.mk lib/lib.mk agent/audit/audit.mk agent/agent.mk publisher/publisher.mk hass-fw/hass-fw.mk
-include publisher/console/www.mk tests/vm/vm.mk tests/tests.mk scripts/install.mk
