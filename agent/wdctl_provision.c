// SPDX-License-Identifier: Apache-2.0
/*
 * Secrets are made here, go to the unit, and are shown once: to a phone's authenticator as QR
 * codes, to the publisher sealed. Nothing of them is written on this host.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "box.h"
#include "fsx.h"
#include "hash.h"
#include "hass.h"
#include "hassmsg.h"
#include "wdctl_hass.h"

#define SETTINGS_MAX 16

struct options {
	const char *phones[HASS_PHONES_MAX], *name, *pin_file;
	int n_phones;
	struct hass_rules rules;
	bool json, no_qr, rules_only;
};

struct secrets {
	uint8_t cut[HASSMSG_KEY], restore[HASSMSG_KEY], vouch[HASSMSG_KEY];
};

enum {
	OPT_BEAT = 300,
	OPT_MISSES,
	OPT_CUT_ON_LOSS,
	OPT_HOUR,
	OPT_DAY,
	OPT_RESERVE,
	OPT_FOLD,
	OPT_GRACE,
	OPT_NO_QR,
	OPT_RULES_ONLY,
};

static const struct argp_option options[] = {
	{"phone", 'p', "NUMBER", 0, "an administrator's, with + and country code; up to 4", 0},
	{"name", 'n', "TEXT", 0, "begins every SMS, up to 8 characters (the host's name)", 0},
	{"pin-file", 'P', "FILE", 0, "the SIM's PIN is the first line of FILE", 0},
	{"beat", OPT_BEAT, "S", 0, "the publisher vouches every S seconds; 0: never (60)", 1},
	{"misses", OPT_MISSES, "N", 0, "intervals without it until an SMS says so (3)", 1},
	{"cut-on-loss", OPT_CUT_ON_LOSS, NULL, 0, "and then cut the network", 1},
	{"grace", OPT_GRACE, "S", 0, "seconds after start or RESTORE before beats count (300)", 1},
	{"sms-hour", OPT_HOUR, "N", 0, "at most so many SMS an hour (12)", 2},
	{"sms-day", OPT_DAY, "N", 0, "and a day (60)", 2},
	{"reserve", OPT_RESERVE, "N", 0, "of which only for CUT and RESTORE confirmations (16)", 2},
	{"fold", OPT_FOLD, "S", 0, "seconds between two alarm SMS (60)", 2},
	{"rules-only", OPT_RULES_ONLY, NULL, 0, "leave phones, secrets, name and PIN as they are",
	 3},
	{"no-qr", OPT_NO_QR, NULL, 0, "print the otpauth URLs only", 3},
	{"json", 'j', NULL, 0, "one JSON object with both URLs", 3},
	{0},
};

static int number(struct argp_state *as, const char *text)
{
	char *end;
	long v = strtol(text, &end, 10);

	if (*end || end == text || v < 0 || v > 100000)
		argp_error(as, "\"%s\" is no number", text);
	return v;
}

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct options *o = as->input;
	int *const rules[] = {
		[OPT_BEAT - OPT_BEAT] = &o->rules.beat,
		[OPT_MISSES - OPT_BEAT] = &o->rules.misses,
		[OPT_HOUR - OPT_BEAT] = &o->rules.hour_sms,
		[OPT_DAY - OPT_BEAT] = &o->rules.day_sms,
		[OPT_RESERVE - OPT_BEAT] = &o->rules.reserve,
		[OPT_FOLD - OPT_BEAT] = &o->rules.fold,
		[OPT_GRACE - OPT_BEAT] = &o->rules.grace,
	};

	switch (key) {
	case 'p':
		if (o->n_phones == HASS_PHONES_MAX)
			argp_error(as, "more than %d phones", HASS_PHONES_MAX);
		o->phones[o->n_phones++] = arg;
		return 0;
	case 'n':
		o->name = arg;
		return 0;
	case 'P':
		o->pin_file = arg;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case OPT_CUT_ON_LOSS:
		o->rules.cut_on_loss = true;
		return 0;
	case OPT_NO_QR:
		o->no_qr = true;
		return 0;
	case OPT_RULES_ONLY:
		o->rules_only = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(as, "unexpected word \"%s\"", arg);
		return 0;
	case ARGP_KEY_END:
		if (!o->n_phones && !o->rules_only)
			argp_error(as, "give at least one --phone");
		return 0;
	}
	if (key < OPT_BEAT || key > OPT_GRACE)
		return ARGP_ERR_UNKNOWN;
	*rules[key - OPT_BEAT] = number(as, arg);
	return 0;
}

static const struct argp argp = {
	options,
	parse,
	NULL,
	"Makes new secrets and stores them, the phones and the rules in the hardware unit. Its"
	" provisioning jumper must be closed. Do this before the web server is reachable from"
	" outside: whoever owns it meanwhile sees the secrets pass.",
	NULL,
	NULL,
	NULL};

/* ---- the list of settings ---- */

