// SPDX-License-Identifier: Apache-2.0
/* host-metrics, service-*: how busy machines are, and what runs on them */
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "load.h"

#define HOURS_MOST 8784

/* "-" is the publisher. */
static const char *here(const char *host)
{
	return strcmp(host, "-") ? host : "";
}

void control_host_metrics(struct engine *e, struct ctl_conn *c, json_t *request)
{
	json_t *hours = NULL, *j;
	const char *host, *text;
	struct err err;
	long n = 24;

	if (control_args(c, request, "s:s, s?o", "host", &host, "hours", &hours))
		return;
	host = here(host);
	if (*host && !control_host(e, c, host))
		return;
	text = json_string_value(hours);
	if (hours)
		n = text ? strtol(text, NULL, 10) : json_integer_value(hours);
	if (n < 1 || n > HOURS_MOST) {
		ctl_fail(c, "hours: give a number from 1 to %d", HOURS_MOST);
		return;
	}
	j = load_metrics(e, host, n, &err);
	if (j)
		ctl_ok(c, j);
	else
		ctl_fail(c, "%s", err.text);
}

void control_service_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host = NULL;

	if (control_args(c, request, "s?s", "host", &host))
		return;
	if (host)
		host = here(host);
	if (host && *host && !control_host(e, c, host))
		return;
	load_services(e, c, host);
	ctl_ok(c, NULL);
}

void control_service_act(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host, *name, *act;
	struct err err;

	if (control_args(c, request, "s:s, s:s, s:s", "host", &host, "name", &name, "act", &act))
		return;
	if (service_act_parse(act) < 0)
		ctl_fail(c, "act: give start, stop or restart");
	else if (load_act(e, here(host), name, service_act_parse(act), &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}
