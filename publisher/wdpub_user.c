// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "wdpub.h"

struct user_options {
	const char *role, *email, *phone, *language;
	int disabled; /* -1: as it is */
};

enum { OPT_ROLE = 300, OPT_EMAIL, OPT_PHONE, OPT_LANGUAGE, OPT_DISABLE, OPT_ENABLE };

static const struct argp_option add_options[] = {
	{"role", OPT_ROLE, "ROLE", 0, "administrator, operator or auditor (default auditor)", 0},
	{"email", OPT_EMAIL, "NAME@DOMAIN", 0, "For alarms", 0},
	{"phone", OPT_PHONE, "+NUMBER", 0, "For alarms by SMS", 0},
	{"language", OPT_LANGUAGE, "en|zh|ko", 0, "Of the pages", 0},
	{0},
};

static const struct argp_option set_options[] = {
	{"role", OPT_ROLE, "ROLE", 0, "administrator, operator or auditor", 0},
	{"email", OPT_EMAIL, "NAME@DOMAIN", 0, "\"\" forgets it", 0},
	{"phone", OPT_PHONE, "+NUMBER", 0, "\"\" forgets it", 0},
	{"language", OPT_LANGUAGE, "en|zh|ko", 0, "Of the pages; \"\": the publisher's", 0},
	{"disable", OPT_DISABLE, NULL, 0, "May not sign in any more", 0},
	{"enable", OPT_ENABLE, NULL, 0, "May again", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct user_options *o = state->input;

	switch (key) {
	case OPT_ROLE:
		o->role = arg;
		return 0;
	case OPT_EMAIL:
		o->email = arg;
		return 0;
	case OPT_PHONE:
		o->phone = arg;
		return 0;
	case OPT_LANGUAGE:
		o->language = arg;
		return 0;
	case OPT_DISABLE:
	case OPT_ENABLE:
		o->disabled = key == OPT_DISABLE;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void put(json_t *request, const char *name, const char *value)
{
	if (value)
		json_object_set_new(request, name, json_string(value));
}

/* To standard output and nowhere else: it is shown this once. */
static int show_once(const struct wdpub *w, const json_t *answer)
{
	if (w->json) {
		print_json(answer);
		return EXIT_DONE;
	}
	printf("One-time password of %s (%s): %s\n"
	       "It serves once, until %s: at the first login to the console %s sets a password and"
	       " a second factor.\n",
	       str_of(answer, "name"), str_of(answer, "role"), str_of(answer, "password"),
	       human_time(str_of(answer, "one_time_until")), str_of(answer, "name"));
	return EXIT_DONE;
}

int cmd_user_add(struct wdpub *w, int argc, char **argv)
{
	struct user_options o = {.role = "auditor", .disabled = -1};
	struct words words = {.n = 0};
	json_t *request, *answer;

	wdpub_parse(w, argc, argv, add_options, parse, &o, "NAME",
		    "Lets somebody use the web console; prints a password that serves once.",
		    &words, 1, 1);
	request = json_pack("{s:s, s:s}", "cmd", "user-add", "name", words.v[0]);
	put(request, "role", o.role);
	put(request, "email", o.email);
	put(request, "phone", o.phone);
	put(request, "language", o.language);
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	return answer ? show_once(w, answer) : wdpub_status(w);
}

int cmd_user_list(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *rows, *u;
	struct table *t;
	size_t i;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "", "Lists who may use the web console.",
		    &words, 0, 0);
	if (!wdpub_call(w, json_pack("{s:s}", "cmd", "user-list"), &rows, NULL, NULL, NULL))
		return wdpub_status(w);
	if (w->json) {
		print_json(rows);
		return EXIT_DONE;
	}
	t = table_new("USER ROLE STATE EMAIL PHONE >SESSIONS LAST-LOGIN");
	json_array_foreach (rows, i, u)
		table_row(t, str_of(u, "name"), str_of(u, "role"),
			  true_of(u, "disabled") ? "disabled"
			  : true_of(u, "first")	 ? "one-time password"
			  : true_of(u, "totp")	 ? "ok"
						 : "no second factor",
			  str_of(u, "email"), str_of(u, "phone"),
			  human_number(int_of(u, "sessions")), human_time(str_of(u, "last_login")));
	table_end(t);
	return EXIT_DONE;
}

int cmd_user_set(struct wdpub *w, int argc, char **argv)
{
	struct user_options o = {.disabled = -1};
	struct words words = {.n = 0};
	json_t *request, *answer;

	wdpub_parse(w, argc, argv, set_options, parse, &o, "NAME",
		    "Changes what is given; other rights end the user's sessions.", &words, 1, 1);
	request = json_pack("{s:s, s:s}", "cmd", "user-set", "name", words.v[0]);
	put(request, "role", o.role);
	put(request, "email", o.email);
	put(request, "phone", o.phone);
	put(request, "language", o.language);
	if (o.disabled >= 0)
		json_object_set_new(request, "disabled", json_boolean(o.disabled));
	answer = wdpub_call(w, request, NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, NULL);
}

int cmd_user_remove(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "NAME",
		    "Ends the sessions of a user, and forgets the user; the audit log does not.",
		    &words, 1, 1);
	answer = wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "user-remove", "name", words.v[0]),
			    NULL, NULL, NULL, NULL);
	return wdpub_done(w, answer, NULL);
}

static int reset(struct wdpub *w, int argc, char **argv, bool totp, const char *doc)
{
	struct words words = {.n = 0};
	json_t *answer;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "NAME", doc, &words, 1, 1);
	answer = wdpub_call(
		w,
		json_pack("{s:s, s:s, s:b}", "cmd", "user-reset", "name", words.v[0], "totp", totp),
		NULL, NULL, NULL, NULL);
	return answer ? show_once(w, answer) : wdpub_status(w);
}

int cmd_user_passwd(struct wdpub *w, int argc, char **argv)
{
	return reset(w, argc, argv, false,
		     "Gives a user who forgot the password one that serves once; the second factor"
		     " is still asked for.");
}

int cmd_user_reset_totp(struct wdpub *w, int argc, char **argv)
{
	return reset(w, argc, argv, true,
		     "For a user who lost the second factor: forgets it, and gives a password that"
		     " serves once. Be certain who asks.");
}
