// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "release.h"

static struct sign_secret secret;
static struct sign_public public;

static int keys(void **state)
{
	(void)state;
	return sign_keypair(&secret, &public, NULL);
}

static struct release sample(void)
{
	struct release r = {.site = "www",
			    .serial = 7,
			    .root_size = 8,
			    .root_mode = 0755,
			    .issued = 1000,
			    .expires = 2000,
			    .note = "hello"};

	r.root = hash_of("x", 1);
	return r;
}

static struct signed_release signed_sample(const char *domain)
{
	struct release r = sample();
	struct signed_release s;
	struct buf b;

	buf_init(&b, RELEASE_BYTES_MAX);
	assert_int_equal(release_encode(&r, &b, NULL), 0);
	memcpy(s.bytes, b.data, b.len);
	s.len = b.len;
	assert_int_equal(sign_make(&secret, domain, s.bytes, s.len, s.sig, NULL), 0);
	buf_free(&b);
	return s;
}

static void a_signed_release_opens(void **state)
{
	struct signed_release s = signed_sample(RELEASE_DOMAIN), t;
	struct release r;
	struct buf b;
	struct rd rd;

	(void)state;
	buf_init(&b, 4096);
	signed_release_put(&b, &s);
	rd = rd_over(b.data, b.len);
	signed_release_get(&rd, &t);
	assert_true(rd_end(&rd));
	assert_int_equal(release_open(&t, &public, &r, NULL), 0);
	assert_string_equal(r.site, "www");
	assert_int_equal(r.serial, 7);
	assert_string_equal(r.note, "hello");
	buf_free(&b);
}

static void every_flipped_bit_of_release_or_signature_is_refused(void **state)
{
	struct signed_release s = signed_sample(RELEASE_DOMAIN);
	struct release r;

	(void)state;
	for (size_t bit = 0; bit < 8 * s.len; bit++) {
		s.bytes[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(release_open(&s, &public, &r, NULL), -1);
		s.bytes[bit / 8] ^= 1 << bit % 8;
	}
	for (size_t bit = 0; bit < 8 * SIGN_SIG_LEN; bit++) {
		s.sig[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(release_open(&s, &public, &r, NULL), -1);
		s.sig[bit / 8] ^= 1 << bit % 8;
	}
	assert_int_equal(release_open(&s, &public, &r, NULL), 0);
}

static void a_signature_made_for_something_else_is_refused(void **state)
{
	struct signed_release s = signed_sample("webdefender seal v1");
	struct sign_secret other;
	struct sign_public other_public;
	struct release r;

	(void)state;
	assert_int_equal(release_open(&s, &public, &r, NULL), -1);
	s = signed_sample(RELEASE_DOMAIN);
	assert_int_equal(sign_keypair(&other, &other_public, NULL), 0);
	assert_int_equal(release_open(&s, &other_public, &r, NULL), -1);
}

static void nonsense_is_refused_even_when_signed(void **state)
{
	struct release bad[6], r;
	struct buf b;

	(void)state;
	buf_init(&b, RELEASE_BYTES_MAX);
	for (int i = 0; i < 6; i++)
		bad[i] = sample();
	strcpy(bad[0].site, "../etc");
	strcpy(bad[1].site, "");
	bad[2].serial = 0;
	bad[3].expires = bad[3].issued;
	bad[4].root_size = UINT64_MAX;
	bad[5].root_mode = 0xffff;
	for (int i = 0; i < 6; i++) {
		buf_reset(&b);
		assert_int_equal(release_encode(&bad[i], &b, NULL), -1);
	}
	bad[0] = sample();
	buf_reset(&b);
	assert_int_equal(release_encode(&bad[0], &b, NULL), 0);
	for (size_t n = 0; n < b.len; n++)
		assert_int_equal(release_decode(b.data, n, &r, NULL), -1);
	buf_put_u8(&b, 0);
	assert_int_equal(release_decode(b.data, b.len, &r, NULL), -1);
	buf_free(&b);
}

/* Without filters the bytes are those of a release from before there were any. */
static void filters_travel_and_are_bounded(void **state)
{
	struct release r = sample(), back;
	struct buf b, plain;
	size_t n;

	(void)state;
	buf_init(&b, 2 * RELEASE_BYTES_MAX);
	buf_init(&plain, RELEASE_BYTES_MAX);
	assert_int_equal(release_encode(&r, &plain, NULL), 0);
	assert_int_equal(filters_add(&r.filters, "uploads/", NULL), 0);
	assert_int_equal(filters_add(&r.filters, "*.log", NULL), 0);
	assert_int_equal(release_encode(&r, &b, NULL), 0);
	assert_memory_equal(b.data, plain.data, plain.len);
	assert_int_equal(release_decode(b.data, b.len, &back, NULL), 0);
	assert_true(filters_same(&r.filters, &back.filters));
	for (n = plain.len + 1; n < b.len; n++)
		assert_int_equal(release_decode(b.data, n, &back, NULL), -1);
	assert_int_equal(release_decode(b.data, plain.len, &back, NULL), 0);
	assert_int_equal(back.filters.n, 0);

	/* none where there is a count; more than can be; twice the same; no filter at all */
	static const struct {
		unsigned int count;
		const char *text;
		int times;
	} bad[] = {{0, "", 0}, {65, "x", 1}, {2, "x", 2}, {1, "..", 1}, {1, "*", 1}, {1, "x", 0}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		buf_reset(&b);
		buf_put(&b, plain.data, plain.len);
		buf_put_u16(&b, bad[i].count);
		for (int k = 0; k < bad[i].times; k++)
			buf_put_str(&b, bad[i].text);
		assert_int_equal(release_decode(b.data, b.len, &back, NULL), -1);
	}

	/* the most there can be fits */
	r = sample();
	memset(r.note, 'n', sizeof(r.note) - 1);
	for (int i = 0; i < FILTERS_MAX; i++) {
		char text[64];

		snprintf(text, sizeof(text), "%02d%057d", i, 0);
		assert_int_equal(filters_add(&r.filters, text, NULL), 0);
	}
	buf_reset(&b);
	assert_int_equal(release_encode(&r, &b, NULL), 0);
	assert_int_equal(release_decode(b.data, b.len, &back, NULL), 0);
	buf_free(&b);
	buf_free(&plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_release_opens),
		cmocka_unit_test(every_flipped_bit_of_release_or_signature_is_refused),
		cmocka_unit_test(a_signature_made_for_something_else_is_refused),
		cmocka_unit_test(filters_travel_and_are_bounded),
		cmocka_unit_test(nonsense_is_refused_even_when_signed),
	};
	return cmocka_run_group_tests_name("release", tests, keys, NULL);
}
