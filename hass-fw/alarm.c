/* SPDX-License-Identifier: Apache-2.0 */
#include "alarm.h"
#include "bucket.h"
#include "config.h"
#include "count.h"
#include "hal.h"
#include "host.h"
#include "nv.h"
#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct hass_alarm) == NV_ALARM_SIZE, "the record is the request");
_Static_assert(offsetof(struct hass_alarm, zero) == 7 && offsetof(struct hass_alarm, count) == 4,
	       "the head of the record is 8 bytes");
#define HEAD 8
#define TOLD 1 /* hass_alarm.zero in the record: everybody was told */

static struct {
	uint32_t id;
	uint16_t count;
	uint8_t kind;
	uint8_t told;
} __attribute__((packed)) head; /* the record's, as stored */

static uint8_t hold; /* seconds until the next SMS may go */
static bool locked;
static bool writing;
static bool closing;   /* told, but the record does not say so yet */
static bool in_round;  /* of SMS under way */
static uint16_t fresh; /* events that came during it */

void alarm_init(void)
{
	nv_read(NV_ALARM, 0, &head, sizeof(head));
	if (!nv_stored(NV_ALARM) || head.kind >= HASS_KINDS)
		head.told = TOLD;
	hold = 0;
	locked = writing = closing = in_round = false;
}

bool alarm_pending(void)
{
	return head.told != TOLD;
}

bool alarm_due(void)
{
	return alarm_pending() && hold == 0 && !writing && !closing;
}

void alarm_lock(bool on)
{
	locked = on;
}

void alarm_begin(void)
{
	in_round = true;
	fresh = 0;
}

/* What came while the SMS went out is told in the next round, after the pause. */
void alarm_told(void)
{
	in_round = false;
	hold = config.policy.fold;
	if (fresh)
		head.count = fresh;
	else
		closing = true;
}

uint16_t alarm_count(void)
{
	return head.count;
}

uint8_t alarm_kind(void)
{
	return head.kind;
}

char alarm_text(uint8_t at)
{
	return at < HASS_TEXT_MAX ? nv_byte(NV_ALARM, HEAD + at) : 0;
}

static enum hass_result busy(uint8_t *payload, uint8_t seconds)
{
	count(HASS_C_ALARM_BUSY);
	payload[1] = seconds;
	return HASS_BUSY;
}

static bool sane(const struct hass_alarm *alarm, uint8_t text_len)
{
	if (alarm->kind >= HASS_KINDS || alarm->zero || alarm->count == 0)
		return false;
	for (uint8_t i = 0; i < text_len; i++)
		if (alarm->text[i] < ' ' || alarm->text[i] > '~')
			return false;
	return true;
}

static __attribute__((noinline)) uint16_t add(uint16_t a, uint16_t b)
{
	return a > 0xFFFF - b ? 0xFFFF : a + b;
}

/* A test must not hide a waiting alarm; otherwise the latest text stands for all. */
static void join(struct hass_alarm *alarm)
{
	if (in_round)
		fresh = add(fresh, alarm->count);
	alarm->count = add(alarm->count, head.count);
	if (head.kind == HASS_KIND_ALARM)
		alarm->kind = HASS_KIND_ALARM;
}

/*
 * The same id again is the same alarm again, unless it asks for more events: our reply
 * was lost. Writing spends a token, because cells wear; without one the agent folds.
 */
uint8_t alarm_take(uint8_t *payload, uint8_t len)
{
	struct hass_alarm *alarm = (struct hass_alarm *)payload;

	if (len <= HEAD)
		return HASS_LENGTH;
	if (!sane(alarm, len - HEAD))
		return HASS_VALUE;
	if (!config.phones)
		return HASS_OFF;
	if (nv_stored(NV_ALARM) && alarm->id == head.id)
		return HASS_OK; /* alarm_stored() finds nothing left to write */
	if (locked || closing)
		return busy(payload, 1);
	if (!nv_readable() || nv_busy())
		return HOST_AGAIN;
	if (!bucket_take(HASS_B_STORE))
		return busy(payload, 60);
	memset(payload + len, 0, sizeof(*alarm) - len);
	if (alarm_pending())
		join(alarm);
	nv_write(NV_ALARM, 0, payload, sizeof(*alarm));
	memcpy(&head, payload, sizeof(head));
	writing = true;
	return HASS_OK;
}

bool alarm_stored(void)
{
	if (nv_busy())
		return false;
	count(HASS_C_ALARM_STORED);
	writing = false;
	return true;
}

/* Only `told` changes: the id stays, to recognise a repeated request. */
static void close(void)
{
	head.told = TOLD;
	if (nv_write(NV_ALARM, 0, (const uint8_t *)&head, sizeof(head)))
		closing = false;
}

void alarm_poll(void)
{
	if (tick_second() && hold)
		hold--;
	if (closing && !nv_busy())
		close();
}
