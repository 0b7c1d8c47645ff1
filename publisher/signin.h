/* SPDX-License-Identifier: Apache-2.0 */
/* signin - what the steps of signing in share: control_session.c and control_first.c are these */
#ifndef WD_PUBLISHER_SIGNIN_H
#define WD_PUBLISHER_SIGNIN_H

#include "auth.h"
#include "control.h"
#include "logins.h"
#include "users.h"

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

struct step *step_new(struct engine *e, struct ctl_conn *c, struct login *l); /* NULL: refused */
void step_free(struct step *s);
struct login *step_login(struct step *s); /* NULL: it is over */

/* c NULL: nobody is there to hear it. */
void signin_refuse(struct ctl_conn *c, const char *reason, const char *field, const char *error);
/* Refuses it if nothing may be tried now. */
bool signin_must_wait(struct engine *e, struct ctl_conn *c, const char *user);
/* Counts a failed try; every fifth raises the alarm. */
void signin_failed(struct step *s);
/* The same for a code: too many end the login. */
void signin_wrong_code(struct step *s, struct login *l);
/* The login of who asks, in that stage, with nothing else going on; or NULL after saying so. */
struct login *signin_in_stage(struct ctl_conn *c, enum login_stage stage);
int signin_use_step(struct step *s, int64_t step, struct err *err);
/* Into the next stage, with another token; answers. */
void signin_enter(struct step *s, struct login *l, enum login_stage stage);
/* token "": the cookie stays as it is. The console makes a cookie of "token", and hides it. */
void signin_answer(struct engine *e, struct ctl_conn *c, const struct login *l, const char *token);

#endif
