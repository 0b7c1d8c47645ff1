/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logins - who is logged in to the console
 *
 *   password ──► TOTP ──► OPEN        a user with a second factor
 *        └─────► FIRST ─► OPEN        with a one-time password, or none: makes both anew
 *
 * The browser has a random token in a cookie; we know its SHA-256 only. Each step gives
 * another token, so that one which somebody planted before is worth nothing after. Open ones
 * are kept in the database and outlive the publisher; half ones live ten minutes.
 */
#ifndef WD_PUBLISHER_LOGINS_H
#define WD_PUBLISHER_LOGINS_H

#include "engine.h"
#include "users.h"

#define LOGIN_TOKEN_HEX 65
#define LOGIN_CSRF_HEX 33
#define LOGIN_ID_HEX 17
#define LOGIN_ADDRESS_MAX 64
#define LOGIN_AGENT_MAX 200
#define LOGIN_HALF_MAX 256 /* half ones at a time; the oldest goes */
#define LOGIN_USER_MAX 20  /* open ones of one user */
#define LOGIN_CODES_MAX 5  /* wrong codes, and the password is asked for again */
#define LOGIN_FRESH_S 300  /* so long a proof counts for dangerous acts */

enum login_stage { LOGIN_TOTP, LOGIN_FIRST, LOGIN_OPEN };

struct login {
	struct hash token; /* SHA-256 of the cookie */
	char id[LOGIN_ID_HEX], csrf[LOGIN_CSRF_HEX];
	char user[USER_NAME_MAX];
	enum login_stage stage;
	char address[LOGIN_ADDRESS_MAX], agent[LOGIN_AGENT_MAX];
	int64_t created, seen; /* ns since 1970 */
	int64_t saved;	       /* what of `seen` is in the database */
	int64_t fresh;	       /* monotonic ns of the last proof; 0: none */
	unsigned wrong;
	bool busy; /* a password or code of it is being looked at */
	uint8_t totp[AUTH_SECRET_LEN];
	bool has_totp; /* FIRST: the secret that was shown */
	TAILQ_ENTRY(login) entry;
};

int logins_load(struct engine *e, struct err *err);
void logins_free(struct engine *e);
void logins_tick(struct engine *e); /* every second: whose time is over? */

/* NULL: nobody, or not any more. Touches nothing. */
struct login *login_find(struct engine *e, const char *token);
struct login *login_by_id(struct engine *e, const char *id);
/* Writes the new cookie's value to token. NULL: no memory, no randomness. */
struct login *login_new(struct engine *e, const char *user, enum login_stage stage,
			const char *address, const char *agent, char token[LOGIN_TOKEN_HEX]);
/* Into the next stage, with another token. */
int login_enter(struct engine *e, struct login *l, enum login_stage stage,
		char token[LOGIN_TOKEN_HEX], struct err *err);
void login_seen(struct engine *e, struct login *l); /* somebody sits there */
bool login_fresh(const struct login *l);
int64_t login_ends(const struct engine *e, const struct login *l); /* ns since 1970 */
void login_end(struct engine *e, struct login *l); /* frees l; open streams of it end */
/* All of a user, but not `keep` (may be NULL). */
void logins_end_of(struct engine *e, const char *user, const struct login *keep);
unsigned logins_count(const struct engine *e, const char *user);

#endif
