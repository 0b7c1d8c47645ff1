/* SPDX-License-Identifier: Apache-2.0 */
#include "at.h"
#include "flash.h"

static enum at_event end_of_line(struct at_rx *rx)
{
	enum at_event event = AT_MORE;

	if (rx->hex)
		event = AT_HEX_END;
	else if (rx->len)
		event = AT_LINE;
	rx->line[rx->len] = 0;
	rx->len = 0;
	rx->hex = false;
	return event;
}

static enum at_event first(struct at_rx *rx, char c)
{
	rx->cut = false;
	if (c == ' ')
		return AT_MORE;
	if (c == '>')
		return AT_PROMPT;
	if (c >= '0' && c <= '9') {
		rx->hex = true;
		return AT_HEX;
	}
	rx->line[rx->len++] = c;
	return AT_MORE;
}

enum at_event at_feed(struct at_rx *rx, char c)
{
	if (c == '\r' || c == '\n')
		return end_of_line(rx);
	if (rx->hex)
		return AT_HEX;
	if (c == 0)
		return AT_MORE;
	if (rx->len == 0)
		return first(rx, c);
	if (rx->len < AT_LINE_MAX)
		rx->line[rx->len++] = c;
	else
		rx->cut = true;
	return AT_MORE;
}

#define WORD_MAX 11
static const struct {
	char text[WORD_MAX];
	uint8_t word;
} words[] PROGMEM = {
	{"+CMS ERROR", AT_CMS_ERROR}, {"+CME ERROR", AT_ERROR}, {"+CMTI", AT_CMTI},
	{"+CMGR", AT_CMGR},	      {"+CMGS", AT_CMGS},	{"+CPIN", AT_CPIN},
	{"+CREG", AT_CREG},	      {"+CSQ", AT_CSQ},		{"+CPMS", AT_CPMS},
	{"+CFUN", AT_CFUN},	      {"+ZSMGS", AT_FULL},
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static const char *skip(const char *p, char c)
{
	while (*p == c)
		p++;
	return p;
}

enum at_word at_word(const char *line, const char **rest)
{
	for (uint8_t i = 0; i < WORDS; i++) {
		uint8_t len = strlen_P(words[i].text);

		if (strncmp_P(line, words[i].text, len) == 0 && line[len] == ':') {
			*rest = skip(line + len + 1, ' ');
			return pgm_read_byte(&words[i].word);
		}
	}
	*rest = line;
	if (strcmp_P(line, PSTR("OK")) == 0)
		return AT_OK;
	return strcmp_P(line, PSTR("ERROR")) == 0 ? AT_ERROR : AT_UNKNOWN;
}

int16_t at_number(const char *rest, uint8_t n)
{
	int16_t number = 0;

	while (n) {
		if (*rest == 0)
			return -1;
		if (*rest++ == ',')
			n--;
	}
	rest = skip(rest, ' ');
	if (*rest < '0' || *rest > '9')
		return -1;
	for (; *rest >= '0' && *rest <= '9' && number < 1000; rest++)
		number = 10 * number + (*rest - '0');
	return number;
}
