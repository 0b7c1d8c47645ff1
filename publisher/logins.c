// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "fsx.h"
#include "logins.h"
#include "settings.h"

#define SECOND 1000000000ll
#define HALF_S 600
#define OPEN_MOST_S (12 * 3600) /* however busy somebody is */
#define SAVE_EVERY (60 * SECOND)

static void digest(const char *token, struct hash *to)
{
	struct hasher *h = hasher_new();

	if (!h)
		log_fatal("out of memory");
	hasher_add(h, token, strlen(token));
	*to = hasher_end(h);
}

static int new_token(struct login *l, char token[LOGIN_TOKEN_HEX])
{
	char hex[HASH_HEX];
	struct hash random;

	if (fsx_random(random.b, sizeof(random.b)))
		return -1;
	hash_hex(&random, token);
	if (fsx_random(random.b, sizeof(random.b)))
		return -1;
	snprintf(l->csrf, sizeof(l->csrf), "%s", hash_hex(&random, hex));
	digest(token, &l->token);
	snprintf(l->id, sizeof(l->id), "%s", hash_hex(&l->token, hex));
	return 0;
}

static int save(struct engine *e, struct login *l, struct err *err)
{
	l->saved = l->seen;
	return db_write(e->db, err, SQL_LOGIN_PUT, "bttttii", l->token.b, HASH_LEN, l->user,
			l->csrf, l->address, l->agent, l->created, l->seen) < 0
		       ? -1
		       : 0;
}

static void forget(struct engine *e, const struct login *l)
{
	struct err err;

	if (l->stage == LOGIN_OPEN &&
	    (db_write(e->db, &err, SQL_LOGIN_DEL, "b", l->token.b, HASH_LEN) < 0 ||
	     db_flush(e->db, &err)))
		log_err("a login that ended stays in the database: %s", err.text);
}

static int load_row(void *arg, struct store_row *r)
{
	struct engine *e = arg;
	struct login *l = calloc(1, sizeof(*l));
	char hex[HASH_HEX];
	const void *p;
	int n;

	if (!l)
		return -1;
	p = store_blob(r, 0, &n);
	if (n == HASH_LEN)
		memcpy(l->token.b, p, n);
	snprintf(l->id, sizeof(l->id), "%s", hash_hex(&l->token, hex));
	snprintf(l->user, sizeof(l->user), "%s", store_text(r, 1));
	snprintf(l->csrf, sizeof(l->csrf), "%s", store_text(r, 2));
	snprintf(l->address, sizeof(l->address), "%s", store_text(r, 3));
	snprintf(l->agent, sizeof(l->agent), "%s", store_text(r, 4));
	l->created = store_int(r, 5);
	l->seen = l->saved = store_int(r, 6);
	l->stage = LOGIN_OPEN;
	TAILQ_INSERT_TAIL(&e->logins, l, entry);
	return 0;
}

int logins_load(struct engine *e, struct err *err)
{
	return db_read(e->db, err, SQL_LOGIN_LIST, load_row, e, "") < 0 ? -1 : 0;
}

static void login_free(struct engine *e, struct login *l)
{
	TAILQ_REMOVE(&e->logins, l, entry);
	explicit_bzero(l, sizeof(*l));
	free(l);
}

void logins_free(struct engine *e)
{
	struct login *l;

	while ((l = TAILQ_FIRST(&e->logins)))
		login_free(e, l);
}

int64_t login_ends(const struct engine *e, const struct login *l)
{
	int64_t idle = l->seen + settings_int(e, "session_minutes") * 60 * SECOND;
	int64_t most = l->created + OPEN_MOST_S * SECOND;

	if (l->stage != LOGIN_OPEN)
		return l->created + HALF_S * SECOND;
	return idle < most ? idle : most;
}

void login_end(struct engine *e, struct login *l)
{
	forget(e, l);
	desk_login_ended(e, l);
	login_free(e, l);
}

