/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"
#include "../../../hass-fw/board.h"

#define CODES 2000
#define POWER_ON_MS 20
#define BABBLE_LINES 40 /* 120 ms of 115200 baud */
#define STEP_MS 5	/* what one side says reaches the other's clock so much later at most */

extern jmp_buf scenario_end;
extern char scenario_failure[400];

static const uint8_t secrets[HASS_SECRETS][HASS_SECRET_SIZE] = {
	"12345678901234567890", /* RFC 4226's own */
	"restore secret no. 2",
	"the publisher's key.",
};

const struct hass_policy rig_default_policy = {.beat = 0,
					       .misses = 3,
					       .hour_sms = 30,
					       .day_sms = 100,
					       .reserve = 10,
					       .fold = 60,
					       .grace = 1};

_Noreturn void rig_fail(const char *file, int line, const char *format, ...)
{
	va_list ap;
	int n = snprintf(scenario_failure, sizeof(scenario_failure), "%s:%d: ", file, line);

	va_start(ap, format);
	vsnprintf(scenario_failure + n, sizeof(scenario_failure) - n, format, ap);
	va_end(ap);
	longjmp(scenario_end, 1);
}

/* --- codes --- */

static char codes[2][CODES][HASS_SECRET_SIZE];

static void load_codes(int which)
{
	char command[160], hex[2 * HASS_SECRET_SIZE + 1];
	FILE *f;

	for (int i = 0; i < HASS_SECRET_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", secrets[which][i]);
	snprintf(command, sizeof(command), "oathtool -d 8 -c 0 -w %d %s", CODES - 1, hex);
	f = popen(command, "r");
	for (int i = 0; f && i < CODES; i++)
		if (fscanf(f, "%19s", codes[which][i]) != 1)
			rig_fail(__FILE__, __LINE__, "oathtool gave no code %d: `scripts/deps fw`",
				 i);
	if (f)
		pclose(f);
}

const char *rig_code(enum hass_secret which, unsigned int counter)
{
	if (!codes[which][0][0])
		load_codes(which);
	return codes[which][counter];
}

/* --- the web server's end of the line --- */

static uint16_t crc(const uint8_t *p, size_t len)
{
	uint16_t crc = 0xFFFF;

	for (; len--; p++) {
		crc ^= *p;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1;
	}
	return ~crc;
}

static size_t stuff(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t code = 0, n = 1;

	for (size_t i = 0; i < len; i++) {
		if (in[i]) {
			out[n++] = in[i];
			continue;
		}
		out[code] = n - code;
		code = n++;
	}
	out[code] = n - code;
	return n;
}

static size_t unstuff(const uint8_t *in, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		uint8_t code = in[i++];

		for (int k = 1; k < code && i < len; k++)
			out[n++] = in[i++];
		if (i < len)
			out[n++] = 0;
	}
	return n;
}

static void end_of_frame(struct rig *r)
{
	size_t len = unstuff(r->wire, r->wire_len, r->frame);

	r->wire_len = 0;
	if (len == 0)
		return;
	r->frame_len = 0;
	if (len < HASS_FRAME_MIN ||
	    crc(r->frame, len - 2) != (r->frame[len - 2] | r->frame[len - 1] << 8)) {
		r->bad_frames++;
		return;
	}
	r->frames++;
	r->frame_len = len - 2;
}

static void on_byte(void *arg, enum machine_line line, uint8_t byte)
{
	struct rig *r = arg;

	if (line == MACHINE_MODEM && !r->unplugged)
		me3000_input(r->modem, byte, machine_us(r->machine) / 1000);
	if (line != MACHINE_HOST)
		return;
	if (byte == 0)
		end_of_frame(r);
	else if (r->wire_len < sizeof(r->wire))
		r->wire[r->wire_len++] = byte;
}

static void on_pins(void *arg, const struct machine_pins *pins)
{
	struct rig *r = arg;
	uint64_t now = machine_us(r->machine) / 1000;

	me3000_key(r->modem, pins->power_key, now);
	if (pins->modem_reset != r->pins.modem_reset)
		me3000_reset(r->modem, pins->modem_reset, now);
	r->pins = *pins;
}

static void babble(struct rig *r)
{
	static const char line[] = "\r\n+ZUNKNOWN: some line of a modem\r\n";

	for (int i = 0; i < BABBLE_LINES; i++)
		machine_send(r->machine, MACHINE_MODEM, line, sizeof(line) - 1);
}

static void on_modem(void *arg, const char *bytes, size_t len)
{
	struct rig *r = arg;

	if (r->unplugged)
		return;
	machine_send(r->machine, MACHINE_MODEM, bytes, len);
	if (len <= 16 || memcmp(bytes, "0791", 4))
		return;
	/* the PDU's line: when will its end be there */
	r->pdu_end = machine_cycles(r->machine) + (machine_unsent(r->machine, MACHINE_MODEM) - 1) *
							  (10 * BOARD_HZ / BOARD_MODEM_BAUD);
	if (r->babble)
		babble(r);
}

