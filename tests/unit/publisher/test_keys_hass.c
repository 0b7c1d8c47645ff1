// SPDX-License-Identifier: Apache-2.0
/* The keys role and hardware units: whom it opens a sealed key for, and what it then makes. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "chan.h"
#include "hassmsg.h"
#include "init.h"
#include "keys.h"
#include "rig.h"
#include "roles.h"

static struct keys keys;
static struct err err;
static uint8_t key[HASSMSG_KEY], sealed[HASSMSG_SEALED];
static const uint8_t nonce[HASSMSG_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8};

static uint16_t ask(uint16_t type, struct buf *q, struct buf *out)
{
	uint16_t answer;

	buf_init(out, CHAN_PAYLOAD_MAX);
	answer = keys_answer(&keys, type, q->data, q->len, out);
	buf_free(q);
	return answer;
}

/* The box it names, checked as a host does. */
static struct box_public box_of_keys(void)
{
	struct msg_hass_box m;
	struct sign_public pub;
	struct buf q, out;
	struct rd r;

	buf_init(&q, 64);
	buf_put_u32(&q, 7);
	assert_int_equal(ask(KEYS_HASS_BOX, &q, &out), KEYS_HASS_BOXED);
	r = rd_over(out.data, out.len);
	assert_int_equal(rd_u32(&r), 7);
	msg_hass_box_get(&r, &m);
	assert_true(rd_end(&r));
	assert_int_equal(sign_public_of(&keys.release, &pub, &err), 0);
	assert_int_equal(
		sign_check(&pub, HASSMSG_BOX_DOMAIN, m.key.b, sizeof(m.key.b), m.sig, &err), 0);
	buf_free(&out);
	return m.key;
}

static int setup(void **state)
{
	struct box_public box;

	(void)state;
	rig_begin();
	if (init_state(rig_path("state"), "test", "", &err) ||
	    keys_load(&keys, rig_path("state"), &err))
		fail_msg("%s", err.text);
	memset(key, 0x5A, sizeof(key));
	box = box_of_keys();
	assert_int_equal(box_seal(&box, HASSMSG_KEY_DOMAIN, "web1", key, sizeof(key), sealed, &err),
			 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	keys_free(&keys);
	rig_end();
	return 0;
}

static uint16_t ask_mac(const char *host, char letter, size_t sealed_len, struct buf *out)
{
	struct buf q;

	buf_init(&q, 1024);
	buf_put_u32(&q, 9);
	buf_put_str(&q, host);
	buf_put_u8(&q, letter);
	buf_put(&q, nonce, sizeof(nonce));
	buf_put_blob(&q, sealed, sealed_len);
	return ask(KEYS_HASS_MAC, &q, out);
}

/* By doc/PROTOCOL.serial, with OpenSSL. */
static void test_the_mac_is_what_the_unit_expects(void **state)
{
	static const char letters[] = {HASSMSG_VOUCH, HASSMSG_CUT};

	(void)state;
	for (size_t i = 0; i < sizeof(letters); i++) {
		uint8_t message[16] = "wdhass1", want[20];
		struct msg_hass_mac m;
		struct buf out;
		struct rd r;

		message[7] = letters[i];
		memcpy(message + 8, nonce, 8);
		HMAC(EVP_sha1(), key, sizeof(key), message, 16, want, NULL);
		assert_int_equal(ask_mac("web1", letters[i], sizeof(sealed), &out), KEYS_HASS_MADE);
		r = rd_over(out.data, out.len);
		assert_int_equal(rd_u32(&r), 9);
		msg_hass_mac_get(&r, &m);
		assert_true(rd_end(&r));
		assert_int_equal(m.letter, letters[i]);
		assert_memory_equal(m.nonce, nonce, sizeof(nonce));
		assert_memory_equal(m.mac, want, sizeof(want));
		buf_free(&out);
	}
}

static void test_a_key_serves_its_own_host_only(void **state)
{
	struct buf out;

	(void)state;
	assert_int_equal(ask_mac("web2", HASSMSG_VOUCH, sizeof(sealed), &out), KEYS_REFUSED);
	buf_free(&out);
	sealed[40] ^= 1;
	assert_int_equal(ask_mac("web1", HASSMSG_VOUCH, sizeof(sealed), &out), KEYS_REFUSED);
	buf_free(&out);
}

static void test_what_no_engine_asks_ends_the_role(void **state)
{
	struct buf out;

	(void)state;
	assert_int_equal(ask_mac("web1", 'R', sizeof(sealed), &out), 0);
	buf_free(&out);
	assert_int_equal(ask_mac("web1", HASSMSG_CUT, sizeof(sealed) - 1, &out), 0);
	buf_free(&out);
	assert_int_equal(ask_mac("../web1", HASSMSG_CUT, sizeof(sealed), &out), 0);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_the_mac_is_what_the_unit_expects),
		T(test_a_key_serves_its_own_host_only),
		T(test_what_no_engine_asks_ends_the_role),
	};

	return cmocka_run_group_tests_name("publisher/keys_hass", tests, NULL, NULL);
}