void logins_tick(struct engine *e)
{
	int64_t now = fsx_now_ns();
	struct login *l, *next;

	for (l = TAILQ_FIRST(&e->logins); l; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (!l->busy && login_ends(e, l) < now)
			login_end(e, l);
	}
}

struct login *login_find(struct engine *e, const char *token)
{
	struct hash h;
	struct login *l;

	if (strlen(token) != LOGIN_TOKEN_HEX - 1)
		return NULL;
	digest(token, &h); /* comparing hashes of secrets tells nothing about the secrets */
	TAILQ_FOREACH (l, &e->logins, entry)
		if (hash_eq(&l->token, &h))
			return login_ends(e, l) < fsx_now_ns() ? NULL : l;
	return NULL;
}

struct login *login_by_id(struct engine *e, const char *id)
{
	struct login *l;

	TAILQ_FOREACH (l, &e->logins, entry)
		if (!strcmp(l->id, id))
			return l;
	return NULL;
}

unsigned logins_count(const struct engine *e, const char *user)
{
	const struct login *l;
	unsigned n = 0;

	TAILQ_FOREACH (l, &e->logins, entry)
		n += l->stage == LOGIN_OPEN && !strcmp(l->user, user);
	return n;
}

/* Makes room: the one nobody has used for longest goes. */
static void limit(struct engine *e, const char *user)
{
	struct login *l, *half = NULL, *own = NULL;
	unsigned halves = 0, owned = 0;

	TAILQ_FOREACH (l, &e->logins, entry) {
		if (l->stage != LOGIN_OPEN && !l->busy) {
			halves++;
			half = half && half->created < l->created ? half : l;
		} else if (l->stage == LOGIN_OPEN && !strcmp(l->user, user)) {
			owned++;
			own = own && own->seen < l->seen ? own : l;
		}
	}
	if (halves >= LOGIN_HALF_MAX)
		login_end(e, half);
	if (owned >= LOGIN_USER_MAX && !own->busy)
		login_end(e, own);
}

struct login *login_new(struct engine *e, const char *user, enum login_stage stage,
			const char *address, const char *agent, char token[LOGIN_TOKEN_HEX])
{
	struct login *l = calloc(1, sizeof(*l));

	if (!l || new_token(l, token)) {
		free(l);
		return NULL;
	}
	limit(e, user);
	l->stage = stage;
	l->created = l->seen = fsx_now_ns();
	snprintf(l->user, sizeof(l->user), "%s", user);
	snprintf(l->address, sizeof(l->address), "%s", address);
	snprintf(l->agent, sizeof(l->agent), "%s", agent);
	TAILQ_INSERT_TAIL(&e->logins, l, entry);
	return l;
}

int login_enter(struct engine *e, struct login *l, enum login_stage stage,
		char token[LOGIN_TOKEN_HEX], struct err *err)
{
	forget(e, l);
	if (new_token(l, token))
		return err_set(err, "the system gives no random numbers");
	l->stage = stage;
	l->created = l->seen = fsx_now_ns();
	l->wrong = 0;
	if (stage != LOGIN_OPEN)
		return 0;
	l->fresh = fsx_mono_ns();
	return save(e, l, err) ? -1 : db_flush(e->db, err);
}

void login_seen(struct engine *e, struct login *l)
{
	struct err err;

	l->seen = fsx_now_ns();
	if (l->stage == LOGIN_OPEN && l->seen - l->saved > SAVE_EVERY && save(e, l, &err))
		log_warn("when somebody was last seen cannot be kept: %s", err.text);
}

bool login_fresh(const struct login *l)
{
	return l->fresh && fsx_mono_ns() - l->fresh < LOGIN_FRESH_S * SECOND;
}

void logins_end_of(struct engine *e, const char *user, const struct login *keep)
{
	struct login *l, *next;

	for (l = TAILQ_FIRST(&e->logins); l; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (l != keep && !strcmp(l->user, user))
			login_end(e, l);
	}
}
