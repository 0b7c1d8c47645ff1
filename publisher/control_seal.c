// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "control.h"
#include "journal.h"
#include "sealing.h"

void control_seal(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name;
	struct host *h;

	if (!control_args(c, request, "s:s", "host", &name) && (h = control_host(e, c, name)))
		sealing_seal(h, c);
}

void control_unseal(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *text = NULL;
	struct seal_challenge challenge;
	struct err err = {""};
	json_int_t seconds;
	struct host *h;

	if (control_args(c, request, "s:s, s:I, s?s", "host", &name, "seconds", &seconds,
			 "challenge", &text) ||
	    !(h = control_host(e, c, name)))
		return;
	if (seconds < 1 || seconds > SEAL_SECONDS_MAX)
		ctl_fail(c, "a host can be unsealed for 1 second to %d hours",
			 SEAL_SECONDS_MAX / 3600);
	else if (!text)
		sealing_unseal(h, c, seconds);
	else if (seal_challenge_parse(text, &challenge, &err))
		ctl_fail(c, "%s", err.text);
	else
		sealing_respond(h, c, seconds, &challenge);
}

void control_seal_forget(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name;
	struct host *h;

	if (control_args(c, request, "s:s", "host", &name) || !(h = control_host(e, c, name)))
		return;
	sealing_forget(h);
	journal(e, LOG_L_WARN, "seal", "", h->name, "need not be sealed any more");
	ctl_ok(c, NULL);
}
