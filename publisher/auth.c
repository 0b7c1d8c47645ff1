// SPDX-License-Identifier: Apache-2.0
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "auth.h"
#include "chan.h"
#include "confine.h"
#include "layout.h"
#include "role.h"
#include "roles.h"

#define OPSLIMIT crypto_pwhash_OPSLIMIT_INTERACTIVE /* 2 passes */
#define MEMLIMIT crypto_pwhash_MEMLIMIT_INTERACTIVE /* 64 MiB */
#define WINDOW 1				    /* steps of a clock that is wrong, either way */

_Static_assert(crypto_pwhash_STRBYTES <= AUTH_PHC_MAX, "a PHC string fits");

static uint16_t answer_hash(struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);
	char password[AUTH_PASSWORD_MAX], phc[crypto_pwhash_STRBYTES] = "";

	rd_str(r, password, sizeof(password));
	if (!rd_end(r))
		return 0;
	if (crypto_pwhash_str_alg(phc, password, strlen(password), OPSLIMIT, MEMLIMIT,
				  crypto_pwhash_ALG_ARGON2ID13))
		*phc = 0; /* no memory; an empty one never matches */
	sodium_memzero(password, sizeof(password));
	buf_put_u32(out, request);
	buf_put_str(out, phc);
	return AUTH_HASHED;
}

static uint16_t answer_check(struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);
	char password[AUTH_PASSWORD_MAX], phc[AUTH_PHC_MAX];
	bool right;

	rd_str(r, password, sizeof(password));
	rd_str(r, phc, sizeof(phc));
	if (!rd_end(r))
		return 0;
	right = crypto_pwhash_str_verify(phc, password, strlen(password)) == 0;
	sodium_memzero(password, sizeof(password));
	buf_put_u32(out, request);
	buf_put_u8(out, right);
	return AUTH_CHECKED;
}

int64_t auth_totp(const uint8_t *secret, size_t n, const char *code, int64_t last, int64_t now)
{
	uint64_t counter = 0;
	int offset = 0;

	if (strlen(code) != AUTH_DIGITS || strspn(code, "0123456789") != AUTH_DIGITS || now < 0)
		return -1;
	/* The counter of the step that matched comes back: a step serves once. */
	if (oath_totp_validate4((const char *)secret, n, now, AUTH_STEP_S, 0, WINDOW, &offset,
				&counter, 0, code) < 0)
		return -1;
	return (int64_t)counter > last ? (int64_t)counter : -1;
}

static uint16_t answer_totp(struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);
	char code[16];
	const uint8_t *secret;
	int64_t last;
	size_t n;

	rd_str(r, code, sizeof(code));
	last = rd_i64(r);
	secret = rd_blob(r, 64, &n);
	if (!rd_end(r))
		return 0;
	buf_put_u32(out, request);
	buf_put_i64(out, auth_totp(secret, n, code, last, time(NULL)));
	return AUTH_STEP;
}

uint16_t auth_answer(uint16_t type, const void *p, size_t n, struct buf *out)
{
	struct rd r = rd_over(p, n);

	switch (type) {
	case AUTH_HASH:
		return answer_hash(&r, out);
	case AUTH_CHECK:
		return answer_check(&r, out);
	case AUTH_TOTP:
		return answer_totp(&r, out);
	}
	return 0;
}

struct auth_role {
	struct event_base *base;
	struct chan *engine;
};

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct auth_role *role = arg;
	struct buf out;
	uint16_t answer;

	buf_init(&out, CHAN_PAYLOAD_MAX);
	answer = auth_answer(type, p, n, &out);
	if (!answer)
		log_err("the engine sent a malformed request of type 0x%04x: ending", type);
	if (!answer || chan_send_buf(role->engine, answer, &out))
		event_base_loopexit(role->base, NULL);
	buf_free(&out);
}

static void on_closed(void *arg, const char *reason)
{
	struct auth_role *role = arg;

	(void)reason; /* the engine ended: so do we */
	role->engine = NULL;
	event_base_loopexit(role->base, NULL);
}

int auth_main(const char *state)
{
	static const struct chan_ops ops = {.message = on_message, .closed = on_closed};
	struct auth_role role = {0};
	char root[LAYOUT_PATH_MAX];
	struct err err;

	if (sodium_init() < 0 || oath_init() != OATH_OK)
		log_fatal("auth: the cryptographic libraries cannot be set up");
	role.base = event_base_new();
	if (!role.base ||
	    confine("webdefender-auth", layout_path(root, state, LAYOUT_EMPTY), false, &err))
		log_fatal("auth: %s", role.base ? err.text : "out of memory");
	role.engine = chan_new_fd(role.base, ROLE_FD, &ops, &role);
	if (!role.engine)
		log_fatal("auth: out of memory");
	event_base_dispatch(role.base);
	chan_close(role.engine);
	event_base_free(role.base);
	oath_done();
	return 0;
}
