// SPDX-License-Identifier: Apache-2.0
/* From the daemon, which knows outcomes; without it from the module, as they happen. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ident.h"
#include "kernel.h"
#include "wdctl.h"

#define LAST_DEFAULT 20

struct args {
	bool follow, json;
	long n;
	char boot_id[33];
};

static const struct argp_option options[] = {
	{"follow", 'f', NULL, 0, "go on with those to come", 0},
	{"lines", 'n', "N", 0, "the last N (20)", 0},
	{"json", 'j', NULL, 0, "one JSON object a line", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;
	char *end;

	switch (key) {
	case 'f':
		a->follow = true;
		break;
	case 'j':
		a->json = true;
		break;
	case 'n':
		a->n = strtol(arg, &end, 10);
		if (!*arg || *end || a->n < 0 || a->n > 1000000)
			argp_error(as, "-n needs a number up to 1000000, not \"%s\"", arg);
		break;
	case ARGP_KEY_ARG:
		argp_error(as, "unexpected word \"%s\"", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, NULL, "What was tried, found and restored, oldest first.",
	NULL,	 NULL,	NULL};

/* Names come from attackers: to a terminal only what cannot steer it. */
static void put_plain(const char *s)
{
	for (; *s; s++) {
		unsigned char c = *s;

		if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

/* 2026-01-31T12:00:00.123456Z -> its time of day, with milliseconds. */
static void put_line(const json_t *e)
{
	const char *time = wdctl_text(e, "time"), *path2 = wdctl_text(e, "path2"),
		   *comm = wdctl_text(e, "comm"), *note = wdctl_text(e, "note");

	printf("%.10s %.12s  %-11s %-8s ", time, strlen(time) > 11 ? time + 11 : "",
	       wdctl_text(e, "op"), wdctl_text(e, "outcome"));
	put_plain(wdctl_text(e, "path"));
	if (*path2) {
		fputs(" -> ", stdout);
		put_plain(path2);
	}
	if (*comm) {
		printf("  [%lld ", wdctl_int(e, "pid"));
		put_plain(comm);
		printf(" uid %lld]", wdctl_int(e, "uid"));
	}
	if (wdctl_int(e, "repeat") > 1)
		printf("  x%lld", wdctl_int(e, "repeat"));
	if (*note) {
		fputs("  ", stdout);
		put_plain(note);
	}
	if (*wdctl_text(e, "evidence"))
		printf("  %s", wdctl_text(e, "evidence"));
	putchar('\n');
	fflush(stdout);
}

static void put(void *arg, json_t *e)
{
	const struct args *a = arg;

	if (a->json)
		wdctl_print(e);
	else
		put_line(e);
}

static void from_kernel(void *arg, const struct kernel_event *k)
{
	static struct wd_event e; /* large */
	struct args *a = arg;
	json_t *j;

	e = k->event;
	ident_kernel(e.id, a->boot_id, k->seq);
	j = event_json(&e);
	put(a, j);
	json_decref(j);
}

static int listen_to_module(struct args *a)
{
	struct kernel_info i;
	struct err err = {""};
	struct kernel *k = kernel_open(&err);
	struct kernel_events *ev = k && !kernel_info(k, &i, &err) ? kernel_events_open(&err) : NULL;
	struct pollfd p;

	kernel_close(k);
	if (!ev)
		return wdctl_fail("neither webdefenderd nor the module can be asked: %s", err.text);
	snprintf(a->boot_id, sizeof(a->boot_id), "%s", i.boot_id);
	p = (struct pollfd){.fd = kernel_events_fd(ev), .events = POLLIN};
	while (poll(&p, 1, -1) >= 0 || errno == EINTR) {
		if (kernel_events_read(ev, 256, from_kernel, a) >= 0)
			continue;
		if (errno != ENOBUFS)
			break;
		fputs("wdctl: events came faster than they could be read, some are missing\n",
		      stderr);
	}
	kernel_events_close(ev);
	return wdctl_fail("the module is gone");
}

int cmd_events(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.n = -1};
	json_t *answer;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!wdctl_daemon(w)) {
		if (!a.follow)
			return wdctl_fail(
				"webdefenderd is not running and past events are its: start it, or use -f "
				"to see those to come from the module");
		return listen_to_module(&a);
	}
	if (a.n < 0)
		a.n = a.follow ? 0 : LAST_DEFAULT;
	answer = wdctl_call(
		w, json_pack("{s:s, s:i, s:b}", "cmd", "events", "n", (int)a.n, "follow", a.follow),
		put, NULL, &a);
	json_decref(answer);
	return answer ? WDCTL_OK : WDCTL_FAILED;
}
