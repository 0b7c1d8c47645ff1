/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rig.h - the shipped ELF with a web server on one line and an ME3000 on the other
 *
 * Everything runs in lock-step in virtual time: the same every time, and never waiting.
 * The codes come from oathtool, the MACs from OpenSSL, the PDUs from the modem's own
 * codec: none of them from the firmware.
 */
#ifndef RIG_H
#define RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "machine.h"
#include "me3000.h"
#include "../../../hass-fw/proto.h"

/* Two of the four places are taken; the second is stored without country code. */
#define ALICE "+8613800000001"
#define BOB "15986672056"
#define BOB_SEEN "+8615986672056"
#define MALLORY "+8613999999999"

struct rig {
	struct machine *machine;
	struct me3000 *modem;
	const char *elf;
	uint64_t ms;
	bool unplugged; /* no modem on the line: bytes for it vanish */
	bool babble;	/* the modem says much more, without a pause, behind each PDU */
	uint8_t seq;
	/* receiver of the web server */
	uint8_t wire[256];
	size_t wire_len;
	uint8_t frame[256];
	size_t frame_len;
	unsigned int frames, bad_frames;
	/* what a scenario may do that is an error elsewhere */
	bool expect_watchdog, expect_overrun;
	uint64_t pdu_end; /* cycle at which the CR behind the last PDU has arrived */
	struct machine_pins pins;
	struct hass_status status;
	unsigned int stack_low;
};

struct rig *rig_new(const char *elf, bool provisioned);
void rig_free(struct rig *r);
void rig_run(struct rig *r, unsigned int ms);
void rig_ready(struct rig *r); /* runs until the modem is registered */
void rig_power_cycle(struct rig *r, unsigned int seed);

/* Sends, with repetition if asked; returns the result, -1 without a reply. reply gets what follows.
 */
int rig_request(struct rig *r, uint8_t type, const void *payload, size_t len);
int rig_request_once(struct rig *r, uint8_t type, const void *payload, size_t len);
void rig_send_frame(struct rig *r, uint8_t type, const void *payload, size_t len);
const uint8_t *rig_reply(const struct rig *r);
size_t rig_reply_len(const struct rig *r);
const struct hass_status *rig_status(struct rig *r);
unsigned int rig_counter(struct rig *r, enum hass_counter which);

int rig_provision(struct rig *r, uint8_t item, uint8_t index, const void *data, size_t len);
void rig_jumper(struct rig *r); /* closed, for long enough */
int rig_policy(struct rig *r, const struct hass_policy *policy);
int rig_alarm(struct rig *r, uint32_t id, uint16_t count, const char *text);
int rig_vouch(struct rig *r);
int rig_publisher_cut(struct rig *r);
void rig_make_mac(char letter, const uint8_t *nonce, uint8_t mac[HASS_MAC_SIZE]);
int rig_mac(struct rig *r, uint8_t type, char letter, const uint8_t *nonce);

const char *rig_code(enum hass_secret which, unsigned int counter);
void rig_sms(struct rig *r, const char *from, const char *text);
void rig_command(struct rig *r, const char *from, const char *word, const char *code);
bool rig_cut(const struct rig *r);
bool rig_wait_cut(struct rig *r, bool cut, unsigned int ms);
bool rig_wait_sent(struct rig *r, size_t count, unsigned int ms);
size_t rig_sent(const struct rig *r);
const char *rig_text(const struct rig *r, size_t i);
const char *rig_number(const struct rig *r, size_t i);
unsigned int rig_told(const struct rig *r, const char *part); /* SMS that contain it */
extern const struct hass_policy rig_default_policy;

/* A failed expectation ends the scenario. */
_Noreturn void rig_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			rig_fail(__FILE__, __LINE__, "expected: %s", #condition);                  \
	} while (0)
#define EXPECT_INT(got, want)                                                                      \
	do {                                                                                       \
		long got_ = (got), want_ = (want);                                                 \
		if (got_ != want_)                                                                 \
			rig_fail(__FILE__, __LINE__, "%s: got %ld, expected %ld", #got, got_,      \
				 want_);                                                           \
	} while (0)
#define EXPECT_TEXT(got, part)                                                                     \
	do {                                                                                       \
		const char *got_ = (got);                                                          \
		if (!got_ || !strstr(got_, (part)))                                                \
			rig_fail(__FILE__, __LINE__, "SMS \"%s\" lacks \"%s\"",                    \
				 got_ ? got_ : "(none)", part);                                    \
	} while (0)

#endif