struct list {
	struct hass_setting s[SETTINGS_MAX];
	int n;
};

static int add_pin(struct list *l, const char *file, struct err *err)
{
	size_t n;
	char *pin = fsx_slurp(file, 64, &n, err);
	int rc;

	if (!pin)
		return -1;
	pin[strcspn(pin, "\r\n")] = '\0';
	rc = hass_setting_pin(&l->s[l->n++], pin, err);
	explicit_bzero(pin, n);
	free(pin);
	return rc;
}

static int make_list(struct list *l, const struct options *o, const struct secrets *k,
		     const char *name, struct err *err)
{
	if (!o->rules_only) {
		hass_setting_erase(&l->s[l->n++]);
		hass_setting_secret(&l->s[l->n++], HASS_KEY_CUT, k->cut);
		hass_setting_secret(&l->s[l->n++], HASS_KEY_RESTORE, k->restore);
		hass_setting_secret(&l->s[l->n++], HASS_KEY_VOUCH, k->vouch);
		for (int i = 0; i < o->n_phones; i++)
			if (hass_setting_phone(&l->s[l->n++], i, o->phones[i], err))
				return -1;
		if (hass_setting_site(&l->s[l->n++], name, err) ||
		    (o->pin_file && add_pin(l, o->pin_file, err)))
			return -1;
	}
	return hass_setting_rules(&l->s[l->n++], &o->rules, err);
}

static void hex_of(char *to, const uint8_t *p, size_t n)
{
	*to = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(to + 2 * i, 3, "%02x", p[i]);
}

static json_t *list_json(const struct list *l)
{
	json_t *j = json_array();

	for (int i = 0; i < l->n; i++) {
		char hex[2 * HASS_SETTING_DATA + 1];

		hex_of(hex, l->s[i].data, l->s[i].len);
		json_array_append_new(j, json_pack("{s:i, s:i, s:s}", "item", (int)l->s[i].item,
						   "index", (int)l->s[i].index, "data", hex));
		explicit_bzero(hex, sizeof(hex));
	}
	return j;
}

/* ---- the publisher's share ---- */

static int parse_box(const char *hex, struct box_public *box)
{
	struct hash h; /* 32 bytes in hex, as a key is */

	if (hash_parse(hex, &h))
		return -1;
	memcpy(box->b, h.b, sizeof(box->b));
	return 0;
}

static int seal_vouch(const json_t *status, const struct secrets *k,
		      char hex[2 * HASSMSG_SEALED + 1], struct err *err)
{
	uint8_t sealed[HASSMSG_SEALED];
	struct box_public box;

	if (parse_box(wdctl_text(status, "publisher_box"), &box))
		return err_set(
			err,
			"the publisher has not been reached since webdefenderd started, so its"
			" key is not known here: connect first, or use --beat 0 for a unit that"
			" the publisher neither vouches for nor can cut by");
	if (box_seal(&box, HASSMSG_KEY_DOMAIN, wdctl_text(status, "host"), k->vouch,
		     sizeof(k->vouch), sealed, err))
		return -1;
	hex_of(hex, sealed, sizeof(sealed));
	return 0;
}

/* ---- showing ---- */

