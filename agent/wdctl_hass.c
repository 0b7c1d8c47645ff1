// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "wdctl.h"
#include "wdctl_hass.h"

static const char doc[] =
	"The hardware unit on the serial port: status, a test SMS, provisioning.\v"
	"  wdctl hass status [--json]\n"
	"  wdctl hass test-sms [TEXT]\n"
	"  wdctl hass provision --phone NUMBER... [OPTION...]   (see `wdctl hass provision --help')";

/* ---- status ---- */

static bool yes(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}

static void show_counters(const json_t *counters)
{
	static const char *const columns[] = {"COUNTER", ">VALUE", NULL};
	struct libscols_table *t = wdctl_table(columns);
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)counters, name, v) {
		char value[24];
		const char *cells[] = {name, value};

		snprintf(value, sizeof(value), "%lld", (long long)json_integer_value(v));
		wdctl_line(t, cells);
	}
	wdctl_show(t);
}

static void show(const json_t *j)
{
	const json_t *left = json_object_get(j, "left"), *a = json_object_get(j, "alarms");

	printf("unit       %s on %s%s%s\n", wdctl_text(j, "line"), wdctl_text(j, "port"),
	       wdctl_text(j, "problem")[0] ? ": " : "", wdctl_text(j, "problem"));
	printf("network    %s\n", yes(j, "cut") ? "CUT" : "on");
	printf("heartbeat  %s, %lld missed, %lld s left%s\n",
	       !yes(j, "beat_expected") ? "off"
	       : yes(j, "beat_lost")	? "LOST"
					: "expected",
	       wdctl_int(j, "missed"), wdctl_int(j, "beat_left"),
	       yes(j, "vouched") ? ", vouched for" : "");
	printf("publisher  %s\n",
	       yes(j, "publisher_has_key") ? "has the unit's key" : "does not have the unit's key");
	printf("modem      %s, %s, signal %lld of 31, %lld SMS on the SIM\n",
	       wdctl_text(j, "modem"), yes(j, "registered") ? "registered" : "not registered",
	       wdctl_int(j, "signal"), wdctl_int(j, "sim_used"));
	printf("stored     %lld phones, %lld secrets; jumper %s\n", wdctl_int(j, "phones"),
	       wdctl_int(j, "secrets"), yes(j, "jumper") ? "CLOSED" : "open");
	printf("left       %lld SMS this hour, %lld today, %lld alarms, tries %lld CUT %lld RESTORE\n",
	       wdctl_int(left, "sms_hour"), wdctl_int(left, "sms_day"), wdctl_int(left, "stores"),
	       wdctl_int(left, "cut_tries"), wdctl_int(left, "restore_tries"));
	printf("alarms     %lld events told, %lld waiting, %lld lost for want of a phone\n",
	       wdctl_int(a, "told"), wdctl_int(a, "waiting"), wdctl_int(a, "dropped"));
	printf("firmware   %s, up %lld s, start %lld (%s), %lld bytes of stack never used\n\n",
	       wdctl_text(j, "firmware"), wdctl_int(j, "uptime"), wdctl_int(j, "boots"),
	       wdctl_text(j, "reset"), wdctl_int(j, "stack_free"));
	show_counters(json_object_get(j, "counters"));
}

static int status(struct wdctl *w, bool json)
{
	json_t *j = wdctl_call(w, json_pack("{s:s}", "cmd", "hass-status"), NULL, NULL, NULL);
	bool well;

	if (!j)
		return WDCTL_FAILED;
	well = !wdctl_text(j, "problem")[0];
	json_object_del(j, "ok");
	json_object_del(j, "publisher_box");
	if (json)
		wdctl_print(j);
	else
		show(j);
	json_decref(j);
	return well ? WDCTL_OK : WDCTL_WRONG;
}

/* ---- test-sms ---- */

static int test_sms(struct wdctl *w, const char *text)
{
	json_t *request = json_pack("{s:s}", "cmd", "hass-test"), *j;

	if (text)
		json_object_set_new(request, "text", json_string(text));
	j = wdctl_call(w, request, NULL, NULL, NULL);
	if (!j)
		return WDCTL_FAILED;
	json_decref(j);
	puts("The unit has stored the test alarm; every phone gets an SMS.");
	return WDCTL_OK;
}

/* ---- */

struct args {
	bool json;
	const char *words[2];
	unsigned int n;
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	if (key == 'j')
		a->json = true;
	else if (key == ARGP_KEY_ARG && a->n < 2)
		a->words[a->n++] = arg;
	else if (key == ARGP_KEY_ARG)
		argp_error(as, "unexpected word \"%s\"", arg);
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static const struct argp_option options[] = {{"json", 'j', NULL, 0, "one JSON object", 0}, {0}};
static const struct argp argp = {
	options, parse, "[status|test-sms [TEXT]|provision ...]", doc, NULL, NULL, NULL};

int cmd_hass(struct wdctl *w, int argc, char **argv)
{
	struct args a = {0};
	const char *what;

	if (argc > 1 && !strcmp(argv[1], "provision")) {
		argv[1] = (char *)"wdctl hass provision";
		return cmd_hass_provision(w, argc - 1, argv + 1);
	}
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	what = a.n ? a.words[0] : "status";
	if (!strcmp(what, "status") && a.n < 2)
		return status(w, a.json);
	if (!strcmp(what, "test-sms"))
		return test_sms(w, a.words[1]);
	wdctl_fail("hass: \"%s\" is none of status, test-sms, provision", what);
	return WDCTL_USAGE;
}
