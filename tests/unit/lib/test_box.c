// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "box.h"

static struct box_secret secret;
static struct box_public pub;

static void keys(void)
{
	struct sign_secret from = {{7}};
	struct err err;

	assert_int_equal(box_derive(&from, &secret, &err), 0);
	assert_int_equal(box_public_of(&secret, &pub, &err), 0);
}

static void what_is_sealed_opens_once_and_for_one_name(void **state)
{
	uint8_t sealed[20 + BOX_OVERHEAD], again[20 + BOX_OVERHEAD],
		plain[20] = "a secret of twenty";
	uint8_t out[20] = {0};
	struct err err;

	(void)state;
	keys();
	assert_int_equal(box_seal(&pub, "d", "web1", plain, 20, sealed, &err), 0);
	assert_int_equal(box_seal(&pub, "d", "web1", plain, 20, again, &err), 0);
	assert_memory_not_equal(sealed, again, sizeof(sealed));
	assert_int_equal(box_open(&secret, "d", "web1", sealed, sizeof(sealed), out, &err), 0);
	assert_memory_equal(out, plain, 20);
	memset(out, 0, sizeof(out));
	assert_int_equal(box_open(&secret, "d", "web2", sealed, sizeof(sealed), out, &err), -1);
	assert_int_equal(box_open(&secret, "e", "web1", sealed, sizeof(sealed), out, &err), -1);
	assert_int_equal(out[0], 0);
}

static void any_flipped_bit_or_length_is_refused(void **state)
{
	uint8_t sealed[20 + BOX_OVERHEAD], plain[20] = {1}, out[64];
	struct err err;

	(void)state;
	keys();
	assert_int_equal(box_seal(&pub, "d", "n", plain, 20, sealed, &err), 0);
	for (size_t i = 0; i < sizeof(sealed); i++) {
		/* The top bit of an X25519 key does not count (RFC 7748), but it is in the salt. */
		sealed[i] ^= 0x80;
		assert_int_equal(box_open(&secret, "d", "n", sealed, sizeof(sealed), out, &err),
				 -1);
		sealed[i] ^= 0x80;
	}
	for (size_t n = 0; n < sizeof(sealed); n++)
		assert_int_equal(box_open(&secret, "d", "n", sealed, n, out, &err), -1);
	memset(sealed, 0, 32); /* a point of small order */
	assert_int_equal(box_open(&secret, "d", "n", sealed, sizeof(sealed), out, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_opens_once_and_for_one_name),
		cmocka_unit_test(any_flipped_bit_or_length_is_refused),
	};

	return cmocka_run_group_tests_name("box", tests, NULL, NULL);
}
