// SPDX-License-Identifier: Apache-2.0
/* control_session - signing in to the console, step by step (logins.h) */
#include <liboath/oath.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "checker.h"
#include "control.h"
#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "journal.h"
#include "logins.h"
#include "settings.h"
#include "throttle.h"
#include "users.h"

/* Argon2id of a password nobody has: an unknown name costs as much time as a wrong password. */
#define NOBODY                                                                                     \
	"$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"                                   \
	"Yl7CBVdgVkVpxlTvw6e1mZJX1LVPJ8tQ6yWJzv8aXjo"
#define ALARM_FAILURES 5

static const char *const stage_names[] = {"totp", "first", "open"};

/* A password or a code is with the auth role; the browser may leave meanwhile. */
struct step {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: it left */
	char login[LOGIN_ID_HEX];
	struct user user;
	bool known;
	char address[LOGIN_ADDRESS_MAX], agent[LOGIN_AGENT_MAX];
	char code[8], password[AUTH_PASSWORD_MAX]; /* for what comes after this */
	char hash[AUTH_PHC_MAX];
	int64_t step;
};

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct step *s = arg;

	(void)c;
	s->conn = NULL;
}

static struct login *step_login(struct step *s)
{
	return *s->login ? login_by_id(s->engine, s->login) : NULL;
}

static void step_free(struct step *s)
{
	struct login *l = step_login(s);

	if (l)
		l->busy = false;
	explicit_bzero(s, sizeof(*s));
	free(s);
}

static void refuse(struct ctl_conn *c, const char *reason, const char *field, const char *error)
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
static bool must_wait(struct engine *e, struct ctl_conn *c, const char *user)
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

static void failed(struct step *s)
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

static struct step *step_new(struct engine *e, struct ctl_conn *c, struct login *l)
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
static void answer(struct engine *e, struct ctl_conn *c, const struct login *l, const char *token)
{
	json_t *j = session_json(e, l);

	if (*token)
		json_object_set_new(j, "token", json_string(token));
	ctl_ok(c, j);
}

void control_session(struct engine *e, struct ctl_conn *c, json_t *request)
{
	if (!control_args(c, request, ""))
		answer(e, c, control_who(c)->login, "");
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
		answer(s->engine, s->conn, l, token);
	else
		refuse(s->conn, "internal", NULL, "the system gives no random numbers");
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
		refuse(s->conn, "unavailable", NULL,
		       "too many people are signing in just now; try again");
	else if (why) {
		failed(s);
		refuse(s->conn, "login", NULL, why);
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
	if (must_wait(e, c, who->user))
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

static void enter(struct step *s, struct login *l, enum login_stage stage)
{
	char token[LOGIN_TOKEN_HEX];
	struct err err;

	l->busy = false;
	if (login_enter(s->engine, l, stage, token, &err)) {
		refuse(s->conn, "internal", NULL, err.text);
		login_end(s->engine, l);
		return;
	}
	snprintf(s->login, sizeof(s->login), "%s", l->id);
	if (s->conn)
		answer(s->engine, s->conn, l, token);
	explicit_bzero(token, sizeof(token));
}

/* The step is kept before anything else: whatever follows, the code will not serve again. */
static int use_step(struct step *s, int64_t step, struct err *err)
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

static void wrong_code(struct step *s, struct login *l)
{
	failed(s);
	if (l && ++l->wrong >= LOGIN_CODES_MAX && l->stage != LOGIN_OPEN) {
		l->busy = false;
		login_end(s->engine, l);
		refuse(s->conn, "login", "code", "too many wrong codes; begin again");
		return;
	}
	refuse(s->conn, "login", "code",
	       "the code is wrong, or was used already; wait for the next one");
}

static void on_code(void *arg, int64_t step, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);
	struct err err;

	if (!l || busy)
		refuse(s->conn, busy ? "unavailable" : "login", NULL,
		       busy ? "too many people are signing in just now; try again"
			    : "the session is over; sign in again");
	else if (step < 0)
		wrong_code(s, l);
	else if (use_step(s, step, &err))
		refuse(s->conn, "login", "code", err.text);
	else {
		throttle_good(s->engine->throttle, s->user.name);
		enter(s, l, s->user.once ? LOGIN_FIRST : LOGIN_OPEN);
	}
	step_free(s);
}

/* The login of who asks, in that stage, with nothing else going on; or NULL after saying so. */
static struct login *in_stage(struct ctl_conn *c, enum login_stage stage)
{
	struct login *l = control_who(c)->login;

	if (!l || l->stage != stage)
		refuse(c, "login", NULL, "sign in with name and password first");
	else if (l->busy)
		refuse(c, "conflict", NULL, "the last try is still being looked at");
	else
		return l;
	return NULL;
}

void control_login_totp(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *code;
	struct login *l;
	struct step *s;

	if (control_args(c, request, "s:s", "code", &code) || !(l = in_stage(c, LOGIN_TOTP)) ||
	    must_wait(e, c, l->user) || !(s = step_new(e, c, l)))
		return;
	if (user_find(e, l->user, &s->user, NULL)) {
		refuse(c, "login", NULL, "the user was removed meanwhile");
		step_free(s);
		return;
	}
	checker_totp(e->checker, strlen(code) > 8 ? "" : code, s->user.step, s->user.totp,
		     sizeof(s->user.totp), on_code, s);
}

/* ---- the first time ---- */

static json_t *qr_json(const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	json_t *rows = json_array();
	int size = qr ? qr->width : 0;
	char row[256];

	for (int y = 0; y < size && size < (int)sizeof(row); y++) {
		for (int x = 0; x < size; x++)
			row[x] = qr->data[y * size + x] & 1 ? '1' : '0';
		row[size] = 0;
		json_array_append_new(rows, json_string(row));
	}
	QRcode_free(qr);
	return json_pack("{s:i, s:o}", "size", size, "rows", rows);
}

void control_login_first_show(struct engine *e, struct ctl_conn *c, json_t *request)
{
	char uri[512], *base32 = NULL;
	struct login *l;

	(void)e;
	if (control_args(c, request, "") || !(l = in_stage(c, LOGIN_FIRST)))
		return;
	if (!l->has_totp && fsx_random(l->totp, sizeof(l->totp))) {
		ctl_fail(c, "the system gives no random numbers");
		return;
	}
	l->has_totp = true;
	if (oath_base32_encode((const char *)l->totp, sizeof(l->totp), &base32, NULL) != OATH_OK) {
		ctl_fail(c, "out of memory");
		return;
	}
	base32[strcspn(base32, "=")] = 0;
	snprintf(uri, sizeof(uri),
		 "otpauth://totp/WebDefender:%s?secret=%s&issuer=WebDefender&algorithm=SHA1"
		 "&digits=6&period=30",
		 l->user, base32);
	ctl_ok(c, json_pack("{s:s, s:s, s:o}", "uri", uri, "secret", base32, "qr", qr_json(uri)));
	explicit_bzero(base32, strlen(base32));
	explicit_bzero(uri, sizeof(uri));
	free(base32);
}

/* Password and second factor together, or neither. */
static void first_done(struct step *s, struct login *l)
{
	struct err err;
	int r = user_find(s->engine, l->user, &s->user, &err);

	if (r == 0) {
		snprintf(s->user.hash, sizeof(s->user.hash), "%s", s->hash);
		memcpy(s->user.totp, l->totp, sizeof(s->user.totp));
		s->user.has_totp = true;
		s->user.step = s->step;
		s->user.once = 0;
		s->user.seen = fsx_now_ns();
		r = user_save(s->engine, &s->user, &err);
	}
	if (r) {
		refuse(s->conn, "internal", NULL, r < 0 ? err.text : "the user was removed");
		return;
	}
	logins_end_of(s->engine, l->user, l);
	throttle_good(s->engine->throttle, l->user);
	enter(s, l, LOGIN_OPEN);
}

static void on_first_hash(void *arg, const char *phc, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);

	snprintf(s->hash, sizeof(s->hash), "%s", phc);
	if (busy || !l)
		refuse(s->conn, "unavailable", NULL, "nothing was changed; try again");
	else
		first_done(s, l);
	step_free(s);
}

