// SPDX-License-Identifier: Apache-2.0
/* wdpub_call - asking the daemon, and what a command does with its answer */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "wdpub.h"

/* C0 and C1 in UTF-8, and what turns the direction of reading. Its length; 0: harmless. */
static size_t deceiving(const unsigned char *s, bool lines)
{
	if (*s == '\n' || *s == '\t')
		return !lines;
	if (*s < 0x20 || *s == 0x7f)
		return 1;
	if (*s == 0xc2 && s[1] < 0xa0)
		return 2;
	if (*s == 0xe2 && s[1] == 0x80 &&
	    (s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae)))
		return 3;
	return *s == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0;
}

void print_plain(const char *text, FILE *to, bool lines)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		size_t n = deceiving(s, lines);

		if (!n)
			putc(*s++, to);
		while (n--)
			fprintf(to, "\\x%02x", *s++);
	}
}

static void plain_string(json_t *j)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return;
	print_plain(json_string_value(j), f, false);
	if (!fclose(f))
		json_string_set(j, text);
	free(text);
}

void make_plain(json_t *j)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		plain_string(j);
	json_object_foreach (j, key, v)
		make_plain(v);
	json_array_foreach (j, i, v)
		make_plain(v);
}

struct gather {
	bool plain; /* for a terminal */
	json_t **rows;
	void (*row)(void *arg, json_t *j);
	void (*progress)(void *arg, json_t *j);
	void *arg;
};

static void on_row(void *arg, json_t *j)
{
	struct gather *g = arg;

	if (g->row && g->plain)
		make_plain(j);
	if (g->row)
		g->row(g->arg, j);
	if (g->rows)
		json_array_append(*g->rows, j);
}

static void on_progress(void *arg, json_t *j)
{
	struct gather *g = arg;

	if (g->progress)
		g->progress(g->arg, j);
}

static void complain(const struct wdpub *w, const char *what)
{
	if (errno == ENOENT || errno == ECONNREFUSED)
		fprintf(stderr,
			"wdpub: wdpublisherd is not running (%s).\n"
			"Start it with `systemctl start wdpublisherd`, or in the foreground:"
			" `wdpublisherd`\n",
			what);
	else if (errno == EACCES || errno == EPERM)
		fprintf(stderr,
			"wdpub: %s: only root, and the user wdpublisherd runs as, may use"
			" it\n",
			w->socket);
	else
		fprintf(stderr, "wdpub: %s\n", what);
}

/* sudo and login say it; nothing when the daemon has to go by the user id alone. */
static void sign(json_t *request)
{
	const char *by = getenv("SUDO_USER");

	if (!by || !*by)
		by = getlogin();
	if (by && *by)
		json_object_set_new(request, "by", json_string(by));
}

json_t *wdpub_ask(struct wdpub *w, json_t *request, struct err *err)
{
	sign(request);
	return ctl_call(w->socket, request, NULL, NULL, NULL, err);
}

json_t *wdpub_call(struct wdpub *w, json_t *request, json_t **rows,
		   void (*row)(void *arg, json_t *j), void (*progress)(void *arg, json_t *j),
		   void *arg)
{
	struct gather g = {!w->json, rows, row, progress, arg};
	struct err err = {""};
	json_t *answer;

	w->refused = 0;
	if (rows)
		*rows = json_array();
	sign(request);
	errno = 0;
	answer = ctl_call(w->socket, request, on_row, on_progress, &g, &err);
	if (!answer) {
		complain(w, err.text);
	} else if (!json_is_true(json_object_get(answer, "ok"))) {
		w->refused = 1;
		fprintf(stderr, "wdpub: %s\n", str_of(answer, "error"));
		json_decref(answer);
		answer = NULL;
	} else {
		json_object_del(answer, "ok");
	}
	return answer;
}

int wdpub_done(struct wdpub *w, json_t *answer, const char *fmt, ...)
{
	va_list ap;

	if (!answer)
		return wdpub_status(w);
	if (w->json) {
		print_json(answer);
	} else if (fmt) {
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
		putchar('\n');
	}
	json_decref(answer);
	return EXIT_DONE;
}

int wdpub_status(const struct wdpub *w)
{
	return w->refused ? EXIT_REFUSED : EXIT_COULD_NOT;
}

void print_json(const json_t *j)
{
	json_dumpf(j, stdout, JSON_INDENT(2));
	putchar('\n');
}

void print_json_line(const json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
}

const char *str_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

json_int_t int_of(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

bool true_of(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}
