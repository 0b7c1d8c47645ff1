// SPDX-License-Identifier: Apache-2.0
/* The keys role judges for itself: what it signs, and what it refuses. */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chan.h"
#include "init.h"
#include "keys.h"
#include "layout.h"
#include "pki.h"
#include "rig.h"
#include "roles.h"
#include "seal.h"
#include "sealkey.h"
#include "tls.h"

static struct keys keys;
static struct err err;

static int setup(void **state)
{
	(void)state;
	rig_begin();
	if (init_state(rig_path("state"), "test", "", &err) ||
	    keys_load(&keys, rig_path("state"), &err))
		fail_msg("%s", err.text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	keys_free(&keys);
	rig_end();
	return 0;
}

static struct release good(uint64_t serial)
{
	int64_t now = time(NULL);
	struct release r = {.site = "www",
			    .serial = serial,
			    .root_size = 8,
			    .issued = now,
			    .expires = now + 30 * 86400};

	return r;
}

/* Asks; the answer's type, and its payload behind the request number in `out`. */
static uint16_t ask_bytes(const void *bytes, size_t n, struct buf *out)
{
	struct buf q;
	uint16_t type;

	buf_init(&q, CHAN_PAYLOAD_MAX);
	buf_init(out, CHAN_PAYLOAD_MAX);
	buf_put_u32(&q, 7);
	buf_put_blob(&q, bytes, n);
	type = keys_answer(&keys, KEYS_SIGN_RELEASE, q.data, q.len, out);
	buf_free(&q);
	return type;
}

static uint16_t ask(const struct release *r, struct buf *out)
{
	struct buf b;
	uint16_t type;

	buf_init(&b, 4096);
	if (release_encode(r, &b, &err))
		fail_msg("%s", err.text);
	type = ask_bytes(b.data, b.len, out);
	buf_free(&b);
	return type;
}

static bool signs(struct release r)
{
	struct buf out;
	uint16_t type = ask(&r, &out);

	buf_free(&out);
	assert_true(type == KEYS_SIGNED || type == KEYS_REFUSED);
	return type == KEYS_SIGNED;
}

static void test_signature_is_right(void **state)
{
	struct release r = good(1), opened;
	struct signed_release s;
	struct sign_public pub;
	struct buf out, b;

	(void)state;
	assert_int_equal(ask(&r, &out), KEYS_SIGNED);
	assert_int_equal(out.len, 4 + SIGN_SIG_LEN);
	buf_init(&b, sizeof(s.bytes));
	assert_int_equal(release_encode(&r, &b, &err), 0);
	memcpy(s.bytes, b.data, b.len);
	s.len = b.len;
	memcpy(s.sig, out.data + 4, SIGN_SIG_LEN);
	assert_int_equal(sign_public_of(&keys.release, &pub, &err), 0);
	assert_int_equal(release_open(&s, &pub, &opened, &err), 0);
	assert_int_equal(opened.serial, 1);
	buf_free(&b);
	buf_free(&out);
}

static void test_serials_only_rise(void **state)
{
	struct release other = good(1);

	(void)state;
	assert_true(signs(good(5)));
	assert_false(signs(good(5)));
	assert_false(signs(good(4)));
	assert_false(signs(good(1)));
	assert_true(signs(good(6)));
	strcpy(other.site, "shop"); /* each site counts for itself */
	assert_true(signs(other));
	assert_false(signs(other));
}

static void test_lifetimes_are_bounded(void **state)
{
	struct release r = good(1);

	(void)state;
	r.expires = r.issued + 401ll * 86400;
	assert_false(signs(r));
	r.expires = r.issued + 400ll * 86400;
	assert_true(signs(r));
	r = good(2);
	r.issued += 3 * 86400; /* says it comes from the future */
	r.expires += 3 * 86400;
	assert_false(signs(r));
}

static void test_a_refusal_does_not_use_up_the_serial(void **state)
{
	struct release r = good(3);

	(void)state;
	r.expires = r.issued + 500ll * 86400;
	assert_false(signs(r));
	assert_true(signs(good(3)));
}

static void test_garbage_is_refused(void **state)
{
	uint8_t junk[RELEASE_BYTES_MAX];
	struct release r = good(9);
	struct buf out, b;

	(void)state;
	memset(junk, 'x', sizeof(junk));
	assert_int_equal(ask_bytes(junk, sizeof(junk), &out), KEYS_REFUSED);
	buf_free(&out);
	assert_int_equal(ask_bytes("", 0, &out), KEYS_REFUSED);
	buf_free(&out);
	buf_init(&b, 4096);
	release_encode(&r, &b, &err);
	buf_put_u8(&b, 0); /* a byte behind the end */
	assert_int_equal(ask_bytes(b.data, b.len, &out), KEYS_REFUSED);
	buf_free(&out);
	/* Every shorter form of a good one. */
	for (size_t n = 0; n + 1 < b.len; n++) {
		assert_int_equal(ask_bytes(b.data, n, &out), KEYS_REFUSED);
		buf_free(&out);
	}
	buf_free(&b);
	assert_true(signs(good(9)));
}

static void test_malformed_requests_end_the_role(void **state)
{
	static const uint16_t types[] = {KEYS_SIGN_RELEASE, KEYS_ISSUE_CERT, KEYS_SIGNED, 0,
					 0xffff};
	uint8_t bytes[] = {0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			buf_init(&out, CHAN_PAYLOAD_MAX);
			assert_int_equal(keys_answer(&keys, types[i], bytes, n, &out), 0);
			buf_free(&out);
		}
	}
}

