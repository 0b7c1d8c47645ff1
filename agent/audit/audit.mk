# SPDX-License-Identifier: Apache-2.0
# agent/audit: the hardening audits, a library for wdctl; agent/audit includes lib and itself.
AUDIT_PKGS := libxml-2.0 expat libarchive libpcre2-8 jansson smartcols
AUDIT_SRC := $(wildcard agent/audit/*.c)
AUDIT_OBJ := $(AUDIT_SRC:%.c=$(BUILD)/obj/%.o)
AUDIT_MISSING := $(shell pkg-config --print-errors --short-errors --exists $(AUDIT_PKGS) 2>&1)

ifeq ($(AUDIT_MISSING),)
LIBWDAUDIT := $(BUILD)/lib/libwdaudit.a
AUDIT_CFLAGS := -iquote lib -iquote agent/audit $(shell pkg-config --cflags $(AUDIT_PKGS))
AUDIT_LIBS := $(shell pkg-config --libs $(AUDIT_PKGS))

$(AUDIT_OBJ): $(BUILD)/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(AUDIT_CFLAGS) -c -o $@ $<

$(LIBWDAUDIT): $(AUDIT_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

# The audit alone, for its tests.
AUDIT_PROGRAM := $(BUILD)/test/audit/wd-audit
$(AUDIT_PROGRAM): tests/audit/main.c $(LIBWDAUDIT) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(AUDIT_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIBWDAUDIT) $(LIBWD) \
		$(AUDIT_LIBS) $(LIBWD_LIBS)

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
build/fuzz/fuzz_tomcat: LIBWD_LIBS += $(AUDIT_LIBS)
build/fuzz/fuzz_tomcat: FUZZ_CFLAGS += $(AUDIT_CFLAGS)

.PHONY: check-audit
check-audit: $(AUDIT_PROGRAM) $(AUDIT_UNIT)
	@BUILD=$(BUILD) tests/audit/run
all: $(LIBWDAUDIT)
unit-programs: $(AUDIT_UNIT)
-include $(AUDIT_OBJ:.o=.d) $(AUDIT_UNIT:=.d) $(AUDIT_FUZZ_OBJ:.o=.d)
else
$(info audit: not built, $(word 2,$(AUDIT_MISSING)) is missing: scripts/deps audit)
LIBWDAUDIT :=
AUDIT_LIBS :=
endif
