# SPDX-License-Identifier: Apache-2.0
# agent may include lib; only kernel*.c knows the module's header.
AGENT_LIBS := -lconfuse -lmnl -larchive -lsystemd -levent_extra
AGENT_COMMON := conf inner kernel kernel_events kernel_line kernel_seal layers lower lower_fs mounts state sysdir chain bundle hass hass_frame hass_port
AGENT_DAEMON := apply audit_child audit_desk audit_order audit_outbox audit_watch batch check collect control daemon db evidence expect exposition fetch gc guard hass_fold hass_hub hass_line hass_relay hass_role hass_setup hass_watch health ident \
	identity incident index inspect intake keeper kmod line link repair sched sealing service site source spool step treat \
	uplink uplink_recv uplink_send upload verify verify_report walk warden watch
AGENT_TOOL := $(patsubst agent/%.c,%,$(wildcard agent/wdctl*.c)) holders enrol ident
AGENT_OBJ := $(patsubst agent/%.c,$(BUILD)/obj/agent/%.o,$(wildcard agent/*.c))

$(AGENT_OBJ): $(BUILD)/obj/agent/%.o: agent/%.c | deps
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib $(AGENT_INCLUDE) -c -o $@ $<
$(patsubst %,$(BUILD)/obj/agent/%.o,kernel kernel_events kernel_line kernel_seal): AGENT_INCLUDE := -iquote kmod/uapi
$(BUILD)/obj/agent/wdctl.o: AGENT_INCLUDE := -iquote agent/audit
# The serial contract (hass-fw/proto.h) is hass.c's alone.
$(BUILD)/obj/agent/hass.o: AGENT_INCLUDE := -iquote .

agent_obj = $(patsubst %,$(BUILD)/obj/agent/%.o,$(1))

$(BUILD)/bin/webdefenderd: $(call agent_obj,main $(AGENT_DAEMON) $(AGENT_COMMON)) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS) $(LIBWD_LIBS)

$(BUILD)/bin/wdctl: $(call agent_obj,$(AGENT_TOOL) $(AGENT_COMMON)) $(LIBWDAUDIT) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(AGENT_LIBS) $(AUDIT_LIBS) -lsmartcols -lqrencode $(LIBWD_LIBS)

# Beside webdefenderd, which starts it: XML and archives are parsed in no other process.
$(BUILD)/obj/agent/auditor.o: AGENT_INCLUDE := -iquote agent/audit
$(BUILD)/bin/wd-auditor: $(call agent_obj,auditor audit_confine) $(LIBWDAUDIT) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(AUDIT_LIBS) -lcap-ng $(LIBWD_LIBS)

$(BUILD)/bin/wd-warden: $(call agent_obj,wdwarden daemon state warden) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lsystemd $(LIBWD_LIBS)

all: $(BUILD)/bin/webdefenderd $(BUILD)/bin/wdctl $(BUILD)/bin/wd-auditor $(BUILD)/bin/wd-warden

# ---- unit tests ----
UNIT_AGENT := $(patsubst tests/unit/agent/%.c,$(BUILD)/test/agent/%,$(wildcard tests/unit/agent/test_*.c))
$(UNIT_AGENT): $(BUILD)/test/agent/%: tests/unit/agent/%.c $(wildcard tests/unit/agent/*.h) \
		$(call agent_obj,$(AGENT_DAEMON) $(AGENT_COMMON) enrol) $(LIBWD)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -iquote lib -iquote agent $(ALL_LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) -lcmocka \
		$(AGENT_LIBS) $(LIBWD_LIBS)

unit-programs: $(UNIT_AGENT)

# ---- the serial line's harness (tests/fuzz): what it needs beside lib ----
HASS_FUZZ_OBJ := $(patsubst %,build/fuzz/obj/agent/%.o,hass hass_frame hass_line)
$(HASS_FUZZ_OBJ): build/fuzz/obj/agent/%.o: agent/%.c | deps
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -iquote lib -iquote . -c -o $@ $<
build/fuzz/fuzz_hass: $(HASS_FUZZ_OBJ)
build/fuzz/fuzz_hass: FUZZ_MORE = -iquote agent

# ---- those of the mount table and of the list of layers ----
MOUNT_FUZZ_OBJ := $(patsubst %,build/fuzz/obj/agent/%.o,inner layers lower lower_fs mounts sysdir)
$(MOUNT_FUZZ_OBJ): build/fuzz/obj/agent/%.o: agent/%.c | deps
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -iquote lib -c -o $@ $<
build/fuzz/fuzz_inner build/fuzz/fuzz_layers: $(MOUNT_FUZZ_OBJ)
build/fuzz/fuzz_inner build/fuzz/fuzz_layers: FUZZ_MORE = -iquote agent

-include $(HASS_FUZZ_OBJ:.o=.d) $(MOUNT_FUZZ_OBJ:.o=.d)
-include $(AGENT_OBJ:.o=.d) $(UNIT_AGENT:=.d)
