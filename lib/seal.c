// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include "seal.h"

#define COMMAND_UNSEAL 1
#define CHECK_LEN 4 /* of a text: the first bytes of the hash of the rest */
#define BYTES_MAX (SEAL_TEXT_MAX / 4 * 3)
#define CHALLENGE "wd-challenge:"
#define RESPONSE "wd-response:"

/* ---- statement and key ---- */

static bool host_ok(const char *host)
{
	return *host && strnlen(host, SEAL_HOST_MAX) < SEAL_HOST_MAX;
}

bool seal_statement_ok(const struct seal_statement *s)
{
	return s->seconds >= 1 && s->seconds <= SEAL_SECONDS_MAX && host_ok(s->host);
}

void seal_statement_put(struct buf *b, const struct seal_statement *s)
{
	size_t n = strnlen(s->host, SEAL_HOST_MAX - 1);

	buf_put(b, SEAL_DOMAIN, sizeof(SEAL_DOMAIN));
	buf_put_u8(b, COMMAND_UNSEAL);
	buf_put_u32(b, s->seconds);
	buf_put(b, s->boot, sizeof(s->boot));
	buf_put(b, s->nonce, sizeof(s->nonce));
	buf_put_u8(b, n);
	buf_put(b, s->host, n);
}

void seal_key_put(struct buf *b, const struct seal_key *k)
{
	buf_put_blob(b, k->der, k->n);
	buf_put(b, k->sig, sizeof(k->sig));
}

void seal_key_get(struct rd *r, struct seal_key *k)
{
	const uint8_t *der = rd_blob(r, SEAL_DER_MAX, &k->n);

	if (der && !r->failed)
		memcpy(k->der, der, k->n);
	rd_copy(r, k->sig, sizeof(k->sig));
	if (!k->n)
		r->failed = true;
}

int seal_key_check(const struct seal_key *k, const struct sign_public *release, struct err *err)
{
	return sign_check(release, SEAL_KEY_DOMAIN, k->der, k->n, k->sig, err);
}

void seal_key_digest(const struct seal_key *k, struct hash *out)
{
	*out = hash_of(k->der, k->n);
}

/* ---- texts ---- */

static int to_text(const char *prefix, struct buf *b, char to[SEAL_TEXT_MAX])
{
	size_t at = strlen(prefix);
	struct hash h;
	int rc = -1;

	h = hash_of(b->data, b->len);
	buf_put(b, h.b, CHECK_LEN);
	if (buf_ok(b) && at + (b->len + 2) / 3 * 4 < SEAL_TEXT_MAX) {
		memcpy(to, prefix, at);
		EVP_EncodeBlock((unsigned char *)to + at, b->data, b->len);
		rc = 0;
	}
	buf_free(b);
	return rc;
}

/* Into bytes[BYTES_MAX], without the check; their number, or -1. */
static int from_text(const char *prefix, const char *text, uint8_t *bytes, struct err *err)
{
	char plain[SEAL_TEXT_MAX], again[SEAL_TEXT_MAX];
	size_t n = 0, at = strlen(prefix);
	struct hash h;
	int len;

	for (; *text; text++) {
		if (isspace((unsigned char)*text))
			continue;
		if (n == sizeof(plain) - 1)
			return err_set(err, "the text is too long to be a \"%s...\"", prefix);
		plain[n++] = *text;
	}
	plain[n] = '\0';
	if (strncmp(plain, prefix, at))
		return err_set(err, "the text does not begin with \"%s\": copy all of it", prefix);
	n -= at;
	if (!n || n % 4)
		return err_set(err, "the text is cut short: copy all of it");
	len = EVP_DecodeBlock(bytes, (unsigned char *)plain + at, n);
	if (len < 0)
		return err_set(err, "the text has characters that are not base64: copy it again");
	len -= plain[at + n - 1] == '=';
	len -= plain[at + n - 2] == '=';
	if (len <= CHECK_LEN)
		return err_set(err, "the text is cut short: copy all of it");
	/* One text for the same bytes: unused bits are zeros, '=' stands at the end only. */
	EVP_EncodeBlock((unsigned char *)again, bytes, len);
	if (strcmp(again, plain + at))
		return err_set(err, "the text was not copied correctly: its end is none");
	h = hash_of(bytes, len - CHECK_LEN);
	if (memcmp(bytes + len - CHECK_LEN, h.b, CHECK_LEN))
		return err_set(err, "the text was not copied correctly: its check does not fit");
	return len - CHECK_LEN;
}