void rig_run(struct rig *r, unsigned int ms)
{
	uint64_t end = r->ms + ms;

	while (r->ms < end) {
		uint64_t next = me3000_next(r->modem);
		uint64_t step = r->ms + STEP_MS < end ? r->ms + STEP_MS : end;

		if (next < step)
			step = next > r->ms ? next : r->ms + 1;
		machine_run(r->machine, step * 1000);
		r->ms = step;
		me3000_run(r->modem, r->ms);
		if (machine_crashed(r->machine))
			rig_fail(__FILE__, __LINE__, "the chip executed what is no code");
	}
}

void rig_send_frame(struct rig *r, uint8_t type, const void *payload, size_t len)
{
	uint8_t frame[256] = {type, r->seq}, wire[260] = {0};
	uint16_t sum;

	if (len)
		memcpy(frame + 2, payload, len);
	sum = crc(frame, len + 2);
	frame[len + 2] = sum;
	frame[len + 3] = sum >> 8;
	len = stuff(frame, len + 4, wire + 1);
	wire[len + 1] = 0;
	machine_send(r->machine, MACHINE_HOST, wire, len + 2);
}

static bool answered(struct rig *r, uint8_t type)
{
	return r->frame_len >= 3 && r->frame[0] == (type | HASS_REPLY) && r->frame[1] == r->seq;
}

static int ask(struct rig *r, uint8_t type, const void *payload, size_t len)
{
	r->frame_len = 0;
	rig_send_frame(r, type, payload, len);
	for (int waited = 0; waited < HASS_REPLY_MS; waited += 5) {
		rig_run(r, 5);
		if (answered(r, type))
			return r->frame[2];
	}
	return -1;
}

int rig_request_once(struct rig *r, uint8_t type, const void *payload, size_t len)
{
	r->seq++;
	return ask(r, type, payload, len);
}

int rig_request(struct rig *r, uint8_t type, const void *payload, size_t len)
{
	int result = -1;

	r->seq++;
	for (int tries = 0; tries < 5 && result < 0; tries++)
		result = ask(r, type, payload, len);
	return result;
}

const uint8_t *rig_reply(const struct rig *r)
{
	return r->frame + 3;
}

size_t rig_reply_len(const struct rig *r)
{
	return r->frame_len - 3;
}

const struct hass_status *rig_status(struct rig *r)
{
	EXPECT_INT(rig_request(r, HASS_STATUS, NULL, 0), HASS_OK);
	EXPECT_INT(rig_reply_len(r), sizeof(r->status));
	memcpy(&r->status, rig_reply(r), sizeof(r->status));
	return &r->status;
}

unsigned int rig_counter(struct rig *r, enum hass_counter which)
{
	uint8_t first = which;

	EXPECT_INT(rig_request(r, HASS_COUNTERS, &first, 1), HASS_OK);
	EXPECT_INT(rig_reply(r)[0], which);
	return rig_reply(r)[1] | rig_reply(r)[2] << 8;
}

int rig_alarm(struct rig *r, uint32_t id, uint16_t count, const char *text)
{
	struct hass_alarm alarm = {.id = id, .count = count, .kind = HASS_KIND_ALARM};
	size_t len = strlen(text);

	memcpy(alarm.text, text, len);
	return rig_request(r, HASS_ALARM, &alarm, 8 + len);
}

void rig_make_mac(char letter, const uint8_t *nonce, uint8_t mac[HASS_MAC_SIZE])
{
	uint8_t message[16] = HASS_DOMAIN;

	message[7] = letter;
	memcpy(message + 8, nonce, HASS_NONCE_SIZE);
	HMAC(EVP_sha1(), secrets[HASS_S_VOUCH], HASS_SECRET_SIZE, message, sizeof(message), mac,
	     NULL);
}

int rig_mac(struct rig *r, uint8_t type, char letter, const uint8_t *nonce)
{
	uint8_t mac[HASS_MAC_SIZE];

	rig_make_mac(letter, nonce, mac);
	return rig_request(r, type, mac, sizeof(mac));
}

int rig_vouch(struct rig *r)
{
	return rig_mac(r, HASS_VOUCH, 'V', rig_status(r)->nonce);
}

int rig_publisher_cut(struct rig *r)
{
	return rig_mac(r, HASS_CUT, 'C', rig_status(r)->nonce);
}

/* --- provisioning --- */

int rig_provision(struct rig *r, uint8_t item, uint8_t index, const void *data, size_t len)
{
	uint8_t payload[HASS_PAYLOAD_MAX] = {item, index};

	if (len)
		memcpy(payload + 2, data, len);
	return rig_request(r, HASS_PROVISION, payload, len + 2);
}

