// SPDX-License-Identifier: Apache-2.0
/* What people read: a mail for a tired administrator, a line for a log server, an SMS. */
#include <ctype.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notifier.h"

#define T(key) order_text(m, key)

static const char *upper(const char *s)
{
	static char to[32];
	size_t i = 0;

	for (; s[i] && i + 1 < sizeof(to); i++)
		to[i] = toupper((unsigned char)s[i]);
	to[i] = 0;
	return to;
}

/* 2026-01-31T12:00:00.123456Z to 2026-01-31 12:00:00 UTC */
static const char *when(const char *iso)
{
	static char ring[4][40];
	static unsigned at;
	char *to = ring[at++ % 4];

	if (strlen(iso) < 19)
		return "-";
	snprintf(to, 40, "%.10s %.8s UTC", iso, iso + 11);
	return to;
}

static const char *where(const json_t *m)
{
	static char to[256];
	const char *host = T("host"), *subject = T("subject");

	snprintf(to, sizeof(to), "%s%s%s", *host ? host : "the publisher", *subject ? ", " : "",
		 subject);
	return to;
}

static const char *about(const json_t *m)
{
	static const char *const words[][2] = {
		{"open", "New alarm."},
		{"digest",
		 "Several alarms of one kind came together; this message is for all of them."},
		{"more", "It goes on: more of the same since the last message."},
		{"escalate", "Nobody has acknowledged this alarm yet."},
		{"clear", "This alarm is over. Nothing needs to be done any more."},
		{"test", "This is only a test."},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i][0], T("reason")))
			return words[i][1];
	return "";
}

static char *body(const json_t *m)
{
	char *to = NULL;
	long long id = json_integer_value(json_object_get(m, "id"));
	long long count = json_integer_value(json_object_get(m, "count"));
	bool over = !strcmp(T("reason"), "clear"), test = !strcmp(T("reason"), "test");
	char ack[128] = "", event[128] = "";

	if (id && !over && !test)
		snprintf(ack, sizeof(ack),
			 "\nOn it already? Tell the others, and stop these messages:\n"
			 "  wdpub alarm ack %lld\n",
			 id);
	if (*T("event"))
		snprintf(event, sizeof(event), "Event:      %s\n", T("event"));
	if (asprintf(&to,
		     "%s\n\n"
		     "What:       %s\n"
		     "Where:      %s\n"
		     "Details:    %s\n"
		     "Severity:   %s\n"
		     "Since:      %s\n"
		     "Last:       %s%s%lld time%s\n"
		     "%s"
		     "\nWhat to do: %s\n"
		     "%s"
		     "\n-- \nWebDefender%s%s, alarm %lld (%s)\n",
		     about(m), T("title"), where(m), T("text"), T("severity"), when(T("raised")),
		     when(T("last")), ", ", count, count == 1 ? "" : "s", event,
		     over ? "nothing." : T("remedy"), ack, *T("publisher") ? " on " : "",
		     T("publisher"), id, T("kind")) < 0)
		return NULL;
	return to;
}

/* Only of our own words and checked names: nothing an attacker chose is in a header. */
static void subject(const json_t *m, char *to, size_t cap)
{
	const char *reason = T("reason");
	const char *first = !strcmp(reason, "clear")	  ? "over"
			    : !strcmp(reason, "escalate") ? "STILL OPEN"
							  : upper(T("severity"));

	snprintf(to, cap, "[WebDefender] %s: %s%s%s%s", first, T("title"), *T("host") ? " (" : "",
		 T("host"), *T("host") ? ")" : "");
	for (; *to; to++)
		if ((unsigned char)*to < 0x20 || (unsigned char)*to >= 0x7f)
			*to = '?';
}

static char *base64(const char *text)
{
	size_t n = strlen(text), lines = n / 57 + 1, at = 0;
	char *to = malloc(lines * 78 + 1);

	for (size_t i = 0; to && i < n; i += 57) {
		at += EVP_EncodeBlock((unsigned char *)to + at, (const unsigned char *)text + i,
				      n - i < 57 ? n - i : 57);
		memcpy(to + at, "\r\n", 3);
		at += 2;
	}
	if (to)
		to[at] = 0;
	return to;
}

static void join(const json_t *list, char *to, size_t cap)
{
	size_t i, at = 0;
	json_t *x;

	*to = 0;
	json_array_foreach (list, i, x)
		if (at < cap)
			at += snprintf(to + at, cap - at, "%s%s", i ? ",\r\n " : "",
				       json_string_value(x));
}

