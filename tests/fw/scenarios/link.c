/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include "scenario.h"

static void hello(struct rig *r, const void *arg)
{
	struct hass_hello hello;

	(void)arg;
	EXPECT_INT(rig_request(r, HASS_HELLO, NULL, 0), HASS_OK);
	EXPECT_INT(rig_reply_len(r), sizeof(hello));
	memcpy(&hello, rig_reply(r), sizeof(hello));
	EXPECT(!memcmp(hello.magic, HASS_MAGIC, 6));
	EXPECT_INT(hello.proto, HASS_PROTO_VERSION);
}

static void counters(struct rig *r, const void *arg)
{
	uint8_t first = 0;

	(void)arg;
	for (; first < HASS_C__MAX; first += HASS_COUNTERS_PAGE) {
		size_t left = HASS_C__MAX - first;

		EXPECT_INT(rig_request(r, HASS_COUNTERS, &first, 1), HASS_OK);
		EXPECT_INT(rig_reply(r)[0], first);
		EXPECT_INT(rig_reply_len(r),
			   1 + 2 * (left < HASS_COUNTERS_PAGE ? left : HASS_COUNTERS_PAGE));
	}
	first = HASS_C__MAX;
	EXPECT_INT(rig_request(r, HASS_COUNTERS, &first, 1), HASS_VALUE);
}

struct bytes {
	enum hass_counter counter;
	size_t len;
	const char *bytes;
};

static void damaged(struct rig *r, const void *arg)
{
	const struct bytes *b = arg;
	unsigned int frames = r->frames;

	machine_send(r->machine, MACHINE_HOST, b->bytes, b->len);
	rig_run(r, 200);
	EXPECT_INT(r->frames, frames);
	EXPECT_INT(rig_counter(r, b->counter), 1);
}

struct wrong {
	uint8_t type, len;
	int result;
	enum hass_counter counter;
};

static void wrong(struct rig *r, const void *arg)
{
	const struct wrong *w = arg;
	uint8_t payload[HASS_PAYLOAD_MAX] = {0};

	EXPECT_INT(rig_request(r, w->type, payload, w->len), w->result);
	EXPECT_INT(rig_reply_len(r), 0);
	EXPECT_INT(rig_counter(r, w->counter), 1);
	EXPECT(!rig_cut(r));
}

/* Noise that does not even end before the frame begins: its leading zero helps. */
static void resync(struct rig *r, const void *arg)
{
	static const char noise[] =
		"\x07noise\xff and a lot of it, longer than any frame may ever be, really";

	(void)arg;
	for (size_t len = 1; len < sizeof(noise); len++) {
		machine_send(r->machine, MACHINE_HOST, noise, len);
		EXPECT_INT(rig_request_once(r, HASS_STATUS, NULL, 0), HASS_OK);
	}
}

/* Every single bit of an ALARM turned: none of them is taken. */
static void bit_errors(struct rig *r, const void *arg)
{
	static const uint8_t good[] = {0x00, 0x04, 0x04, 0x01, 0x01, 0x01, 0x01,
				       0x02, 0x01, 0x01, 0x02, 'x',  0};
	uint8_t frame[sizeof(good)];

	(void)arg;
	for (size_t bit = 8; bit < 8 * (sizeof(good) - 1); bit++) {
		memcpy(frame, good, sizeof(good));
		frame[bit / 8] ^= 1 << bit % 8;
		machine_send(r->machine, MACHINE_HOST, frame, sizeof(frame));
		rig_run(r, 20);
	}
	rig_run(r, 8000);
	EXPECT_INT(rig_counter(r, HASS_C_ALARM_STORED), 0);
	EXPECT_INT(rig_sent(r), 0);
}

static void repeated(struct rig *r, const void *arg)
{
	unsigned int frames = r->frames;

	(void)arg;
	for (int i = 0; i < 5; i++)
		rig_send_frame(r, HASS_HELLO, NULL, 0);
	rig_run(r, 500);
	EXPECT_INT(r->frames, frames + 5);
}

static void no_jumper(struct rig *r, const void *arg)
{
	static const uint8_t zeros[HASS_SECRET_SIZE];
	static const uint8_t sizes[HASS_ITEMS] = {0,
						  HASS_PHONE_SIZE,
						  HASS_SECRET_SIZE,
						  sizeof(struct hass_policy),
						  HASS_SITE_SIZE,
						  HASS_PIN_SIZE};
	uint8_t before[MEGA162_EEPROM];

	(void)arg;
	rig_run(r, 2000);
	memcpy(before, machine_eeprom(r->machine), sizeof(before));
	for (int item = 0; item < HASS_ITEMS; item++)
		EXPECT_INT(rig_provision(r, item, 0, zeros, sizes[item]), HASS_JUMPER);
	EXPECT_INT(rig_counter(r, HASS_C_REQ_JUMPER), HASS_ITEMS);
	EXPECT(!memcmp(before, machine_eeprom(r->machine), sizeof(before)));
	EXPECT_INT(rig_status(r)->phones, 5);
}

