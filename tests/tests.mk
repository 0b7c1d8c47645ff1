# SPDX-License-Identifier: Apache-2.0
# Every suite prints lines "ok ...", "not ok ...", "skip ..."; tests/check counts them.

# ---- unit tests of lib (agent/ and publisher/ bring their own) ----
UNIT := $(patsubst tests/unit/lib/%.c,$(BUILD)/test/lib/%,$(wildcard tests/unit/lib/test_*.c))
$(UNIT): $(BUILD)/test/lib/%: tests/unit/lib/%.c tests/unit/lib/unit.h $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -iquote lib $(ALL_LDFLAGS) -o $@ $< $(LIBWD) -lcmocka $(LIBWD_LIBS)
-include $(UNIT:=.d)

# ---- fuzzing: libFuzzer with address and undefined-behaviour sanitizers ----
FUZZ_CC ?= clang-14
FUZZ_SECONDS ?= 600
FUZZ_CFLAGS := -std=gnu11 -O1 -g -D_GNU_SOURCE -DWD_VERSION='"$(VERSION)"' \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_OBJ := $(LIBWD_SRC:%.c=build/fuzz/obj/%.o)
$(FUZZ_OBJ): build/fuzz/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<
$(FUZZ): build/fuzz/%: tests/fuzz/%.c $(FUZZ_OBJ)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -iquote lib -o $@ $^ $(FUZZ_MORE) $(LIBWD_LIBS)
build/fuzz/seeds: tests/fuzz/seeds.c $(LIBWD_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib $(ALL_LDFLAGS) -o $@ $^ $(LIBWD_LIBS)
-include $(FUZZ_OBJ:.o=.d)

.PHONY: check check-unit check-fuzz check-e2e check-vm check-fw check-audit fuzz demo bench style analyze
.PHONY: format unit-programs fuzz-programs
unit-programs: $(UNIT) $(UNIT_AGENT) $(PUBLISHER_TESTS) $(FW_UNIT)
fuzz-programs: $(FUZZ) build/fuzz/seeds

check: all $(BUILD)/test/evil $(BUILD)/test/console_load $(BUILD)/test/storm $(BUILD)/test/alive unit-programs fuzz-programs vm-images
	@BUILD=$(BUILD) tests/check
check-unit: all unit-programs
	@BUILD=$(BUILD) tests/check unit
check-fuzz: fuzz-programs
	@BUILD=$(BUILD) tests/check fuzz
check-e2e: all $(BUILD)/test/evil $(BUILD)/test/console_load $(BUILD)/test/storm $(BUILD)/test/alive
	@BUILD=$(BUILD) tests/check e2e
check-audit: all
	@BUILD=$(BUILD) tests/check audit
check-vm: all vm-images
	@BUILD=$(BUILD) DEBUG=$(DEBUG) tests/check vm
fuzz: fuzz-programs
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ)
demo: all vm-images
	@KEEP=$(KEEP) tests/e2e/demo

# ---- end to end ----
$(BUILD)/test/evil: tests/e2e/evil.c $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib $(ALL_LDFLAGS) -o $@ $< $(LIBWD) $(LIBWD_LIBS)

$(BUILD)/test/storm $(BUILD)/test/alive: $(BUILD)/test/%: tests/e2e/%.c $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib $(ALL_LDFLAGS) -o $@ $< $(LIBWD) $(LIBWD_LIBS)

$(BUILD)/test/console_load: tests/e2e/console_load.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< -lssl -lcrypto

bench: all vm-images $(BUILD)/test/console_load $(BUILD)/test/storm
	@tests/bench/kernel
	@tests/bench/publish
	@tests/bench/console
	@tests/bench/www
	@BUILD=$(BUILD) tests/audit/bench
	@BUILD=$(BUILD) tests/bench/hass
style:
	@scripts/style
format:
	@clang-format-14 -i $$(git ls-files -co --exclude-standard 'agent/*.[ch]' 'publisher/*.[ch]' 'lib/*.[ch]' 'kmod/*.[ch]' 'tests/unit/*.[ch]' 'tests/fuzz/*.c' 'tests/e2e/*.c')
analyze: all
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=unknownMacro --error-exitcode=1 -Ilib lib agent publisher
