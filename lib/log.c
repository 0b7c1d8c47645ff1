// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "log.h"

static const char *prog = "webdefender", *part = "";
static enum log_level limit = LOG_L_INFO;
static int journal;

void log_open(const char *program, const char *role, enum log_level most)
{
	prog = program;
	part = role ? role : "";
	limit = most;
	journal = getenv("JOURNAL_STREAM") != NULL;
}

/* Copies text with control characters written out; what does not fit is cut. */
static void clean(const char *from, char *to, size_t cap)
{
	size_t n = 0;

	for (; *from && n + 5 < cap; from++) {
		unsigned char c = *from;

		if (c < 0x20 || c == 0x7f)
			n += snprintf(to + n, cap - n, "\\x%02x", c);
		else
			to[n++] = c;
	}
	to[n] = 0;
}

static void emit(enum log_level level, const char *fmt, va_list ap)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	static const int priority[] = {3, 4, 6, 7};
	int saved = errno, n;
	char raw[2048], text[4096], line[4400], when[40] = "";
	struct timespec now;
	struct tm tm;

	vsnprintf(raw, sizeof(raw), fmt, ap);
	clean(raw, text, sizeof(text));
	if (journal) {
		n = snprintf(line, sizeof(line), "<%d>%s%s%s\n", priority[level], part,
			     *part ? ": " : "", text);
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		gmtime_r(&now.tv_sec, &tm);
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
		n = snprintf(line, sizeof(line), "%s.%03ldZ %s%s%s[%d] %s: %s\n", when,
			     now.tv_nsec / 1000000, prog, *part ? "/" : "", part, getpid(),
			     names[level], text);
	}
	if (n >= (int)sizeof(line))
		n = sizeof(line) - 1;
	/* One write, so that roles sharing the descriptor do not mix lines. */
	if (write(STDERR_FILENO, line, n) < 0) {
		/* Nowhere left to say it. */
	}
	errno = saved;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > limit)
		return;
	va_start(ap, fmt);
	emit(level, fmt, ap);
	va_end(ap);
}

void log_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_L_ERR, fmt, ap);
	va_end(ap);
	exit(1);
}

int err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;
	struct err made; /* fmt's arguments may be e->text itself */

	va_start(ap, fmt);
	vsnprintf(made.text, sizeof(made.text), fmt, ap);
	va_end(ap);
	if (e)
		*e = made;
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	err_set(e, "%s: %s", what, strerror(saved));
	errno = saved;
	return -1;
}