/* A spark or a bounce is no jumper. */
static void jumper_bounces(struct rig *r, const void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		machine_jumper(r->machine, i % 2);
		rig_run(r, 300);
		EXPECT(!(rig_status(r)->flags & HASS_F_JUMPER));
	}
}

struct item {
	uint8_t item, index, len;
	int result;
	uint8_t fill;
};

static void provision_wrong(struct rig *r, const void *arg)
{
	const struct item *i = arg;
	uint8_t data[HASS_PAYLOAD_MAX];

	memset(data, i->fill, sizeof(data));
	machine_jumper(r->machine, true);
	rig_run(r, 700);
	EXPECT_INT(rig_provision(r, i->item, i->index, data, i->len), i->result);
	EXPECT_INT(rig_status(r)->secrets, 7);
}

static void erase(struct rig *r, const void *arg)
{
	(void)arg;
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 3000));
	machine_jumper(r->machine, true);
	rig_run(r, 700);
	EXPECT_INT(rig_provision(r, HASS_I_ERASE, 0, NULL, 0), HASS_OK);
	EXPECT_INT(rig_status(r)->phones | r->status.secrets, 0);
	EXPECT(rig_cut(r));
	rig_power_cycle(r, 1);
	rig_run(r, 100);
	EXPECT(rig_cut(r));
}

static uint32_t seed;

static uint8_t random_byte(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 24;
}

static void noise(struct rig *r, enum machine_line line, size_t bytes)
{
	uint8_t chunk[1000];

	for (size_t done = 0; done < bytes; done += sizeof(chunk)) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = random_byte();
		machine_send(r->machine, line, chunk, sizeof(chunk));
		while (machine_unsent(r->machine, line))
			rig_run(r, 20);
	}
}

static void expect_unharmed(struct rig *r)
{
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_sent(r), 0);
	machine_send(r->machine, MACHINE_HOST, "", 1);
	rig_run(r, 50);
	EXPECT_INT(rig_request(r, HASS_STATUS, NULL, 0), HASS_OK);
	EXPECT_INT(rig_reply(r)[7], 0 + r->status.reset);
	EXPECT_INT(rig_status(r)->phones, 5);
	rig_ready(r);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 60000));
}

static void host_noise(struct rig *r, const void *arg)
{
	seed = 42;
	rig_status(r);
	noise(r, MACHINE_HOST, *(const int *)arg);
	EXPECT(rig_counter(r, HASS_C_FRAME_COBS) + rig_counter(r, HASS_C_FRAME_CRC) > 100);
	r->bad_frames = 0; /* replies to chance frames may meet our own noise */
	expect_unharmed(r);
}

static void modem_noise(struct rig *r, const void *arg)
{
	seed = 43;
	rig_status(r);
	noise(r, MACHINE_MODEM, *(const int *)arg);
	expect_unharmed(r);
}

/* Both lines without a pause while MACs are computed: no byte may be lost in the receiver. */
static void saturated(struct rig *r, const void *arg)
{
	uint8_t chunk[2000], mac[HASS_MAC_SIZE] = {1};
	static const char line[] = "\r\n+ZUNKNOWN: some line of a modem\r\n";

	(void)arg;
	rig_status(r);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = line[i % (sizeof(line) - 1)];
		machine_send(r->machine, MACHINE_MODEM, chunk, sizeof(chunk));
		for (int i = 0; i < 8; i++)
			rig_send_frame(r, HASS_VOUCH, mac, sizeof(mac));
		rig_run(r, 200);
	}
	rig_run(r, 3000);
	EXPECT_INT(machine_chip(r->machine)->usart[0].overruns, 0);
	EXPECT_INT(machine_chip(r->machine)->usart[1].overruns, 0);
	EXPECT_INT(rig_counter(r, HASS_C_HOST_OVERRUN) + rig_counter(r, HASS_C_MODEM_OVERRUN), 0);
	EXPECT_INT(rig_counter(r, HASS_C_MODEM_FULL), 0);
	EXPECT(rig_counter(r, HASS_C_REQ_MAC) >= 40);
}