static void phone(struct rig *r, uint8_t index, const char *number)
{
	uint8_t semi[HASS_PHONE_SIZE];
	int type = *number == '+' ? HASS_PHONE_INTERNATIONAL : HASS_PHONE_NATIONAL;

	number += *number == '+';
	memset(semi, 0xFF, sizeof(semi));
	for (int i = 0; number[i]; i++)
		semi[i / 2] = i % 2 ? (semi[i / 2] & 15) | (number[i] - '0') << 4
				    : 0xF0 | (number[i] - '0');
	semi[7] = (semi[7] & 15) | type << 4;
	EXPECT_INT(rig_provision(r, HASS_I_PHONE, index, semi, sizeof(semi)), HASS_OK);
}

void rig_jumper(struct rig *r)
{
	machine_jumper(r->machine, true);
	rig_run(r, 700);
}

int rig_policy(struct rig *r, const struct hass_policy *policy)
{
	int result;

	rig_jumper(r);
	result = rig_provision(r, HASS_I_POLICY, 0, policy, sizeof(*policy));
	machine_jumper(r->machine, false);
	return result;
}

static void provision(struct rig *r)
{
	machine_jumper(r->machine, true);
	rig_run(r, 1000);
	EXPECT_INT(rig_provision(r, HASS_I_ERASE, 0, NULL, 0), HASS_OK);
	phone(r, 0, ALICE);
	phone(r, 2, BOB);
	for (int i = 0; i < HASS_SECRETS; i++)
		EXPECT_INT(rig_provision(r, HASS_I_SECRET, i, secrets[i], HASS_SECRET_SIZE),
			   HASS_OK);
	EXPECT_INT(rig_provision(r, HASS_I_SITE, 0, "www\0\0\0\0", HASS_SITE_SIZE), HASS_OK);
	EXPECT_INT(
		rig_provision(r, HASS_I_POLICY, 0, &rig_default_policy, sizeof(rig_default_policy)),
		HASS_OK);
	machine_jumper(r->machine, false);
}

/* --- life --- */

static struct rig *start(const char *elf)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct machine_events events = {.byte = on_byte, .pins = on_pins, .arg = r};

	r->elf = elf;
	r->modem = me3000_new(on_modem, r);
	r->machine = machine_new(elf, &events);
	if (!r->machine)
		exit(1);
	r->stack_low = BOARD_RAM_SIZE;
	return r;
}

struct rig *rig_new(const char *elf, bool provisioned)
{
	static uint8_t image[MEGA162_EEPROM];
	static const char *image_of;
	struct rig *r = start(elf);

	if (!provisioned)
		return r;
	if (image_of != elf) {
		provision(r);
		memcpy(image, machine_eeprom(r->machine), sizeof(image));
		image_of = elf;
		rig_free(r);
		r = start(elf);
	}
	memcpy(machine_eeprom(r->machine), image, sizeof(image));
	rig_run(r, POWER_ON_MS);
	return r;
}

void rig_free(struct rig *r)
{
	machine_free(r->machine);
	me3000_free(r->modem);
	free(r);
}

static void note_stack(struct rig *r)
{
	unsigned int now = machine_stack_free(r->machine);

	if (now < r->stack_low)
		r->stack_low = now;
}

void rig_power_cycle(struct rig *r, unsigned int seed)
{
	note_stack(r);
	machine_power_cycle(r->machine, seed);
	r->wire_len = 0;
}

void rig_ready(struct rig *r)
{
	for (int i = 0; i < 600; i++) {
		if (rig_status(r)->modem == HASS_MODEM_READY)
			return;
		rig_run(r, 100);
	}
	rig_fail(__FILE__, __LINE__, "the modem was not ready within a minute");
}

void rig_sms(struct rig *r, const char *from, const char *text)
{
	EXPECT(me3000_deliver(r->modem, from, text, r->ms) != 0);
}

void rig_command(struct rig *r, const char *from, const char *word, const char *code)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s", word, code);
	rig_sms(r, from, text);
}

bool rig_cut(const struct rig *r)
{
	return machine_pins(r->machine)->cut;
}

bool rig_wait_cut(struct rig *r, bool cut, unsigned int ms)
{
	for (unsigned int i = 0; i < ms && rig_cut(r) != cut; i += 10)
		rig_run(r, 10);
	return rig_cut(r) == cut;
}

size_t rig_sent(const struct rig *r)
{
	return me3000_sent_count(r->modem);
}

bool rig_wait_sent(struct rig *r, size_t count, unsigned int ms)
{
	for (unsigned int i = 0; i < ms && rig_sent(r) < count; i += 50)
		rig_run(r, 50);
	return rig_sent(r) >= count;
}

const char *rig_text(const struct rig *r, size_t i)
{
	const struct me3000_sms *sms = me3000_sent(r->modem, i);

	return sms ? sms->text : NULL;
}

const char *rig_number(const struct rig *r, size_t i)
{
	const struct me3000_sms *sms = me3000_sent(r->modem, i);

	return sms ? sms->number : NULL;
}

unsigned int rig_told(const struct rig *r, const char *part)
{
	unsigned int n = 0;

	for (size_t i = 0; i < rig_sent(r); i++)
		n += strstr(rig_text(r, i), part) != NULL;
	return n;
}
