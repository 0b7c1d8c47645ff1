// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "hosts.h"
#include "sites.h"

static const struct {
	const char *name;
	control_fn *run;
} commands[] = {
	{"status", control_status},
	{"site-add", control_site_add},
	{"site-list", control_site_list},
	{"site-remove", control_site_remove},
	{"site-set", control_site_set},
	{"host-add", control_host_add},
	{"host-set", control_host_set},
	{"host-list", control_host_list},
	{"host-remove", control_host_remove},
	{"verify", control_verify},
	{"hass-status", control_hass_status},
	{"hass-cut", control_hass_cut},
	{"push", control_push},
	{"releases", control_releases},
	{"rollback", control_rollback},
	{"log", control_log},
	{"events", control_events},
	{"evidence-list", control_evidence_list},
	{"evidence-path", control_evidence_path},
	{"alarm-list", control_alarm_list},
	{"alarm-ack", control_alarm_ack},
	{"alarm-test", control_alarm_test},
	{"notify-show", control_notify_show},
	{"notify-set", control_notify_set},
	{"notify-test", control_notify_test},
	{"notify-log", control_notify_log},
};

static void serve(void *arg, struct ctl_conn *c, json_t *request)
{
	const char *cmd = json_string_value(json_object_get(request, "cmd"));

	for (size_t i = 0; cmd && i < sizeof(commands) / sizeof(*commands); i++) {
		if (!strcmp(commands[i].name, cmd)) {
			commands[i].run(arg, c, request);
			return;
		}
	}
	ctl_fail(c, "wdpublisherd %s does not know this command; is wdpub of another version?",
		 WD_VERSION);
}

int control_start(struct engine *e, const char *path, struct err *err)
{
	e->ctl = ctl_listen(e->base, path, serve, e, err);
	return e->ctl ? 0 : -1;
}

int control_args(struct ctl_conn *c, json_t *request, const char *fmt, ...)
{
	char whole[256];
	const char *cmd;
	json_error_t why;
	va_list ap;
	int result;

	/* "!" at the end: every member must have been asked for. */
	snprintf(whole, sizeof(whole), "{%s!}", fmt);
	json_unpack(request, "{s:s}", "cmd", &cmd);
	json_object_del(request, "cmd");
	va_start(ap, fmt);
	result = json_vunpack_ex(request, &why, 0, whole, ap);
	va_end(ap);
	if (result)
		ctl_fail(c, "malformed request: %s", why.text);
	return result;
}

struct site *control_site(struct engine *e, struct ctl_conn *c, const char *name)
{
	struct site *s = site_find(e, name);

	if (!s)
		ctl_fail(c, "there is no site \"%s\" (wdpub site list shows them)", name);
	return s;
}

struct host *control_host(struct engine *e, struct ctl_conn *c, const char *name)
{
	struct host *h = host_find(e, name);

	if (!h)
		ctl_fail(c, "there is no host \"%s\" (wdpub host list shows them)", name);
	return h;
}
