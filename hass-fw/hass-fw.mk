# SPDX-License-Identifier: Apache-2.0
# The hardware unit: firmware (avr-gcc), its simulator (libsimavr), their tests.
# `scripts/deps fw` installs what these need; without it `make all` leaves them out.

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
AVR_CFLAGS := -mmcu=atmega162 -std=gnu11 -Os -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Werror=implicit $(if $(WERROR),-Werror) -flto -fwhole-program \
	-ffunction-sections -fno-tree-switch-conversion -fno-inline-small-functions \
	-fshort-enums -funsigned-char -mcall-prologues -Wl,--gc-sections -Wl,--relax

.PHONY: hass-fw hass-sim check-fw
hass-fw: $(FW_ELF) $(FW_HEX)

$(FW_ELF): $(FW_SRC) $(FW_HDR) $(FW)/hass-fw.mk $(FW)/size
	@mkdir -p $(@D)
	$(AVR_CC) $(AVR_CFLAGS) -o $@ $(FW_SRC)
	@$(FW)/size $@ $(FW)/board.h

$(FW_FAST_ELF): $(FW_SRC) $(FW_HDR) $(FW)/hass-fw.mk
	@mkdir -p $(@D)
	$(AVR_CC) $(AVR_CFLAGS) -DBOARD_HOST_BAUD=115200 -o $@ $(FW_SRC)

$(FW_HEX): $(FW_ELF)
	avr-objcopy -O ihex -R .eeprom -R .fuse -R .lock -R .signature $< $@
