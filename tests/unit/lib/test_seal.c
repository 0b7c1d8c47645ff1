// SPDX-License-Identifier: Apache-2.0
/* What sealing says: statements, keys, and texts that people copy. */
#include "unit.h"
#include "seal.h"

static struct seal_challenge challenge(void)
{
	struct seal_challenge c = {.host = "web1"};

	memset(c.boot, 0xb0, sizeof(c.boot));
	memset(c.nonce, 0x17, sizeof(c.nonce));
	return c;
}

static struct seal_response response(void)
{
	struct seal_response a = {.seconds = 600, .n = 384};

	memset(a.nonce, 0x17, sizeof(a.nonce));
	memset(a.sig, 0x5a, sizeof(a.sig));
	return a;
}

/* The module composes the same bytes: kmod/seal.c, and tests/vm/kmod/seal.sh in a shell. */
static void a_statement_is_these_bytes(void **state)
{
	struct seal_statement s = {.seconds = 600, .host = "web1"};
	static const uint8_t head[] = "WebDefender unseal v1\0\1\0\0\2\x58";
	struct buf b;

	(void)state;
	memset(s.boot, 0xb0, sizeof(s.boot));
	memset(s.nonce, 0x17, sizeof(s.nonce));
	buf_init(&b, 1024);
	seal_statement_put(&b, &s);
	assert_true(buf_ok(&b));
	assert_int_equal(b.len, sizeof(head) - 1 + 16 + 32 + 1 + 4);
	assert_memory_equal(b.data, head, sizeof(head) - 1);
	assert_int_equal(b.data[sizeof(head) - 1], 0xb0);
	assert_int_equal(b.data[b.len - 5], 4);
	assert_memory_equal(b.data + b.len - 4, "web1", 4);
	buf_free(&b);
}

static void a_statement_has_a_host_and_a_time(void **state)
{
	struct seal_statement s = {.seconds = 600, .host = "web1"};

	(void)state;
	assert_true(seal_statement_ok(&s));
	s.seconds = 0;
	assert_false(seal_statement_ok(&s));
	s.seconds = SEAL_SECONDS_MAX + 1;
	assert_false(seal_statement_ok(&s));
	s.seconds = SEAL_SECONDS_MAX;
	s.host[0] = '\0';
	assert_false(seal_statement_ok(&s));
}

static void texts_come_back(void **state)
{
	struct seal_challenge c = challenge(), c2;
	struct seal_response a = response(), a2;
	char text[SEAL_TEXT_MAX], broken[2 * SEAL_TEXT_MAX];
	size_t n = 0;

	(void)state;
	assert_int_equal(seal_challenge_text(&c, text), 0);
	assert_int_equal(seal_challenge_parse(text, &c2, NULL), 0);
	assert_memory_equal(c2.nonce, c.nonce, sizeof(c.nonce));
	assert_memory_equal(c2.boot, c.boot, sizeof(c.boot));
	assert_string_equal(c2.host, "web1");
	assert_int_equal(seal_response_text(&a, text), 0);
	/* As a terminal breaks lines. */
	for (const char *p = text; *p; p++) {
		if ((p - text) % 60 == 59)
			n += sprintf(broken + n, "\r\n  ");
		broken[n++] = *p;
	}
	broken[n] = '\0';
	assert_int_equal(seal_response_parse(broken, &a2, NULL), 0);
	assert_int_equal(a2.seconds, 600);
	assert_int_equal(a2.n, 384);
	assert_memory_equal(a2.sig, a.sig, a.n);
}

static void no_text_that_was_cut_or_miscopied_is_taken(void **state)
{
	struct seal_challenge c = challenge();
	struct seal_response a = response();
	char text[SEAL_TEXT_MAX], other[SEAL_TEXT_MAX];
	size_t n;

	(void)state;
	assert_int_equal(seal_challenge_text(&c, text), 0);
	n = strlen(text);
	for (size_t cut = 0; cut < n; cut++) {
		memcpy(other, text, cut);
		other[cut] = '\0';
		assert_int_equal(seal_challenge_parse(other, &c, NULL), -1);
	}
	for (size_t at = 0; at < n; at++) {
		memcpy(other, text, n + 1);
		other[at] = other[at] == 'x' ? 'y' : 'x';
		assert_int_equal(seal_challenge_parse(other, &c, NULL), -1);
	}
	assert_int_equal(seal_response_parse(text, &a, NULL), -1); /* one is not the other */
	memset(other, 'A', sizeof(other) - 1);
	memcpy(other, "wd-response:", 12);
	other[sizeof(other) - 1] = '\0';
	assert_int_equal(seal_response_parse(other, &a, NULL), -1);
	assert_int_equal(seal_response_parse("", &a, NULL), -1);
}

static void a_key_counts_only_with_the_release_keys_signature(void **state)
{
	struct sign_secret secret, stranger;
	struct sign_public pub, other;
	struct seal_key k = {.n = 400}, got = {.n = 0};
	struct buf b;
	struct rd r;

	(void)state;
	assert_int_equal(sign_keypair(&secret, &pub, NULL), 0);
	assert_int_equal(sign_keypair(&stranger, &other, NULL), 0);
	memset(k.der, 0x30, sizeof(k.der));
	assert_int_equal(sign_make(&secret, SEAL_KEY_DOMAIN, k.der, k.n, k.sig, NULL), 0);
	buf_init(&b, 2048);
	seal_key_put(&b, &k);
	r = rd_over(b.data, b.len);
	seal_key_get(&r, &got);
	assert_true(rd_end(&r));
	assert_int_equal(seal_key_check(&got, &pub, NULL), 0);
	assert_int_equal(seal_key_check(&got, &other, NULL), -1);
	got.der[7] ^= 1;
	assert_int_equal(seal_key_check(&got, &pub, NULL), -1);
	for (size_t n = 0; n < b.len; n++) {
		r = rd_over(b.data, n);
		seal_key_get(&r, &got);
		assert_false(rd_end(&r));
	}
	buf_free(&b);
}

static void messages_are_bounded(void **state)
{
	struct msg_seal m = {.request = 1, .verb = SEAL_VERB_UNSEAL, .seconds = 600, .n = 384}, got;
	struct msg_sealed s = {.request = 1, .state = SEAL_LIFTED, .seconds = 600, .text = "why"},
			  t;
	struct buf b;
	struct rd r;

	(void)state;
	buf_init(&b, 4096);
	msg_seal_put(&b, &m);
	for (size_t n = 0; n <= b.len; n++) {
		r = rd_over(b.data, n);
		msg_seal_get(&r, &got);
		assert_int_equal(rd_end(&r), n == b.len);
	}
	m.n = 0; /* UNSEAL without a signature */
	buf_reset(&b);
	msg_seal_put(&b, &m);
	r = rd_over(b.data, b.len);
	msg_seal_get(&r, &got);
	assert_false(rd_end(&r));
	buf_reset(&b);
	msg_sealed_put(&b, &s);
	r = rd_over(b.data, b.len);
	msg_sealed_get(&r, &t);
	assert_true(rd_end(&r));
	assert_string_equal(t.text, "why");
	b.data[4] = SEAL_STATE_MAX;
	r = rd_over(b.data, b.len);
	msg_sealed_get(&r, &t);
	assert_false(rd_end(&r));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_statement_is_these_bytes),
		cmocka_unit_test(a_statement_has_a_host_and_a_time),
		cmocka_unit_test(texts_come_back),
		cmocka_unit_test(no_text_that_was_cut_or_miscopied_is_taken),
		cmocka_unit_test(a_key_counts_only_with_the_release_keys_signature),
		cmocka_unit_test(messages_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
