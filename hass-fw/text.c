/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"
#include "alarm.h"
#include "beat.h"
#include "bucket.h"
#include "config.h"
#include "flash.h"
#include "modem.h"
#include "netcut.h"
#include "pdu.h"

static uint8_t length; /* so far */
static uint8_t wanted; /* position that is asked for */
static char found;

static void put(char c)
{
	if (length == wanted)
		found = c;
	if (length < PDU_TEXT_MAX)
		length++;
}

static void put_flash(const char *s)
{
	char c;

	while ((c = pgm_read_byte(s++)))
		put(c);
}
#define PUT(s) put_flash(PSTR(s))

static void put_number(uint16_t n)
{
	uint16_t unit = 10000;

	while (unit > 1 && n < unit)
		unit /= 10;
	for (; unit; unit /= 10)
		put('0' + n / unit % 10);
}

static void put_site(void)
{
	char c;

	for (uint8_t i = 0; (c = config_site(i)); i++)
		put(c);
	PUT(": ");
}

static void put_alarm(void)
{
	char c;

	if (alarm_kind() == HASS_KIND_TEST)
		PUT("TEST ");
	else
		PUT("ALARM ");
	for (uint8_t i = 0; (c = alarm_text(i)); i++)
		put(c);
	if (alarm_count() > 1) {
		PUT(" (+");
		put_number(alarm_count() - 1);
		PUT(" more)");
	}
}

static void put_beat(void)
{
	if (!beat_expected())
		PUT("off");
	else if (beat_lost())
		PUT("LOST");
	else
		PUT("ok");
}

static void put_status(void)
{
	PUT("network ");
	if (netcut_is_cut())
		PUT("CUT");
	else
		PUT("on");
	PUT(", heartbeat ");
	put_beat();
	PUT(", signal ");
	put_number(modem_signal());
	PUT("/31, SMS left ");
	put_number(bucket_level(HASS_B_DAY));
}

/* What has nothing to fill in, in the order of enum hass_note and of enum text_kind. */
static const char notes[] PROGMEM = "network CUT by SMS\0"
				    "network CUT by publisher\0"
				    "network CUT, heartbeat lost\0"
				    "network RESTORED\0"
				    "heartbeat LOST\0"
				    "heartbeat back\0"
				    "WARNING: wrong codes\0";
static const char answers[] PROGMEM = "commands: CUT code, RESTORE code, STATUS\0"
				      "send one plain SMS\0"
				      "refused: code wrong or used\0"
				      "refused: too many wrong codes\0";

static void compose(enum text_kind kind)
{
	put_site();
	if (kind == TEXT_ALARM)
		put_alarm();
	else if (kind == TEXT_STATUS)
		put_status();
	else if (kind < TEXT_ALARM)
		put_flash(flash_nth(notes, kind));
	else
		put_flash(flash_nth(answers, kind - TEXT_HELP));
}

uint8_t text_length(enum text_kind kind)
{
	length = 0;
	wanted = PDU_TEXT_MAX;
	compose(kind);
	return length;
}

/* Blank where the text became shorter since it was measured. */
char text_at(enum text_kind kind, uint8_t at)
{
	length = 0;
	wanted = at;
	found = ' ';
	compose(kind);
	return found;
}
