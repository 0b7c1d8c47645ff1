# SPDX-License-Identifier: Apache-2.0
# agent/audit: the hardening audits, a library for wdctl; agent/audit includes lib and itself.
AUDIT_PKGS := libxml-2.0 expat libarchive libpcre2-8 jansson smartcols
AUDIT_SRC := $(wildcard agent/audit/*.c)
AUDIT_OBJ := $(AUDIT_SRC:%.c=$(BUILD)/obj/%.o)
LIBWDAUDIT := $(BUILD)/lib/libwdaudit.a
# Asked when first needed, and then kept: scripts/deps may be about to install them.
audit_pkgs = $(shell pkg-config $(1) $(AUDIT_PKGS))
AUDIT_CFLAGS = $(eval AUDIT_CFLAGS := -iquote lib -iquote agent/audit $(call audit_pkgs,--cflags))$(AUDIT_CFLAGS)
AUDIT_LIBS = $(eval AUDIT_LIBS := $(call audit_pkgs,--libs))$(AUDIT_LIBS)

$(AUDIT_OBJ): $(BUILD)/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(AUDIT_CFLAGS) -c -o $@ $<

$(LIBWDAUDIT): $(AUDIT_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

AUDIT_UNIT := $(patsubst tests/unit/audit/%.c,$(BUILD)/test/audit/%,$(wildcard tests/unit/audit/test_*.c))
$(AUDIT_UNIT): $(BUILD)/test/audit/%: tests/unit/audit/%.c $(LIBWDAUDIT) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(AUDIT_CFLAGS) -iquote tests/unit/lib $(ALL_LDFLAGS) -o $@ $< \
		$(LIBWDAUDIT) $(LIBWD) -lcmocka $(AUDIT_LIBS) $(LIBWD_LIBS)

# The harness is one of tests/fuzz; here is what it needs beside lib.
AUDIT_FUZZ_OBJ := $(AUDIT_SRC:%.c=build/fuzz/obj/%.o)
$(AUDIT_FUZZ_OBJ): build/fuzz/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) $(AUDIT_CFLAGS) -MMD -MP -c -o $@ $<
build/fuzz/fuzz_tomcat: $(AUDIT_FUZZ_OBJ)
build/fuzz/fuzz_tomcat: FUZZ_MORE = $(AUDIT_CFLAGS) $(AUDIT_LIBS)

all: $(LIBWDAUDIT)
unit-programs: $(AUDIT_UNIT)
-include $(AUDIT_OBJ:.o=.d) $(AUDIT_UNIT:=.d) $(AUDIT_FUZZ_OBJ:.o=.d)