int seal_challenge_text(const struct seal_challenge *c, char to[SEAL_TEXT_MAX])
{
	struct buf b;

	buf_init(&b, BYTES_MAX);
	buf_put(&b, c->boot, sizeof(c->boot));
	buf_put(&b, c->nonce, sizeof(c->nonce));
	buf_put_str(&b, c->host);
	return to_text(CHALLENGE, &b, to);
}

int seal_challenge_parse(const char *text, struct seal_challenge *c, struct err *err)
{
	uint8_t bytes[BYTES_MAX];
	int n = from_text(CHALLENGE, text, bytes, err);
	struct rd r;

	if (n < 0)
		return -1;
	r = rd_over(bytes, n);
	rd_copy(&r, c->boot, sizeof(c->boot));
	rd_copy(&r, c->nonce, sizeof(c->nonce));
	rd_str(&r, c->host, sizeof(c->host));
	return rd_end(&r) && host_ok(c->host) ? 0 : err_set(err, "this is no challenge");
}

int seal_response_text(const struct seal_response *a, char to[SEAL_TEXT_MAX])
{
	struct buf b;

	buf_init(&b, BYTES_MAX);
	buf_put_u32(&b, a->seconds);
	buf_put(&b, a->nonce, sizeof(a->nonce));
	buf_put_blob(&b, a->sig, a->n);
	return to_text(RESPONSE, &b, to);
}

static void sig_get(struct rd *r, uint8_t sig[SEAL_SIG_MAX], size_t *n)
{
	const uint8_t *p = rd_blob(r, SEAL_SIG_MAX, n);

	if (p && !r->failed)
		memcpy(sig, p, *n);
}

int seal_response_parse(const char *text, struct seal_response *a, struct err *err)
{
	uint8_t bytes[BYTES_MAX];
	int n = from_text(RESPONSE, text, bytes, err);
	struct rd r;

	if (n < 0)
		return -1;
	r = rd_over(bytes, n);
	a->seconds = rd_u32(&r);
	rd_copy(&r, a->nonce, sizeof(a->nonce));
	sig_get(&r, a->sig, &a->n);
	if (!rd_end(&r) || !a->n || !a->seconds || a->seconds > SEAL_SECONDS_MAX)
		return err_set(err, "this is no response");
	return 0;
}

/* ---- messages ---- */

const char *seal_state_name(uint8_t state)
{
	static const char *const names[SEAL_STATE_MAX] = {"none", "open", "sealed", "unsealed"};

	return state < SEAL_STATE_MAX ? names[state] : "unknown";
}

void msg_seal_put(struct buf *b, const struct msg_seal *m)
{
	buf_put_u32(b, m->request);
	buf_put_u8(b, m->verb);
	buf_put_u32(b, m->seconds);
	buf_put(b, m->nonce, sizeof(m->nonce));
	buf_put_blob(b, m->sig, m->n);
}

void msg_seal_get(struct rd *r, struct msg_seal *m)
{
	m->request = rd_u32(r);
	m->verb = rd_u8(r);
	m->seconds = rd_u32(r);
	rd_copy(r, m->nonce, sizeof(m->nonce));
	sig_get(r, m->sig, &m->n);
	if (!m->request || m->verb >= SEAL_VERB_MAX || m->seconds > SEAL_SECONDS_MAX ||
	    (m->verb == SEAL_VERB_UNSEAL) != (m->n > 0))
		r->failed = true;
}

void msg_sealed_put(struct buf *b, const struct msg_sealed *m)
{
	buf_put_u32(b, m->request);
	buf_put_u8(b, m->state);
	buf_put_u8(b, m->refused);
	buf_put_u32(b, m->seconds);
	buf_put(b, m->boot, sizeof(m->boot));
	buf_put(b, m->nonce, sizeof(m->nonce));
	buf_put(b, m->key.b, HASH_LEN);
	buf_put_str(b, m->text);
}

void msg_sealed_get(struct rd *r, struct msg_sealed *m)
{
	m->request = rd_u32(r);
	m->state = rd_u8(r);
	m->refused = rd_u8(r);
	m->seconds = rd_u32(r);
	rd_copy(r, m->boot, sizeof(m->boot));
	rd_copy(r, m->nonce, sizeof(m->nonce));
	rd_copy(r, m->key.b, HASH_LEN);
	rd_str(r, m->text, sizeof(m->text));
	if (m->state >= SEAL_STATE_MAX || m->refused > 1 || m->seconds > SEAL_SECONDS_MAX)
		r->failed = true;
}