static uint16_t ask_cert(const char *uri, const char *csr_uri, uint32_t days, struct buf *out)
{
	char *key = pki_key(&err), *csr = pki_request(key, csr_uri, &err);
	struct buf q;
	uint16_t type;

	assert_non_null(csr);
	buf_init(&q, CHAN_PAYLOAD_MAX);
	buf_init(out, CHAN_PAYLOAD_MAX);
	buf_put_u32(&q, 3);
	buf_put_u32(&q, days);
	buf_put_str(&q, uri);
	buf_put_str(&q, csr);
	type = keys_answer(&keys, KEYS_ISSUE_CERT, q.data, q.len, out);
	buf_free(&q);
	free(csr);
	free(key);
	return type;
}

static void test_certificates(void **state)
{
	static const struct {
		const char *uri, *in_request;
		uint32_t days;
		uint16_t answer;
	} cases[] = {
		{"webdefender:host:web1", "webdefender:host:web1", 30, KEYS_ISSUED},
		{"webdefender:host:web1", "webdefender:host:web1", 400, KEYS_ISSUED},
		{"webdefender:host:web1", "webdefender:host:web1", 401, KEYS_REFUSED},
		{"webdefender:host:web1", "webdefender:host:web1", 0, KEYS_REFUSED},
		{"webdefender:host:web1", "webdefender:host:web2", 30, KEYS_REFUSED},
		{"webdefender:host:web1", "webdefender:publisher", 30, KEYS_REFUSED},
		{"webdefender:publisher", "webdefender:publisher", 30, KEYS_REFUSED},
		{"webdefender:host:", "webdefender:host:web1", 30, KEYS_REFUSED},
		{"webdefender:host:../x", "webdefender:host:web1", 30, KEYS_REFUSED},
		{"webdefender:host:a b", "webdefender:host:web1", 30, KEYS_REFUSED},
		{"", "webdefender:host:web1", 30, KEYS_REFUSED},
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (ask_cert(cases[i].uri, cases[i].in_request, cases[i].days, &out) !=
		    cases[i].answer)
			fail_msg("case %zu: %s", i, cases[i].uri);
		buf_free(&out);
	}
}

static void test_init_overwrites_nothing(void **state)
{
	(void)state;
	assert_int_equal(init_state(rig_path("state"), "other", "", &err), -1);
	assert_non_null(strstr(err.text, "not overwritten"));
}

static void test_damaged_key_file_is_named(void **state)
{
	struct keys k;

	(void)state;
	rig_write(rig_path("state/" LAYOUT_RELEASE_KEY), "not hex\n");
	assert_int_equal(keys_load(&k, rig_path("state"), &err), -1);
	assert_non_null(strstr(err.text, LAYOUT_RELEASE_KEY));
}

/* ---- sealing ---- */

static void put_statement(struct buf *q, const struct seal_statement *s)
{
	buf_put_u32(q, 7);
	buf_put_u32(q, s->seconds);
	buf_put(q, s->boot, sizeof(s->boot));
	buf_put(q, s->nonce, sizeof(s->nonce));
	buf_put_str(q, s->host);
}

static uint16_t ask_unseal(const struct seal_statement *s, struct buf *out)
{
	struct buf q;
	uint16_t type;

	buf_init(&q, 4096);
	buf_init(out, CHAN_PAYLOAD_MAX);
	put_statement(&q, s);
	type = keys_answer(&keys, KEYS_SIGN_UNSEAL, q.data, q.len, out);
	buf_free(&q);
	return type;
}

