// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "checker.h"
#include "control.h"
#include "fsx.h"
#include "logins.h"
#include "throttle.h"
#include "users.h"

static void wrong(struct ctl_conn *c, const char *field, const char *error)
{
	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", field), "%s",
		   error);
}

static void wrong_value(struct ctl_conn *c, const char *field, const char *error, const char *value)
{
	char shown[CONTROL_SHOWN];

	ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "bad-request", "field", field),
		   "%s, not %s", error, control_shown(value, shown));
}

static json_t *row_json(struct engine *e, const struct user *u)
{
	json_t *j = user_json(u);

	json_object_set_new(j, "sessions", json_integer(logins_count(e, u->name)));
	return j;
}

struct listing {
	struct engine *engine;
	struct ctl_conn *conn;
};

static void list_user(void *arg, const struct user *u)
{
	const struct listing *l = arg;

	ctl_row(l->conn, row_json(l->engine, u));
}

void control_user_list(struct engine *e, struct ctl_conn *c, json_t *request)
{
	struct listing l = {e, c};
	struct err err;

	if (control_args(c, request, ""))
		return;
	if (users_each(e, list_user, &l, &err) < 0)
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, NULL);
}

/* The user of that name; NULL after failing the request. */
static struct user *find(struct engine *e, struct ctl_conn *c, const char *name, struct user *u)
{
	struct err err;
	int r = user_find(e, name, u, &err);

	if (r == 0)
		return u;
	if (r < 0)
		ctl_fail(c, "%s", err.text);
	else
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is no user \"%s\" (wdpub user list shows them)", name);
	return NULL;
}

static int take_text(struct ctl_conn *c, const char *field, const char *text,
		     const char *(*check)(const char *), char *to, size_t cap)
{
	const char *why = text ? check(text) : NULL;

	if (why) {
		wrong_value(c, field, why, text);
		return -1;
	}
	if (text)
		snprintf(to, cap, "%s", text);
	return 0;
}

/* ---- one-time passwords ---- */

struct once {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: the client left: nothing happens */
	struct user user;
	bool fresh;  /* to be added */
	bool forget; /* the second factor too */
	char password[USER_ONCE_LEN];
};

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct once *o = arg;

	(void)c;
	o->conn = NULL;
}

static int keep(struct once *o, const char *phc, struct err *err)
{
	struct user *u = &o->user;
	int r = o->fresh ? 0 : user_find(o->engine, u->name, u, err);

	if (r)
		return r < 0 ? -1 : err_set(err, "the user was removed meanwhile");
	snprintf(u->hash, sizeof(u->hash), "%s", phc);
	u->once = time(NULL) + USER_ONCE_DAYS * 86400;
	if (o->forget)
		u->has_totp = false;
	if (o->fresh ? user_add(o->engine, u, err) : user_save(o->engine, u, err))
		return -1;
	logins_end_of(o->engine, u->name, NULL);
	return 0;
}

static void on_hashed(void *arg, const char *phc, bool busy)
{
	struct once *o = arg;
	struct err err;
	json_t *j;

	if (busy && o->conn)
		ctl_refuse(o->conn, json_pack("{s:s}", "reason", "unavailable"),
			   "the auth role is busy, nothing was changed; try again");
	else if (o->conn && keep(o, phc, &err))
		ctl_fail(o->conn, "%s", err.text);
	else if (o->conn) {
		j = row_json(o->engine, &o->user);
		json_object_set_new(j, "password", json_string(o->password));
		ctl_ok(o->conn, j);
	}
	explicit_bzero(o, sizeof(*o));
	free(o);
}

static void give_once(struct engine *e, struct ctl_conn *c, const struct user *u, bool fresh,
		      bool forget)
{
	struct once *o = calloc(1, sizeof(*o));

	if (!o || user_once(o->password)) {
		free(o);
		ctl_fail(c, "out of memory, or the system gives no random numbers");
		return;
	}
	o->engine = e;
	o->conn = c;
	o->user = *u;
	o->fresh = fresh;
	o->forget = forget;
	ctl_on_gone(c, on_gone, o);
	checker_hash(e->checker, o->password, on_hashed, o);
}

