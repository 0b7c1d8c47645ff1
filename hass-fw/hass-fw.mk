# SPDX-License-Identifier: Apache-2.0
# The hardware unit: firmware (avr-gcc), its simulator (libsimavr), their tests.

FW := hass-fw
FW_BUILD := $(BUILD)/hass-fw
FW_ELF := $(FW_BUILD)/webdefender-hass.elf
FW_HEX := $(FW_BUILD)/webdefender-hass.hex
FW_FAST_ELF := $(FW_BUILD)/webdefender-hass-115200.elf

# Logic that knows no register: the same files run on the AVR and in the unit tests.
FW_LOGIC := alarm at auth beat bucket cobs config count crc host hotp link mac modem netcut nv \
	outbox pdu phone sha1 state super text
FW_AVR := eeprom main pins stack tick uart
FW_SRC := $(FW_LOGIC:%=$(FW)/%.c) $(FW_AVR:%=$(FW)/avr/%.c)
FW_HDR := $(wildcard $(FW)/*.h $(FW)/avr/*.h)

AVR_CC ?= avr-gcc
AVR_OBJCOPY ?= avr-objcopy
AVR_LINK = $(AVR_CC)
AVR_HEX = $(AVR_OBJCOPY)
ifeq ($(V),)
AVR_LINK = @printf '  AVR     %s\n' '$(@:$(BUILD)/%=%)'; $(AVR_CC)
AVR_HEX = @printf '  HEX     %s\n' '$(@:$(BUILD)/%=%)'; $(AVR_OBJCOPY)
endif
# What is switched here was measured one by one: each makes gcc 5.4's code smaller.
AVR_SMALL := -fno-tree-switch-conversion -fno-inline-small-functions -fno-tree-copy-prop -fno-tree-fre \
	-fno-move-loop-invariants -fira-algorithm=priority -fno-tree-sink -fno-tree-dominator-opts \
	-mstrict-X -fno-gcse -fno-tree-ccp -fno-tree-coalesce-vars -fno-shrink-wrap -mcall-prologues
AVR_CFLAGS := -mmcu=atmega162 -std=gnu11 -Os -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Werror=implicit $(if $(WERROR),-Werror) -flto -fwhole-program \
	-ffunction-sections $(AVR_SMALL) \
	-fshort-enums -funsigned-char -Wl,--gc-sections -Wl,--relax

.PHONY: hass-fw hass-sim check-fw
hass-fw: $(FW_ELF) $(FW_HEX)

$(FW_ELF): $(FW_SRC) $(FW_HDR) $(FW)/hass-fw.mk $(FW)/size | deps
	@mkdir -p $(@D)
	$(AVR_LINK) $(AVR_CFLAGS) -o $@ $(FW_SRC)
	@$(FW)/size $@ $(FW)/board.h

$(FW_FAST_ELF): $(FW_SRC) $(FW_HDR) $(FW)/hass-fw.mk | deps
	@mkdir -p $(@D)
	$(AVR_LINK) $(AVR_CFLAGS) -DBOARD_HOST_BAUD=115200 -o $@ $(FW_SRC)

$(FW_HEX): $(FW_ELF)
	$(AVR_HEX) -O ihex -R .eeprom -R .fuse -R .lock -R .signature $< $@

# The simulator is a program of its own: libsimavr is GPL, the firmware never links it.
SIM_CFLAGS = -std=gnu11 $(CFLAGS) $(WARN) $(SANFLAGS) -D_GNU_SOURCE -I/usr/include/simavr -MMD -MP
SIM_PARTS := mega162 usart cells machine me3000 me3000_at sms
SIM_OBJ := $(SIM_PARTS:%=$(BUILD)/obj/hass-sim/%.o)
SIM_MAIN_OBJ := $(patsubst %,$(BUILD)/obj/hass-sim/%.o,main control pty relay)
HASS_SIM := $(BUILD)/bin/hass-sim

hass-sim: $(HASS_SIM)

$(BUILD)/obj/hass-sim/%.o: $(FW)/sim/%.c | deps
	@mkdir -p $(@D)
	$(CC) $(SIM_CFLAGS) -c -o $@ $<

$(HASS_SIM): $(SIM_MAIN_OBJ) $(SIM_OBJ)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -o $@ $^ -lsimavr

# Scenarios: the shipped image in lock-step. FULL=1 adds the long ones, ONLY=part selects.
FW_TEST := $(BUILD)/test/fw
SCENARIO_SRC := $(wildcard tests/fw/scenarios/*.c)
SCENARIO_OBJ := $(SCENARIO_SRC:tests/fw/scenarios/%.c=$(FW_TEST)/scenarios/%.o)

$(FW_TEST)/scenarios/%.o: tests/fw/scenarios/%.c | deps
	@mkdir -p $(@D)
	$(CC) $(SIM_CFLAGS) -Wno-deprecated-declarations -I$(FW)/sim -c -o $@ $<

$(FW_TEST)/scenarios/run: $(SCENARIO_OBJ) $(SIM_OBJ)
	$(CC) $(SANFLAGS) -o $@ $^ -lsimavr -lcrypto

$(FW_TEST)/image: tests/fw/judges/image.c $(FW_TEST)/scenarios/rig.o $(SIM_OBJ)
	$(CC) $(SIM_CFLAGS) -I$(FW)/sim -Itests/fw/scenarios -o $@ $^ -lsimavr -lcrypto

# Unit tests and fuzz harnesses of the logic, on the workstation.
FW_HOST_CFLAGS = -std=gnu11 -g -O1 $(WARN) -funsigned-char -fshort-enums -D_GNU_SOURCE -I$(FW) -Itests/fw/unit
FW_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
FW_UNIT := $(patsubst tests/fw/unit/test_%.c,$(FW_TEST)/unit/%,$(wildcard tests/fw/unit/test_*.c))
FW_FUZZ := $(patsubst tests/fw/fuzz/%.c,$(FW_TEST)/fuzz/%,$(wildcard tests/fw/fuzz/*.c))
FW_FUZZ_RUNS ?= 20000

$(FW_TEST)/unit/%: tests/fw/unit/test_%.c tests/fw/unit/unit_board.c $(FW_LOGIC:%=$(FW)/%.c) $(FW_HDR)
	@mkdir -p $(@D)
	$(CC) $(FW_HOST_CFLAGS) $(FW_SANITIZE) -o $@ $< tests/fw/unit/unit_board.c $(FW_LOGIC:%=$(FW)/%.c) -lcmocka

$(FW_TEST)/fuzz/%: tests/fw/fuzz/%.c tests/fw/unit/unit_board.c $(FW_LOGIC:%=$(FW)/%.c) $(FW_HDR)
	@mkdir -p $(@D)
	clang-14 $(FW_HOST_CFLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ $< tests/fw/unit/unit_board.c $(FW_LOGIC:%=$(FW)/%.c)

.PHONY: check-fw-unit check-fw-fuzz check-fw-scenarios check-fw-judges fw-deps
fw-deps:
	@scripts/deps fw test build

check-fw-unit: $(FW_UNIT)
	@for t in $^; do $$t || exit 1; done

check-fw-fuzz: $(FW_FUZZ)
	@for t in $^; do echo "fuzz $$(basename $$t)"; \
		$$t -runs=$(FW_FUZZ_RUNS) -max_len=600 -seed=1 -verbosity=0 >$$t.log 2>&1 || \
		{ tail -40 $$t.log; exit 1; }; done

check-fw-scenarios: $(FW_TEST)/scenarios/run $(FW_ELF) $(FW_FAST_ELF)
	$< $(FW_ELF) $(FW_FAST_ELF) $(ONLY)

check-fw-judges: $(HASS_SIM) $(FW_ELF) $(FW_TEST)/image
	tests/fw/judges/run $(HASS_SIM) $(FW_ELF)

check-fw: fw-deps
	@$(MAKE) --no-print-directory check-fw-unit check-fw-fuzz check-fw-scenarios check-fw-judges

all: hass-fw hass-sim
check: $(FW_TEST)/scenarios/run $(FW_FAST_ELF)

-include $(SIM_OBJ:.o=.d) $(SIM_MAIN_OBJ:.o=.d) $(SCENARIO_OBJ:.o=.d)
