// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "control.h"
#include "hass.h"

void control_hass_status(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name = "";
	struct host *h;
	json_t *j;

	if (control_args(c, request, "s?s", "host", &name) || (*name && !control_host(e, c, name)))
		return;
	TAILQ_FOREACH (h, &e->hosts, entry) {
		if (*name && strcmp(name, h->name))
			continue;
		j = hass_json(h);
		if (j)
			ctl_row(c, j);
	}
	ctl_ok(c, NULL);
}

void control_hass_cut(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *confirm;
	struct host *h;

	if (control_args(c, request, "s:s, s:s", "host", &name, "confirm", &confirm) ||
	    !(h = control_host(e, c, name)))
		return;
	/* Judged here, whoever asks: the wrong server cut off is an outage. */
	if (strcmp(confirm, h->name))
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", "confirm"),
			   "confirm: that is not the host's name, %s: nothing was done", h->name);
	else
		hass_cut_start(h, c);
}
