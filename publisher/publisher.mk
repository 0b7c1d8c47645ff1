# SPDX-License-Identifier: Apache-2.0
# The publisher: wdpublisherd and wdpub. It may include lib, and itself, nothing else.
PUBLISHER_LIBS := -lconfuse -lsmartcols -levent_extra -lsystemd -lcurl -lpthread
WDPUBLISHERD_LIBS := -lsodium -loath -lqrencode -lz -larchive
# wdpub is a client; only `init` works on the state itself, which needs the database.
WDPUB_SRC := $(wildcard publisher/wdpub*.c) publisher/table.c publisher/layout.c publisher/init.c \
	publisher/sealkey.c publisher/db.c publisher/sql.c publisher/backup.c
# wdpub fetches advisories.
WDPUB_LIBS := -lcurl
WDPUBLISHERD_SRC := $(filter-out publisher/wdpub%.c publisher/table.c publisher/init.c, \
	$(wildcard publisher/*.c)) $(wildcard publisher/console/*.c)
WDPUB_OBJ := $(WDPUB_SRC:%.c=$(BUILD)/obj/%.o)
WDPUBLISHERD_OBJ := $(WDPUBLISHERD_SRC:%.c=$(BUILD)/obj/%.o)
PUBLISHER_OBJ := $(sort $(WDPUB_OBJ) $(WDPUBLISHERD_OBJ))

$(PUBLISHER_OBJ): $(BUILD)/obj/%.o: %.c | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib -iquote publisher -c -o $@ $<

$(BUILD)/bin/wdpub: $(WDPUB_OBJ) $(BUILD)/lib/libwd.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PUBLISHER_LIBS) $(WDPUB_LIBS) $(LIBWD_LIBS)

$(BUILD)/bin/wdpublisherd: $(WDPUBLISHERD_OBJ) $(BUILD)/lib/libwd.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(PUBLISHER_LIBS) $(WDPUBLISHERD_LIBS) $(LIBWD_LIBS)

# Tests link the daemon's objects without its main().
PUBLISHER_TESTS := $(patsubst tests/unit/publisher/test_%.c,$(BUILD)/test/publisher/test_%, \
	$(wildcard tests/unit/publisher/test_*.c))
PUBLISHER_TEST_OBJ := $(filter-out %/main.o,$(WDPUBLISHERD_OBJ)) \
	$(BUILD)/obj/publisher/init.o $(BUILD)/test/publisher/rig.o \
	$(BUILD)/test/publisher/peer.o
$(BUILD)/test/publisher/%.o: tests/unit/publisher/%.c | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib -iquote publisher -c -o $@ $<
$(PUBLISHER_TESTS): %: %.o $(PUBLISHER_TEST_OBJ) $(BUILD)/lib/libwd.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(PUBLISHER_LIBS) $(WDPUBLISHERD_LIBS) $(LIBWD_LIBS)

build/fuzz/fuzz_http_api: publisher/access.c publisher/console/body.c
build/fuzz/fuzz_http_api: FUZZ_MORE = -iquote publisher
build/fuzz/fuzz_event_search: publisher/event_words.c publisher/event_block.c publisher/event_tail.c
build/fuzz/fuzz_event_search: FUZZ_MORE = -iquote publisher
build/fuzz/fuzz_event_text: publisher/event_text.c
build/fuzz/fuzz_event_text: FUZZ_MORE = -iquote publisher
build/fuzz/fuzz_evidence_text: publisher/reader.c publisher/confine.c publisher/layout.c
build/fuzz/fuzz_evidence_text: FUZZ_MORE = -iquote publisher -larchive

.PHONY: publisher publisher-tests check-publisher
publisher: $(BUILD)/bin/wdpub $(BUILD)/bin/wdpublisherd
publisher-tests: $(PUBLISHER_TESTS)
check-publisher: publisher-tests publisher
	@for t in $(PUBLISHER_TESTS); do $$t || exit 1; done
	@BUILD=$(BUILD) tests/e2e/publisher
all: publisher

-include $(PUBLISHER_OBJ:.o=.d) $(wildcard $(BUILD)/test/publisher/*.d)
