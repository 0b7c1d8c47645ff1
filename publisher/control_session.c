// SPDX-License-Identifier: Apache-2.0
/* control_session - signing in to the console, step by step (logins.h, signin.h) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker.h"
#include "fsx.h"
#include "signin.h"
#include "throttle.h"

/* Argon2id of a password nobody has: an unknown name costs as much time as a wrong password. */
#define NOBODY                                                                                     \
	"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"                                   \
	"Yl7CBVdgVkVpxlTvw6e1mZJX1LVPJ8tQ6yWJzv8aXjo"

void control_session(struct engine *e, struct ctl_conn *c, json_t *request)
{
	if (!control_args(c, request, ""))
		signin_answer(e, c, control_who(c)->login, "");
}

/* ---- name and password ---- */

static void signed_in(struct step *s)
{
	bool first = !s->user.has_totp;
	char token[LOGIN_TOKEN_HEX];
	struct login *l;

	l = login_new(s->engine, s->user.name, first ? LOGIN_FIRST : LOGIN_TOTP, s->address,
		      s->agent, token);
	if (l)
		signin_answer(s->engine, s->conn, l, token);
	else
		signin_refuse(s->conn, "internal", NULL, "the system gives no random numbers");
	explicit_bzero(token, sizeof(token));
}

static const char *may_not(const struct step *s)
{
	if (!s->known || s->user.disabled)
		return "name or password is wrong";
	if (s->user.once && s->user.once < fsx_now_ns() / 1000000000)
		return "the one-time password has expired; an administrator gives another (wdpub "
		       "user passwd)";
	return NULL;
}

static void on_password(void *arg, bool right, bool busy)
{
	struct step *s = arg;
	const char *why = right ? may_not(s) : "name or password is wrong";

	if (busy)
		signin_refuse(s->conn, "unavailable", NULL,
			      "too many people are signing in just now; try again");
	else if (why) {
		signin_failed(s);
		signin_refuse(s->conn, "login", NULL, why);
	} else if (s->conn) {
		signed_in(s);
	}
	step_free(s);
}

void control_login(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct who *who = control_who(c);
	const char *user, *password;
	struct step *s;

	if (control_args(c, request, "s:s, s:s", "user", &user, "password", &password))
		return;
	snprintf(who->user, sizeof(who->user), "%s", user_name_ok(user) ? user : "?");
	if (!who->web) {
		ctl_fail(c, "this is the console's; wdpub needs no login");
		return;
	}
	if (signin_must_wait(e, c, who->user))
		return;
	if (who->login && !who->login->busy)
		login_end(e, who->login); /* whoever sat here before */
	who->login = NULL;
	if (strlen(password) >= AUTH_PASSWORD_MAX)
		password = "";
	s = step_new(e, c, NULL);
	if (!s)
		return;
	s->known = user_name_ok(user) && user_find(e, user, &s->user, NULL) == 0;
	if (!s->known)
		snprintf(s->user.name, sizeof(s->user.name), "%s", who->user);
	checker_check(e->checker, password, s->known ? s->user.hash : NOBODY, on_password, s);
}

/* ---- code ---- */

static void on_code(void *arg, int64_t step, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);
	struct err err;

	if (!l || busy)
		signin_refuse(s->conn, busy ? "unavailable" : "login", NULL,
			      busy ? "too many people are signing in just now; try again"
				   : "the session is over; sign in again");
	else if (step < 0)
		signin_wrong_code(s, l);
	else if (signin_use_step(s, step, &err))
		signin_refuse(s->conn, "login", "code", err.text);
	else {
		throttle_good(s->engine->throttle, s->user.name);
		signin_enter(s, l, s->user.once ? LOGIN_FIRST : LOGIN_OPEN);
	}
	step_free(s);
}

void control_login_totp(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *code;
	struct login *l;
	struct step *s;

	if (control_args(c, request, "s:s", "code", &code) ||
	    !(l = signin_in_stage(c, LOGIN_TOTP)) || signin_must_wait(e, c, l->user) ||
	    !(s = step_new(e, c, l)))
		return;
	if (user_find(e, l->user, &s->user, NULL)) {
		signin_refuse(c, "login", NULL, "the user was removed meanwhile");
		step_free(s);
		return;
	}
	checker_totp(e->checker, strlen(code) > 8 ? "" : code, s->user.step, s->user.totp,
		     sizeof(s->user.totp), on_code, s);
}

/* ---- proving it again ---- */

static void on_proof_code(void *arg, int64_t step, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);
	struct err err;

	if (busy || !l)
		signin_refuse(s->conn, "unavailable", NULL, "try again");
	else if (step < 0)
		signin_wrong_code(s, l);
	else if (signin_use_step(s, step, &err))
		signin_refuse(s->conn, "login", "code", err.text);
	else {
		throttle_good(s->engine->throttle, s->user.name);
		l->fresh = fsx_mono_ns();
		if (s->conn)
			signin_answer(s->engine, s->conn, l, "");
	}
	step_free(s);
}

static void on_proof_password(void *arg, bool right, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);

	if (!busy && right && l) {
		checker_totp(s->engine->checker, s->code, s->user.step, s->user.totp,
			     sizeof(s->user.totp), on_proof_code, s);
		return;
	}
	if (!busy)
		signin_failed(s);
	signin_refuse(s->conn, busy ? "unavailable" : "login", busy ? NULL : "password",
		      busy ? "try again" : "the password is wrong");
	step_free(s);
}

void control_login_proof(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *password, *code;
	struct login *l;
	struct step *s;

	if (control_args(c, request, "s:s, s:s", "password", &password, "code", &code) ||
	    !(l = signin_in_stage(c, LOGIN_OPEN)) || signin_must_wait(e, c, l->user) ||
	    !(s = step_new(e, c, l)))
		return;
	if (user_find(e, l->user, &s->user, NULL)) {
		signin_refuse(c, "login", NULL, "the user was removed meanwhile");
		step_free(s);
		return;
	}
	snprintf(s->code, sizeof(s->code), "%s", strlen(code) > 6 ? "" : code);
	checker_check(e->checker, strlen(password) >= AUTH_PASSWORD_MAX ? "" : password,
		      s->user.hash, on_proof_password, s);
}