static int show_secret(const char *name, const char *what, const uint8_t *key, bool qr)
{
	char url[512], label[64];

	snprintf(label, sizeof(label), "%s %s", name, what);
	if (hass_otpauth(url, sizeof(url), label, key, HASSMSG_KEY))
		return -1;
	printf("%s: for %s\n", label,
	       !strcmp(what, "CUT") ? "cutting the network off" : "connecting it again");
	if (qr && hass_qr(url))
		return -1;
	printf("%s\n\n", url);
	explicit_bzero(url, sizeof(url));
	return 0;
}

static int show(const struct options *o, const struct secrets *k, const char *name, bool sealed)
{
	char cut[512], restore[512], label[64];

	if (o->json) {
		snprintf(label, sizeof(label), "%s CUT", name);
		hass_otpauth(cut, sizeof(cut), label, k->cut, HASSMSG_KEY);
		snprintf(label, sizeof(label), "%s RESTORE", name);
		hass_otpauth(restore, sizeof(restore), label, k->restore, HASSMSG_KEY);
		wdctl_print(json_pack("{s:s, s:s, s:b}", "cut", cut, "restore", restore,
				      "publisher_key_sealed", sealed));
		explicit_bzero(cut, sizeof(cut));
		explicit_bzero(restore, sizeof(restore));
		return 0;
	}
	puts("Scan both with an authenticator app now: they are not shown again, and not kept here.\n");
	if (show_secret(name, "CUT", k->cut, !o->no_qr) ||
	    show_secret(name, "RESTORE", k->restore, !o->no_qr))
		return -1;
	puts(sealed ? "The publisher gets its key sealed, over the link (wdpub hass status)."
		    : "No key for a publisher was made.");
	puts("Open the jumper. Then try: wdctl hass test-sms, and an SMS `STATUS' to the unit.");
	return 0;
}

static void progress(void *arg, json_t *j)
{
	(void)arg;
	fprintf(stderr, "\rstoring %lld of %lld ", wdctl_int(j, "done"), wdctl_int(j, "of"));
	if (wdctl_int(j, "done") == wdctl_int(j, "of"))
		fputc('\n', stderr);
}

static int provision(struct wdctl *w, const struct options *o, const json_t *status,
		     struct secrets *k)
{
	char hex[2 * HASSMSG_SEALED + 1], name[9];
	bool sealed = !o->rules_only && o->rules.beat;
	struct list l = {.n = 0};
	struct err err = {""};
	json_t *request, *answer;

	snprintf(name, sizeof(name), "%s", o->name ? o->name : wdctl_text(status, "host"));
	if (fsx_random(k, sizeof(*k)) < 0)
		return wdctl_fail("no random bytes");
	if (!sealed)
		memset(k->vouch, 0, sizeof(k->vouch)); /* zeros: none */
	if (make_list(&l, o, k, o->name ? o->name : name, &err) ||
	    (sealed && seal_vouch(status, k, hex, &err)))
		return wdctl_fail("%s", err.text);
	request = json_pack("{s:s, s:o}", "cmd", "hass-provision", "settings", list_json(&l));
	if (sealed)
		json_object_set_new(request, "sealed", json_string(hex));
	explicit_bzero(&l, sizeof(l));
	answer = wdctl_call(w, request, NULL, o->json ? NULL : progress, NULL);
	if (!answer)
		return WDCTL_FAILED;
	json_decref(answer);
	if (o->rules_only) {
		puts(o->json ? "{}" : "The rules are stored. Open the jumper.");
		return WDCTL_OK;
	}
	return show(o, k, name, sealed) ? wdctl_fail("the secrets cannot be shown: provision again")
					: WDCTL_OK;
}

int cmd_hass_provision(struct wdctl *w, int argc, char **argv)
{
	struct options o = {.rules = {.beat = 60,
				      .misses = 3,
				      .hour_sms = 12,
				      .day_sms = 60,
				      .reserve = 16,
				      .fold = 60,
				      .grace = 300}};
	struct secrets k;
	json_t *status;
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	status = wdctl_call(w, json_pack("{s:s}", "cmd", "hass-status"), NULL, NULL, NULL);
	if (!status)
		return WDCTL_FAILED;
	rc = provision(w, &o, status, &k);
	explicit_bzero(&k, sizeof(k));
	json_decref(status);
	return rc;
}
