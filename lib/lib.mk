# SPDX-License-Identifier: Apache-2.0
# lib includes nothing of ours but itself: no -iquote at all.
LIBWD := $(BUILD)/lib/libwd.a
LIBWD_SRC := $(wildcard lib/*.c)
LIBWD_OBJ := $(LIBWD_SRC:%.c=$(BUILD)/obj/%.o)
LIBWD_LIBS := -levent_extra -levent_openssl -levent_core -lssl -lcrypto -ljansson -lzstd -lsqlite3 -lseccomp

$(LIBWD_OBJ): $(BUILD)/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(LIBWD): $(LIBWD_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

all: $(LIBWD)
-include $(LIBWD_OBJ:.o=.d)
