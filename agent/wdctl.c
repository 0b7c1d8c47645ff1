// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "audit.h"
#include "ctl.h"
#include "wdctl.h"

static int cmd_audit(struct wdctl *w, int argc, char **argv)
{
	(void)w; /* it works on the server's own files, whether or not there is an agent */
	return audit_main(argc, argv);
}

static const struct {
	const char *name;
	int (*run)(struct wdctl *w, int argc, char **argv);
	const char *words, *help;
} commands[] = {
	{"status", cmd_status, "", "what is protected, by what, and whether all is well"},
	{"mode", cmd_mode, "[off|audit|enforce] [DIR|SITE]", "show or set the mode"},
	{"protect", cmd_protect, "DIR [--mode M]", "protect a directory, with the module alone"},
	{"unprotect", cmd_unprotect, "DIR", "no longer protect it"},
	{"filter", cmd_filter, "[list|add ROOT F...|remove ROOT F...]",
	 "what may change inside a protected directory"},
	{"events", cmd_events, "[-f] [-n N]", "what was tried, found and restored"},
	{"verify", cmd_verify, "[SITE]", "compare every byte with the signed release, and repair"},
	{"restore", cmd_restore, "PATH|SITE", "compare and repair a part of a site"},
	{"evidence", cmd_evidence, "[list|show ID|export ID -o FILE|check]",
	 "what was tampered with, kept"},
	{"audit", cmd_audit, "tomcat [--fix]|undo ID|list",
	 "judge a Tomcat's configuration, and mend it"},
	{"hass", cmd_hass, "[status|test-sms|provision]", "the hardware unit"},
	{"seal", cmd_seal, "", "let root no longer change what is protected"},
	{"unseal", cmd_unseal, "[--response TEXT]", "how the publisher lets it, for a time"},
	{"enrol", cmd_enrol, "FILE [--site NAME=DIR]...", "make this host known to its publisher"},
};
#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

int wdctl_fail(const char *fmt, ...)
{
	va_list ap;

	fputs("wdctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return WDCTL_FAILED;
}

bool wdctl_daemon(const struct wdctl *w)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	if (fd < 0)
		return false;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", w->socket);
	rc = connect(fd, (struct sockaddr *)&a, sizeof(a));
	close(fd);
	return !rc;
}

json_t *wdctl_call(const struct wdctl *w, json_t *request, void (*row)(void *arg, json_t *j),
		   void (*progress)(void *arg, json_t *j), void *arg)
{
	struct err err = {""};
	json_t *answer;

	if (!wdctl_daemon(w)) {
		json_decref(request);
		wdctl_fail(
			"webdefenderd does not answer on %s: start it (systemctl start webdefenderd)",
			w->socket);
		return NULL;
	}
	answer = ctl_call(w->socket, request, row, progress, arg, &err);
	if (!answer) {
		wdctl_fail("%s", err.text);
	} else if (!json_is_true(json_object_get(answer, "ok"))) {
		wdctl_fail("%s", wdctl_text(answer, "error"));
		json_decref(answer);
		answer = NULL;
	}
	return answer;
}

void wdctl_print(json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
}

const char *wdctl_text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

long long wdctl_int(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

struct libscols_table *wdctl_table(const char *const *columns)
{
	struct libscols_table *t = scols_new_table();

	if (!t)
		return NULL;
	for (; *columns; columns++) {
		bool right = **columns == '>';

		scols_table_new_column(t, *columns + right, 0, right ? SCOLS_FL_RIGHT : 0);
	}
	return t;
}

void wdctl_line(struct libscols_table *t, const char *const *cells)
{
	struct libscols_line *l = t ? scols_table_new_line(t, NULL) : NULL;

	for (size_t i = 0; l && i < scols_table_get_ncols(t); i++)
		scols_line_set_data(l, i, cells[i]);
}

void wdctl_show(struct libscols_table *t)
{
	if (t && scols_table_get_nlines(t))
		scols_print_table(t);
	scols_unref_table(t);
}

const char *wdctl_bytes(unsigned long long n, char to[16])
{
	static const char units[] = "KMGTPE";
	double v = n;
	int u = -1;

	while (v >= 1024 && units[u + 1]) {
		v /= 1024;
		u++;
	}
	if (u < 0)
		snprintf(to, 16, "%llu", n);
	else
		snprintf(to, 16, "%.1f%c", v, units[u]);
	return to;
}

const char *wdctl_when(long long seconds, char to[32])
{
	time_t t = seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&t, &tm))
		return "never";
	strftime(to, 32, "%Y-%m-%d %H:%M:%S", &tm);
	return to;
}

static void help(FILE *to)
{
	fputs("usage: wdctl COMMAND [OPTION...]      wdctl COMMAND --help\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-10s %-38s %s\n", commands[i].name, commands[i].words,
			commands[i].help);
	fputs("\nWD_AGENT_STATE, WD_AGENT_CONFIG and WD_AGENT_SOCKET replace the usual places.\n"
	      "Exit status: 0 well, 1 something was wrong, 2 it could not be done, 64 wrong usage. See wdctl(1).\n",
	      to);
}

int main(int argc, char **argv)
{
	struct wdctl w = {state_env("WD_AGENT_STATE", STATE_DIR),
			  state_env("WD_AGENT_CONFIG", STATE_CONFIG),
			  state_env("WD_AGENT_SOCKET", STATE_SOCKET)};

	setlocale(LC_ALL, "");
	argp_err_exit_status = WDCTL_USAGE;
	log_open("wdctl", NULL, LOG_L_ERR);
	if (argc < 2) {
		help(stderr);
		return WDCTL_USAGE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("wdctl " WD_VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return 0;
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, argv[1])) {
			char name[64];

			snprintf(name, sizeof(name), "wdctl %s", argv[1]);
			argv[1] = name;
			return commands[i].run(&w, argc - 1, argv + 1);
		}
	}
	wdctl_fail("no command \"%s\"", argv[1]);
	help(stderr);
	return WDCTL_USAGE;
}