char *text_mail(const json_t *conf, const json_t *m, uint64_t n, size_t *len)
{
	char *plain = body(m), *coded = plain ? base64(plain) : NULL, *to = NULL;
	char head[256], rcpt[40 * 260], date[64];
	const char *domain = strchr(order_text(conf, "from"), '@');
	time_t now = time(NULL);
	struct tm tm;
	int size = -1;

	subject(m, head, sizeof(head));
	join(json_object_get(conf, "to"), rcpt, sizeof(rcpt));
	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	if (coded)
		size = asprintf(&to,
				"From: WebDefender <%s>\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\n"
				"Message-ID: <webdefender.%lld.%llu@%s>\r\n"
				"Auto-Submitted: auto-generated\r\n%s"
				"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
				"Content-Transfer-Encoding: base64\r\n\r\n%s",
				order_text(conf, "from"), rcpt, head, date, (long long)now,
				(unsigned long long)n, domain ? domain + 1 : "localhost",
				!strcmp(T("severity"), "critical") ? "X-Priority: 1\r\n" : "",
				coded);
	free(plain);
	free(coded);
	*len = size < 0 ? 0 : size;
	return size < 0 ? NULL : to;
}

char *text_webhook(const json_t *m, uint64_t n)
{
	json_t *j = json_copy((json_t *)m);
	char *to;

	json_object_del(j, "to");
	json_object_set_new(j, "webdefender", json_integer(1)); /* the form's version */
	json_object_set_new(j, "delivery", json_integer(n));
	to = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	return to;
}

/* A value of structured data: RFC 5424 6.3.3 escapes three characters. */
static char *quoted(char *to, size_t cap, const char *s)
{
	size_t at = 0;

	for (; *s && at + 3 < cap; s++) {
		if (strchr("\"\\]", *s))
			to[at++] = '\\';
		to[at++] = *s;
	}
	to[at] = 0;
	return to;
}

char *text_syslog(const json_t *m, const char *hostname, uint64_t n)
{
	const int local0 = 16;
	int level = !strcmp(T("severity"), "critical")	? 2
		    : !strcmp(T("severity"), "warning") ? 4
							: 6;
	char subj[300], stamp[40], *to = NULL;
	const char *iso = T("last");

	if (!strcmp(T("reason"), "clear"))
		level = 5;
	snprintf(stamp, sizeof(stamp), "%s", *iso ? iso : "-");
	/* 32473 is the number that RFC 5612 keeps for examples; ours to come. */
	if (asprintf(&to,
		     "<%d>1 %s %s webdefender - %s [webdefender@32473 alarm=\"%lld\" kind=\"%s\""
		     " reason=\"%s\" severity=\"%s\" host=\"%s\" subject=\"%s\" count=\"%lld\""
		     " event=\"%s\" delivery=\"%llu\"] \xef\xbb\xbf%s: %s",
		     local0 * 8 + level, stamp, *hostname ? hostname : "-", T("kind"),
		     (long long)json_integer_value(json_object_get(m, "id")), T("kind"),
		     T("reason"), T("severity"), T("host"),
		     quoted(subj, sizeof(subj), T("subject")),
		     (long long)json_integer_value(json_object_get(m, "count")), T("event"),
		     (unsigned long long)n, T("title"), T("text")) < 0)
		return NULL;
	return to;
}

/*
 * 36 characters behind the unit's own "NAME: ALARM ": number, kind, place. Who reads it at night
 * answers with `wdpub alarm ack NUMBER`; what it is about is in `wdpub alarm list`.
 */
char *text_short(const json_t *m, size_t max)
{
	static const char *const first[][2] = {
		{"escalate", "STILL "}, {"clear", "over "}, {"more", "more "}, {"digest", "many "}};
	const char *prefix = "", *host = T("host"), *subj = T("subject");
	char *to = NULL;
	int n;

	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (!strcmp(T("reason"), first[i][0]))
			prefix = first[i][1];
	if (!strcmp(T("reason"), "test"))
		n = asprintf(&to, "of the publisher%s%s", *T("publisher") ? " " : "",
			     T("publisher"));
	else
		n = asprintf(&to, "%s#%lld %s %s%s%s", prefix,
			     (long long)json_integer_value(json_object_get(m, "id")), T("kind"),
			     *host ? host : "publisher", *subj ? "/" : "", subj);
	if (n < 0)
		return NULL;
	for (char *p = to; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	if (strlen(to) > max)
		to[max] = 0;
	return to;
}