void control_user_add(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *role, *email = "", *phone = "", *language = "";
	struct user u = {.created = fsx_now_ns()}, there;

	if (control_args(c, request, "s:s, s:s, s?s, s?s, s?s", "name", &name, "role", &role,
			 "email", &email, "phone", &phone, "language", &language))
		return;
	u.role = user_role_of(role);
	if (!user_name_ok(name))
		wrong_value(
			c, "name",
			"name: give 1 to 63 small letters, digits, '-', '_', '.', beginning with a"
			" letter or digit",
			name);
	else if (!u.role)
		wrong_value(c, "role", "role: give administrator, operator or auditor", role);
	else if (!user_language_ok(language))
		wrong_value(c, "language", "language: give en, zh or ko", language);
	else if (take_text(c, "email", email, user_email_wrong, u.email, sizeof(u.email)) ||
		 take_text(c, "phone", phone, user_phone_wrong, u.phone, sizeof(u.phone)))
		return;
	else if (user_find(e, name, &there, NULL) == 0)
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "conflict", "field", "name"),
			   "there is a user \"%s\" already", name);
	else {
		snprintf(u.name, sizeof(u.name), "%s", name);
		snprintf(u.language, sizeof(u.language), "%s", language);
		give_once(e, c, &u, true, true);
	}
}

/* totp true: the second factor is forgotten as well (the console always does so). */
void control_user_reset(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name;
	struct user u;
	int totp = 1;

	if (!control_args(c, request, "s:s, s?b", "name", &name, "totp", &totp) &&
	    find(e, c, name, &u))
		give_once(e, c, &u, false, totp);
}

/* ---- changes ---- */

/* Nobody locks everybody out, and nobody takes their own rights away by mistake. */
static const char *last_admin(struct engine *e, const struct user *u)
{
	if (u->role != USER_ADMINISTRATOR || u->disabled || user_other_admin(e, u->name))
		return NULL;
	return "this is the last administrator; make another one first";
}

void control_user_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *role = NULL, *email = NULL, *phone = NULL, *language = NULL, *why;
	struct user u, before;
	int disabled = -1, new_role;
	struct err err;

	if (control_args(c, request, "s:s, s?s, s?s, s?s, s?s, s?b", "name", &name, "role", &role,
			 "email", &email, "phone", &phone, "language", &language, "disabled",
			 &disabled) ||
	    !find(e, c, name, &u))
		return;
	before = u;
	new_role = role ? user_role_of(role) : (int)u.role;
	if (!new_role) {
		wrong_value(c, "role", "role: give administrator, operator or auditor", role);
		return;
	}
	if (take_text(c, "email", email, user_email_wrong, u.email, sizeof(u.email)) ||
	    take_text(c, "phone", phone, user_phone_wrong, u.phone, sizeof(u.phone)))
		return;
	if (language && !user_language_ok(language)) {
		wrong_value(c, "language", "language: give en, zh or ko", language);
		return;
	}
	if (language)
		snprintf(u.language, sizeof(u.language), "%s", language);
	why = disabled == 1 || new_role != USER_ADMINISTRATOR ? last_admin(e, &before) : NULL;
	if (why) {
		ctl_refuse(c, json_pack("{s:s, s:s}", "reason", "conflict", "field", "role"), "%s",
			   why);
		return;
	}
	u.role = new_role;
	if (disabled >= 0)
		u.disabled = disabled;
	if (user_save(e, &u, &err)) {
		ctl_fail(c, "%s", err.text);
		return;
	}
	/* Other rights begin with another session. */
	if (u.role != before.role || u.disabled)
		logins_end_of(e, u.name, NULL);
	ctl_ok(c, row_json(e, &u));
}

void control_user_remove(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *name, *why;
	struct user u;
	struct err err;

	if (control_args(c, request, "s:s", "name", &name) || !find(e, c, name, &u))
		return;
	why = last_admin(e, &u);
	if (why) {
		ctl_refuse(c, json_pack("{s:s}", "reason", "conflict"), "%s", why);
		return;
	}
	if (user_remove(e, name, &err)) {
		ctl_fail(c, "%s", err.text);
		return;
	}
	logins_end_of(e, name, NULL);
	ctl_ok(c, NULL);
}

