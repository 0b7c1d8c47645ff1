// SPDX-License-Identifier: Apache-2.0
/* login-first*: the first login, which ends a one-time password */
#include <liboath/oath.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker.h"
#include "fsx.h"
#include "signin.h"
#include "throttle.h"

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
	if (control_args(c, request, "") || !(l = signin_in_stage(c, LOGIN_FIRST)))
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
		signin_refuse(s->conn, "internal", NULL, r < 0 ? err.text : "the user was removed");
		return;
	}
	logins_end_of(s->engine, l->user, l);
	throttle_good(s->engine->throttle, l->user);
	signin_enter(s, l, LOGIN_OPEN);
}

static void on_first_hash(void *arg, const char *phc, bool busy)
{
	struct step *s = arg;
	struct login *l = step_login(s);

	snprintf(s->hash, sizeof(s->hash), "%s", phc);
	if (busy || !l)
		signin_refuse(s->conn, "unavailable", NULL, "nothing was changed; try again");
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
		signin_refuse(s->conn, "unavailable", NULL, "nothing was changed; try again");
	else
		signin_refuse(s->conn, "bad-request", "code",
			      "the code does not fit the secret: is the clock of the phone right?");
	step_free(s);
}

void control_login_first(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *password, *code, *wrong;
	struct login *l;
	struct step *s;

	if (control_args(c, request, "s:s, s:s", "password", &password, "code", &code) ||
	    !(l = signin_in_stage(c, LOGIN_FIRST)))
		return;
	wrong = user_password_wrong(password, l->user);
	if (wrong || !l->has_totp) {
		signin_refuse(c, "bad-request", wrong ? "password" : "code",
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