#define BYTES(counter, literal)                                                                    \
	&(struct bytes)                                                                            \
	{                                                                                          \
		counter, sizeof(literal) - 1, literal                                              \
	}
#define WRONG(...)                                                                                 \
	&(struct wrong)                                                                            \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define ITEM(...)                                                                                  \
	&(struct item)                                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define TYPE_C HASS_TYPE, HASS_C_REQ_TYPE
#define LENGTH_C HASS_LENGTH, HASS_C_REQ_LENGTH

const struct scenario link_scenarios[] = {
	{"hello-names-the-unit", hello, NULL, 0},
	{"counters-come-in-pages", counters, NULL, 0},
	{"frame-wrong-crc", damaged, BYTES(HASS_C_FRAME_CRC, "\0\5\1\1\1\1\0"), 0},
	{"frame-too-short", damaged, BYTES(HASS_C_FRAME_SHORT, "\0\3\1\1\0"), 0},
	{"frame-too-long", damaged,
	 BYTES(HASS_C_FRAME_LONG,
	       "\0\75xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\0"),
	 0},
	{"frame-ends-in-a-block", damaged, BYTES(HASS_C_FRAME_COBS, "\0\11\1\1\1\1\0"), 0},
	{"request-type-0", wrong, WRONG(0, 0, TYPE_C), 0},
	{"request-type-unknown", wrong, WRONG(8, 4, TYPE_C), 0},
	{"request-type-a-reply", wrong, WRONG(0x7F, 0, TYPE_C), 0},
	{"request-hello-too-long", wrong, WRONG(HASS_HELLO, 1, LENGTH_C), 0},
	{"request-status-too-long", wrong, WRONG(HASS_STATUS, 44, LENGTH_C), 0},
	{"request-counters-too-short", wrong, WRONG(HASS_COUNTERS, 0, LENGTH_C), 0},
	{"request-alarm-too-short", wrong, WRONG(HASS_ALARM, 8, LENGTH_C), 0},
	{"request-vouch-too-short", wrong, WRONG(HASS_VOUCH, 19, LENGTH_C), 0},
	{"request-vouch-too-long", wrong, WRONG(HASS_VOUCH, 21, LENGTH_C), 0},
	{"request-cut-empty", wrong, WRONG(HASS_CUT, 0, LENGTH_C), 0},
	{"request-provision-empty", wrong, WRONG(HASS_PROVISION, 0, HASS_JUMPER, HASS_C_REQ_JUMPER),
	 0},
	{"resynchronises-after-any-garbage", resync, NULL, 0},
	{"bit-errors-are-never-taken", bit_errors, NULL, 0},
	{"requests-in-a-row-are-all-answered", repeated, NULL, 0},
	{"provisioning-needs-the-jumper", no_jumper, NULL, 0},
	{"jumper-that-bounces-is-open", jumper_bounces, NULL, 0},
	{"provision-unknown-item", provision_wrong, ITEM(HASS_ITEMS, 0, 0, HASS_VALUE, 0), 0},
	{"provision-fifth-phone", provision_wrong, ITEM(HASS_I_PHONE, 4, 8, HASS_VALUE, 0x11), 0},
	{"provision-fourth-secret", provision_wrong, ITEM(HASS_I_SECRET, 3, 20, HASS_VALUE, 1), 0},
	{"provision-short-secret", provision_wrong, ITEM(HASS_I_SECRET, 0, 19, HASS_LENGTH, 1), 0},
	{"provision-long-site", provision_wrong, ITEM(HASS_I_SITE, 0, 9, HASS_LENGTH, 'x'), 0},
	{"provision-policy-of-zeros", provision_wrong, ITEM(HASS_I_POLICY, 0, 8, HASS_VALUE, 0), 0},
	{"provision-erase-with-data", provision_wrong, ITEM(HASS_I_ERASE, 0, 1, HASS_LENGTH, 0), 0},
	{"erase-keeps-the-cut", erase, NULL, 0},
	{"noise-of-300-kb-from-the-server", host_noise, &(int){300000}, 0},
	{"noise-of-300-kb-from-the-modem", modem_noise, &(int){300000}, 0},
	{"noise-of-10-mb-from-the-server", host_noise, &(int){10000000}, LONG},
	{"noise-of-10-mb-from-the-modem", modem_noise, &(int){10000000}, LONG},
	{"saturated-lines-lose-nothing", saturated, NULL, 0},
	{"saturated-lines-at-115200-lose-nothing", saturated, NULL, FAST},
	{0},
};
