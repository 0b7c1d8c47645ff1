// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "event.h"
#include "fsx.h"
#include "journal.h"
#include "settings.h"
#include "signin.h"
#include "throttle.h"

#define ALARM_FAILURES 5

static const char *const stage_names[] = {"totp", "first", "open"};

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct step *s = arg;

	(void)c;
	s->conn = NULL;
}

struct login *step_login(struct step *s)
{
	return *s->login ? login_by_id(s->engine, s->login) : NULL;
}

void step_free(struct step *s)
{
	struct login *l = step_login(s);

	if (l)
		l->busy = false;
	explicit_bzero(s, sizeof(*s));
	free(s);
}

void signin_refuse(struct ctl_conn *c, const char *reason, const char *field, const char *error)
{
	json_t *with = json_pack("{s:s}", "reason", reason);

	if (field)
		json_object_set_new(with, "field", json_string(field));
	if (c)
		ctl_refuse(c, with, "%s", error);
	else
		json_decref(with);
}

/* Refuses it if nothing may be tried now. */
bool signin_must_wait(struct engine *e, struct ctl_conn *c, const char *user)
{
	struct who *who = control_who(c);
	int wait = throttle_wait(e->throttle, user, who->address, fsx_mono_ns());

	if (!wait)
		return false;
	who->quiet = true; /* or a flood would fill the audit log */
	ctl_refuse(c, json_pack("{s:s, s:i}", "reason", "throttled", "retry_after", wait),
		   "too many failed tries; wait %d s", wait);
	return true;
}

void signin_failed(struct step *s)
{
	unsigned n = throttle_failed(s->engine->throttle, s->user.name, s->address, fsx_mono_ns());

	if (n < ALARM_FAILURES || n % ALARM_FAILURES)
		return;
	journal(s->engine, LOG_L_WARN, "login-failed", "", "",
		"%u failed tries to sign in as %s, the last from %s", n, s->user.name, s->address);
	/* One alarm for all names: whoever tries chooses these. */
	alarm_raise(s->engine, ALARM_LOGIN_FAILED, "", "", "",
		    "%u failed tries to sign in as %s, the last from %s", n, s->user.name,
		    s->address);
}

struct step *step_new(struct engine *e, struct ctl_conn *c, struct login *l)
{
	struct step *s = calloc(1, sizeof(*s));
	const struct who *who = control_who(c);

	if (!s) {
		ctl_fail(c, "out of memory");
		return NULL;
	}
	s->engine = e;
	s->conn = c;
	snprintf(s->address, sizeof(s->address), "%s", who->address);
	snprintf(s->agent, sizeof(s->agent), "%s", who->agent);
	if (l) {
		snprintf(s->login, sizeof(s->login), "%s", l->id);
		l->busy = true;
	}
	ctl_on_gone(c, on_gone, s);
	return s;
}

static json_t *session_json(struct engine *e, const struct login *l)
{
	char ends[32], proven[32] = "", name[256] = "";
	int64_t fresh;
	struct user u;
	json_t *j;

	db_meta_get(e->db, "name", name, sizeof(name), NULL);
	if (!l)
		return json_pack("{s:s, s:s, s:s, s:s, s:o}", "state", "none", "version",
				 WD_VERSION, "publisher", name, "language",
				 settings_text(e, "language"), "maintenance", maintenance_json(e));
	if (login_fresh(l)) {
		fresh = fsx_now_ns() + LOGIN_FRESH_S * 1000000000ll - (fsx_mono_ns() - l->fresh);
		event_time(fresh, proven);
	}
	j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "state", stage_names[l->stage],
		      "csrf", l->csrf, "expires", event_time(login_ends(e, l), ends),
		      "proven_until", proven, "version", WD_VERSION, "publisher", name, "role",
		      "none", "language", settings_text(e, "language"));
	json_object_set_new(j, "user", json_string(l->user));
	json_object_set_new(j, "maintenance",
			    l->stage == LOGIN_OPEN ? maintenance_json(e) : json_null());
	if (user_find(e, l->user, &u, NULL) == 0) {
		json_object_set_new(j, "role", json_string(user_role_name(u.role)));
		if (*u.language)
			json_object_set_new(j, "language", json_string(u.language));
	}
	return j;
}

/* token "": the cookie stays as it is. The console makes a cookie of "token", and hides it. */
void signin_answer(struct engine *e, struct ctl_conn *c, const struct login *l, const char *token)
{
	json_t *j = session_json(e, l);

	if (*token)
		json_object_set_new(j, "token", json_string(token));
	ctl_ok(c, j);
}

void signin_enter(struct step *s, struct login *l, enum login_stage stage)
{
	char token[LOGIN_TOKEN_HEX];
	struct err err;

	l->busy = false;
	if (login_enter(s->engine, l, stage, token, &err)) {
		signin_refuse(s->conn, "internal", NULL, err.text);
		login_end(s->engine, l);
		return;
	}
	snprintf(s->login, sizeof(s->login), "%s", l->id);
	if (s->conn)
		signin_answer(s->engine, s->conn, l, token);
	explicit_bzero(token, sizeof(token));
}

/* The step is kept before anything else: whatever follows, the code will not serve again. */
int signin_use_step(struct step *s, int64_t step, struct err *err)
{
	int r = user_find(s->engine, s->user.name, &s->user, err);

	if (r)
		return r < 0 ? -1 : err_set(err, "the user was removed meanwhile");
	if (step <= s->user.step)
		return err_set(err, "this code was used already; wait for the next");
	s->user.step = step;
	s->user.seen = fsx_now_ns();
	return user_save(s->engine, &s->user, err);
}

void signin_wrong_code(struct step *s, struct login *l)
{
	signin_failed(s);
	if (l && ++l->wrong >= LOGIN_CODES_MAX && l->stage != LOGIN_OPEN) {
		l->busy = false;
		login_end(s->engine, l);
		signin_refuse(s->conn, "login", "code", "too many wrong codes; begin again");
		return;
	}
	signin_refuse(s->conn, "login", "code",
		      "the code is wrong, or was used already; wait for the next one");
}

/* The login of who asks, in that stage, with nothing else going on; or NULL after saying so. */
struct login *signin_in_stage(struct ctl_conn *c, enum login_stage stage)
{
	struct login *l = control_who(c)->login;

	if (!l || l->stage != stage)
		signin_refuse(c, "login", NULL, "sign in with name and password first");
	else if (l->busy)
		signin_refuse(c, "conflict", NULL, "the last try is still being looked at");
	else
		return l;
	return NULL;
}
