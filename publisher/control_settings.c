// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "control.h"
#include "event.h"
#include "fsx.h"
#include "layout.h"
#include "pki.h"
#include "settings.h"
#include "sites.h"

/* Of the console's certificate; null where it cannot be read. */
static json_t *certificate_json(struct engine *e)
{
	char *pem, hex[HASH_HEX], when[32], state_crt[LAYOUT_PATH_MAX];
	struct hash fingerprint;
	time_t expires;
	size_t n;
	json_t *j = NULL;

	pem = fsx_slurp(e->console_crt, PKI_PEM_MAX, &n, NULL);
	if (pem && !pki_fingerprint(pem, &fingerprint, NULL) && !pki_expiry(pem, &expires, NULL))
		j = json_pack("{s:s, s:s, s:b, s:s}", "fingerprint", hash_hex(&fingerprint, hex),
			      "expires", event_time(expires * 1000000000ll, when), "self_made",
			      !strcmp(layout_path(state_crt, e->state, LAYOUT_CONSOLE_CRT),
				      e->console_crt),
			      "file", e->console_crt);
	free(pem);
	return j ? j : json_null();
}

/* When the first of the current releases runs out; "" without one. */
static json_t *release_expires(struct engine *e)
{
	int64_t first = INT64_MAX;
	char when[32] = "";
	struct site *s;

	TAILQ_FOREACH (s, &e->sites, entry)
		if (s->has_current && s->current.expires < first)
			first = s->current.expires;
	if (first != INT64_MAX)
		event_time(first * 1000000000ll, when);
	return json_string(when);
}

static json_t *all_json(struct engine *e)
{
	json_t *j = settings_json(e);

	json_object_set_new(j, "certificate", certificate_json(e));
	json_object_set_new(j, "release_expires", release_expires(e));
	json_object_set_new(j, "maintenance", maintenance_json(e));
	return j;
}

void control_settings_show(struct engine *e, struct ctl_conn *c, json_t *request)
{
	if (!control_args(c, request, ""))
		ctl_ok(c, all_json(e));
}

void control_settings_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *wrong, *first;
	struct err err = {""};

	json_object_del(request, "cmd");
	if (!settings_set(e, request, &wrong, &err)) {
		json_decref(wrong);
		ctl_ok(c, all_json(e));
		return;
	}
	first = json_array_get(wrong, 0);
	if (first)
		ctl_refuse(c,
			   json_pack("{s:s, s:O, s:O}", "reason", "bad-request", "field",
				     json_object_get(first, "field"), "errors", wrong),
			   "nothing was changed: %s",
			   json_string_value(json_object_get(first, "error")));
	else
		ctl_fail(c, "nothing was changed: %s", err.text);
	json_decref(wrong);
}

void control_maintenance_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *reason, *why = NULL, *field = "reason";
	char number[24], shown[CONTROL_SHOWN];
	json_int_t minutes;
	struct err err;

	if (control_args(c, request, "s:s, s:I", "reason", &reason, "minutes", &minutes))
		return;
	if (strspn(reason, " \t\n") == strlen(reason))
		why = "reason: say why, for those who wonder where the alarms are";
	else if (strlen(reason) > MAINTENANCE_REASON_MAX)
		why = "reason: at most 200 bytes";
	else if (minutes < 1 || minutes > MAINTENANCE_MINUTES_MAX) {
		why = "minutes: give a number from 1 to 1440";
		field = "minutes";
	}
	snprintf(number, sizeof(number), "%lld", (long long)minutes);
	if (why)
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", field),
			   "%s, not %s", why,
			   *field == 'm' ? number : control_shown(reason, shown));
	else if (maintenance_begin(e, reason, minutes, control_who(c)->user, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, maintenance_json(e));
}

void control_maintenance_end(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct err err;

	if (control_args(c, request, ""))
		return;
	if (maintenance_end(e, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}
