// SPDX-License-Identifier: Apache-2.0
/* control_login - who is signed in, and the end of it */
#include <string.h>

#include "control.h"
#include "desk.h"
#include "event.h"
#include "logins.h"
#include "users.h"

void control_logout(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct who *who = control_who(c);

	if (control_args(c, request, ""))
		return;
	if (who->login)
		login_end(e, who->login);
	else
		who->quiet = true;
	who->login = NULL;
	ctl_ok(c, json_pack("{s:s, s:n}", "state", "none", "token"));
}

void control_session_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const struct who *who = control_who(c);
	char created[32], seen[32];
	const struct login *l;

	if (control_args(c, request, ""))
		return;
	TAILQ_FOREACH (l, &e->logins, entry) {
		if (l->stage != LOGIN_OPEN ||
		    (who->role != USER_ADMINISTRATOR && strcmp(l->user, who->user)))
			continue;
		ctl_row(c, json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:b}", "id", l->id, "user",
				     l->user, "address", l->address, "agent", json_bytes(l->agent),
				     "started", event_time(l->created, created), "seen",
				     event_time(l->seen, seen), "current", l == who->login));
	}
	ctl_ok(c, NULL);
}

void control_session_end(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct who *who = control_who(c);
	struct login *l;
	const char *id;

	if (control_args(c, request, "s:s", "id", &id))
		return;
	l = login_by_id(e, id);
	if (!l || (who->role != USER_ADMINISTRATOR && strcmp(l->user, who->user))) {
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is no such session; it may be over already");
		return;
	}
	if (l == who->login)
		who->login = NULL;
	login_end(e, l);
	ctl_ok(c, NULL);
}

void control_stream(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *last = "";

	if (control_args(c, request, "s?s", "last", &last))
		return;
	if (control_who(c)->web)
		desk_stream(e, c);
	else
		ctl_fail(c, "this is the console's; use `wdpub events --follow`");
}
