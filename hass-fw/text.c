/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"
#include "alarm.h"
#include "beat.h"
#include "bucket.h"
#include "config.h"
#include "flash.h"
#include "hal.h"
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

static void put_number(uint32_t n)
{
	uint32_t unit = 1;

	while (n / unit >= 10)
		unit *= 10;
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
		PUT(" (and ");
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
	PUT("/31, up ");
	put_number(tick_seconds() / 60);
	PUT(" min, SMS left today ");
	put_number(bucket_level(HASS_B_DAY));
}

static void compose(enum text_kind kind)
{
	put_site();
	switch ((uint8_t)kind) {
	case HASS_N_CUT_SMS:
		PUT("network CUT by SMS");
		break;
	case HASS_N_CUT_PUBLISHER:
		PUT("network CUT by the publisher");
		break;
	case HASS_N_CUT_BEAT:
		PUT("network CUT, the heartbeat was lost");
		break;
	case HASS_N_RESTORED:
		PUT("network RESTORED");
		break;
	case HASS_N_BEAT_LOST:
		PUT("heartbeat LOST: publisher or web server silent or not healthy");
		break;
	case HASS_N_BEAT_BACK:
		PUT("heartbeat is back");
		break;
	case HASS_N_GUESSING:
		PUT("WARNING: somebody is trying wrong codes in the name of a listed number");
		break;
	case TEXT_ALARM:
		put_alarm();
		break;
	case TEXT_STATUS:
		put_status();
		break;
	case TEXT_HELP:
		PUT("commands: CUT code, RESTORE code, STATUS, HELP. A code is 8 digits");
		break;
	case TEXT_FOREIGN:
		PUT("not understood: send one plain SMS without emoji or attachments");
		break;
	case TEXT_WRONG:
		PUT("refused: code wrong or already used");
		break;
	case TEXT_LIMITED:
		PUT("refused: too many wrong codes, wait some minutes");
		break;
	}
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