static EVP_PKEY *public_of(struct seal_key *k)
{
	uint8_t request[] = {0, 0, 0, 7};
	struct sign_public pub;
	const uint8_t *der = k->der;
	struct buf out;
	struct rd r;

	buf_init(&out, CHAN_PAYLOAD_MAX);
	assert_int_equal(keys_answer(&keys, KEYS_SEAL_KEY, request, sizeof(request), &out),
			 KEYS_SEAL_KEY_IS);
	r = rd_over(out.data, out.len);
	assert_int_equal(rd_u32(&r), 7);
	seal_key_get(&r, k);
	assert_true(rd_end(&r));
	assert_int_equal(sign_public_of(&keys.release, &pub, &err), 0);
	assert_int_equal(seal_key_check(k, &pub, &err), 0);
	buf_free(&out);
	return d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, k->n);
}

static int fits(EVP_PKEY *pub, const struct seal_statement *s, const uint8_t *sig, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf b;
	int ok;

	buf_init(&b, 1024);
	seal_statement_put(&b, s);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, pub) == 1 &&
	     EVP_DigestVerify(ctx, sig, n, b.data, b.len) == 1;
	buf_free(&b);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static void test_unsealing_is_signed_for_one_statement(void **state)
{
	struct seal_statement s = {.seconds = 600, .host = "web1"};
	struct seal_key k;
	EVP_PKEY *pub = public_of(&k);
	const uint8_t *sig;
	struct buf out;
	struct rd r;
	size_t n;

	(void)state;
	assert_non_null(pub);
	assert_int_equal(EVP_PKEY_bits(pub), 3072);
	assert_int_equal(ask_unseal(&s, &out), KEYS_UNSEAL_SIGNED);
	r = rd_over(out.data, out.len);
	assert_int_equal(rd_u32(&r), 7);
	sig = rd_blob(&r, SEAL_SIG_MAX, &n);
	assert_true(rd_end(&r));
	assert_true(fits(pub, &s, sig, n));
	s.seconds = 601;
	assert_false(fits(pub, &s, sig, n));
	s.seconds = 600;
	s.nonce[0] = 1;
	assert_false(fits(pub, &s, sig, n));
	s.nonce[0] = 0;
	strcpy(s.host, "web2");
	assert_false(fits(pub, &s, sig, n));
	EVP_PKEY_free(pub);
	buf_free(&out);
}

static void test_nothing_but_statements_is_signed(void **state)
{
	struct seal_statement good_one = {.seconds = 600, .host = "web1"}, s = good_one;
	struct buf out, q;

	(void)state;
	s.seconds = 0;
	assert_int_equal(ask_unseal(&s, &out), 0);
	buf_free(&out);
	s.seconds = SEAL_SECONDS_MAX + 1;
	assert_int_equal(ask_unseal(&s, &out), 0);
	buf_free(&out);
	s = good_one;
	strcpy(s.host, "../etc");
	assert_int_equal(ask_unseal(&s, &out), 0);
	buf_free(&out);
	buf_init(&q, 4096);
	put_statement(&q, &good_one);
	for (size_t n = 0; n < q.len; n++) {
		buf_init(&out, CHAN_PAYLOAD_MAX);
		assert_int_equal(keys_answer(&keys, KEYS_SIGN_UNSEAL, q.data, n, &out), 0);
		buf_free(&out);
	}
	buf_free(&q);
}

static void test_an_older_state_gets_a_seal_key_and_keeps_it(void **state)
{
	struct keys again;
	struct seal_key one, two;

	(void)state;
	assert_int_equal(unlink(rig_path("state/keys/seal.key")), 0);
	assert_int_equal(keys_load(&again, rig_path("state"), &err), 0);
	assert_int_equal(sealkey_public(again.seal, &one, &err), 0);
	keys_free(&again);
	assert_int_equal(keys_load(&again, rig_path("state"), &err), 0);
	assert_int_equal(sealkey_public(again.seal, &two, &err), 0);
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.der, two.der, one.n);
	keys_free(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_signature_is_right),
		T(test_serials_only_rise),
		T(test_lifetimes_are_bounded),
		T(test_a_refusal_does_not_use_up_the_serial),
		T(test_garbage_is_refused),
		T(test_malformed_requests_end_the_role),
		T(test_certificates),
		T(test_init_overwrites_nothing),
		T(test_damaged_key_file_is_named),
		T(test_unsealing_is_signed_for_one_statement),
		T(test_nothing_but_statements_is_signed),
		T(test_an_older_state_gets_a_seal_key_and_keeps_it),
	};

	return cmocka_run_group_tests_name("publisher/keys", tests, NULL, NULL);
}