void control_me_set(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *email = NULL, *phone = NULL, *language = NULL;
	struct user u;
	struct err err;

	if (control_args(c, request, "s?s, s?s, s?s", "email", &email, "phone", &phone, "language",
			 &language) ||
	    !find(e, c, control_who(c)->user, &u) ||
	    take_text(c, "email", email, user_email_wrong, u.email, sizeof(u.email)) ||
	    take_text(c, "phone", phone, user_phone_wrong, u.phone, sizeof(u.phone)))
		return;
	if (language && !user_language_ok(language)) {
		wrong_value(c, "language", "language: give en, zh or ko", language);
		return;
	}
	if (language)
		snprintf(u.language, sizeof(u.language), "%s", language);
	if (user_save(e, &u, &err))
		ctl_fail(c, "%s", err.text);
	else
		ctl_ok(c, row_json(e, &u));
}

/* ---- one's own password ---- */

struct change {
	struct engine *engine;
	struct ctl_conn *conn;
	char user[USER_NAME_MAX], login[LOGIN_ID_HEX], address[LOGIN_ADDRESS_MAX];
	char password[AUTH_PASSWORD_MAX];
};

static void change_gone(void *arg, struct ctl_conn *c)
{
	struct change *x = arg;

	(void)c;
	x->conn = NULL;
}

static void change_free(struct change *x)
{
	explicit_bzero(x, sizeof(*x));
	free(x);
}

static void on_new(void *arg, const char *phc, bool busy)
{
	struct change *x = arg;
	struct err err = {"nothing was changed; try again"};
	struct user u;
	int r = busy ? -1 : user_find(x->engine, x->user, &u, &err);

	if (!r) {
		snprintf(u.hash, sizeof(u.hash), "%s", phc);
		u.once = 0;
		r = user_save(x->engine, &u, &err);
	}
	if (!r)
		logins_end_of(x->engine, x->user, login_by_id(x->engine, x->login));
	if (x->conn && r)
		ctl_fail(x->conn, "%s", err.text);
	else if (x->conn)
		ctl_ok(x->conn, NULL);
	change_free(x);
}

static void on_old(void *arg, bool right, bool busy)
{
	struct change *x = arg;

	if (right && !busy && x->conn) {
		checker_hash(x->engine->checker, x->password, on_new, x);
		return;
	}
	if (!busy)
		throttle_failed(x->engine->throttle, x->user, x->address, fsx_mono_ns());
	if (x->conn && busy)
		ctl_refuse(x->conn, json_pack("{s:s}", "reason", "unavailable"), "try again");
	else if (x->conn)
		wrong(x->conn, "old", "old: this is not the password until now");
	change_free(x);
}

void control_me_password(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *old, *new, *why;
	const struct who *who = control_who(c);
	struct change *x;
	struct user u;
	int wait;

	if (control_args(c, request, "s:s, s:s", "old", &old, "new", &new) ||
	    !find(e, c, who->user, &u))
		return;
	wait = throttle_wait(e->throttle, u.name, who->address, fsx_mono_ns());
	if (wait) {
		ctl_refuse(c, json_pack("{s:s, s:i}", "reason", "throttled", "retry_after", wait),
			   "too many failed tries; wait %d s", wait);
		return;
	}
	why = user_password_wrong(new, u.name);
	if (why) {
		wrong(c, "new", why);
		return;
	}
	x = calloc(1, sizeof(*x));
	if (!x || !who->login) {
		free(x);
		ctl_fail(c, "this is the console's; use `wdpub user passwd`");
		return;
	}
	x->engine = e;
	x->conn = c;
	snprintf(x->user, sizeof(x->user), "%s", u.name);
	snprintf(x->address, sizeof(x->address), "%s", who->address);
	snprintf(x->login, sizeof(x->login), "%s", who->login->id);
	snprintf(x->password, sizeof(x->password), "%s", new);
	ctl_on_gone(c, change_gone, x);
	checker_check(e->checker, strlen(old) >= AUTH_PASSWORD_MAX ? "" : old, u.hash, on_old, x);
}
