# SPDX-License-Identifier: Apache-2.0
# make install: programs, module, man pages, units, their users, completion, below DESTDIR
#
# DKMS=1 installs the module's sources for DKMS in its place, which builds it for each kernel
# anew: `dkms install webdefender/VERSION` afterwards. Not both: DKMS does not replace a module
# of the same version.
#
# util-linux has a wdctl too, for hardware watchdogs: /usr/bin/wdctl and its completion are not ours
# to write over, and its next upgrade would write over ours. Root's path has sbin first, and what
# /etc/bash_completion.d says of a name comes before what would be loaded for it.
PREFIX ?= /usr
MANDIR := $(DESTDIR)$(PREFIX)/share/man
SBIN := $(DESTDIR)$(PREFIX)/sbin
BIN := $(DESTDIR)$(PREFIX)/bin
MODULE_RELEASE = $(shell modinfo -F vermagic $(BUILD)/kmod/webdefender.ko | cut -d' ' -f1)
DKMS_SOURCE = $(DESTDIR)/usr/src/webdefender-$(VERSION)
SCD := $(wildcard doc/*.scd)
MAN := $(SCD:doc/%.scd=$(BUILD)/man/%)

$(MAN): $(BUILD)/man/%: doc/%.scd | deps
	@mkdir -p $(@D)
	@scdoc <$< >$@

.PHONY: man install
man: $(MAN)
all: man

install: all
	install -d $(SBIN) $(BIN) $(DESTDIR)/etc/webdefender
	install -m 755 $(BUILD)/bin/webdefenderd $(BUILD)/bin/wdpublisherd $(BUILD)/bin/wd-auditor \
		$(BUILD)/bin/wd-warden $(BUILD)/bin/wdctl $(SBIN)
	install -m 755 $(BUILD)/bin/wdpub $(BIN)
	for page in $(filter-out %/hass-sim.1,$(MAN)); do \
		install -D -m 644 $$page $(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	for unit in scripts/systemd/*.service scripts/systemd/*.socket; do \
		install -D -m 644 $$unit $(DESTDIR)/lib/systemd/system/$${unit##*/} || exit 1; \
	done
	for file in scripts/sysusers/*.conf; do \
		install -D -m 644 $$file $(DESTDIR)$(PREFIX)/lib/sysusers.d/$${file##*/} || exit 1; \
	done
	if [ -z "$(DESTDIR)" ] && command -v systemd-sysusers >/dev/null; then systemd-sysusers webdefender.conf; fi
	for rule in scripts/udev/*.rules; do \
		install -D -m 644 $$rule $(DESTDIR)/lib/udev/rules.d/$${rule##*/} || exit 1; \
	done
	install -D -m 644 scripts/completion/wdpub.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/wdpub
	install -D -m 644 scripts/completion/wdctl.bash $(DESTDIR)/etc/bash_completion.d/wdctl
ifneq ($(DKMS),)
	install -d $(DKMS_SOURCE)/uapi
	install -m 644 kmod/*.[ch] kmod/Kbuild doc/LICENSES/GPL-2.0-only.txt $(DKMS_SOURCE)
	install -m 644 kmod/uapi/*.h $(DKMS_SOURCE)/uapi
	sed 's/#MODULE_VERSION#/$(VERSION)/' kmod/dkms.conf >$(DKMS_SOURCE)/dkms.conf
else
	if [ -f $(BUILD)/kmod/webdefender.ko ]; then \
		install -D -m 644 $(BUILD)/kmod/webdefender.ko \
			$(DESTDIR)/lib/modules/$(MODULE_RELEASE)/updates/webdefender.ko && \
		{ [ -n "$(DESTDIR)" ] || depmod $(MODULE_RELEASE); }; \
	fi
endif