static void on_first_code(void *arg, int64_t step, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);

	s->step = step;
	if (!busy && l && step >= 0) {
		checker_hash(s->engine->checker, s->password, on_first_hash, s);
		return;
	}
	if (!l || busy)
		refuse(s->conn, "unavailable", NULL, "nothing was changed; try again");
	else
		refuse(s->conn, "bad-request", "code",
		       "the code does not fit the secret: is the clock of the phone right?");
	step_free(s);
}

void control_login_first(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *password, *code, *wrong;
	struct login *l;
	struct step *s;

	if (control_args(c, request, "s:s, s:s", "password", &password, "code", &code) ||
	    !(l = in_stage(c, LOGIN_FIRST)))
		return;
	wrong = user_password_wrong(password, l->user);
	if (wrong || !l->has_totp) {
		refuse(c, "bad-request", wrong ? "password" : "code",
		       wrong ? wrong : "read the secret first (GET /session/first)");
		return;
	}
	s = step_new(e, c, l);
	if (!s)
		return;
	snprintf(s->password, sizeof(s->password), "%s", password);
	snprintf(s->user.name, sizeof(s->user.name), "%s", l->user);
	checker_totp(e->checker, strlen(code) > 8 ? "" : code, 0, l->totp, sizeof(l->totp),
		     on_first_code, s);
}

/* ---- proving it again ---- */

static void on_proof_code(void *arg, int64_t step, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);
	struct err err;

	if (busy || !l)
		refuse(s->conn, "unavailable", NULL, "try again");
	else if (step < 0)
		wrong_code(s, l);
	else if (use_step(s, step, &err))
		refuse(s->conn, "login", "code", err.text);
	else {
		throttle_good(s->engine->throttle, s->user.name);
		l->fresh = fsx_mono_ns();
		if (s->conn)
			answer(s->engine, s->conn, l, "");
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
		failed(s);
	refuse(s->conn, busy ? "unavailable" : "login", busy ? NULL : "password",
	       busy ? "try again" : "the password is wrong");
	step_free(s);
}

void control_login_proof(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *password, *code;
	struct login *l;
	struct step *s;

	if (control_args(c, request, "s:s, s:s", "password", &password, "code", &code) ||
	    !(l = in_stage(c, LOGIN_OPEN)) || must_wait(e, c, l->user) || !(s = step_new(e, c, l)))
		return;
	if (user_find(e, l->user, &s->user, NULL)) {
		refuse(c, "login", NULL, "the user was removed meanwhile");
		step_free(s);
		return;
	}
	snprintf(s->code, sizeof(s->code), "%s", strlen(code) > 6 ? "" : code);
	checker_check(e->checker, strlen(password) >= AUTH_PASSWORD_MAX ? "" : password,
		      s->user.hash, on_proof_password, s);
}
