/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_logic.c - the pure modules against published vectors and tables
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "at.h"
#include "unit_board.h"
#include "cobs.h"
#include "crc.h"
#include "hotp.h"
#include "nv.h"
#include "pdu.h"
#include "phone.h"
#include "sha1.h"

static void crc_of_the_catalogue(void **state)
{
	uint16_t crc = CRC_START;

	(void)state;
	for (const char *p = "123456789"; *p; p++)
		crc = crc_feed(crc, *p);
	assert_int_equal(crc_finish(crc), 0x906E); /* CRC-16/X-25's check value */
	crc = crc_feed(crc_feed(crc, 0x6E), 0x90);
	assert_int_equal(crc, CRC_RESIDUE);
}

static void cobs_round_trip(void **state)
{
	uint8_t in[64], wire[66], out[64], byte;

	(void)state;
	for (unsigned int len = 0; len <= sizeof(in); len++) {
		for (unsigned int zeros = 0; zeros < 9; zeros++) {
			struct cobs_rx rx = {0};
			uint8_t n = 0, size;

			for (unsigned int i = 0; i < len; i++)
				in[i] = (i + zeros) % 8 < zeros ? 0 : i + 1;
			size = cobs_encode(in, len, wire);
			assert_null(memchr(wire, 0, size));
			for (unsigned int i = 0; i < size; i++)
				if (cobs_feed(&rx, wire[i], &byte) == COBS_BYTE)
					out[n++] = byte;
			assert_int_equal(cobs_feed(&rx, 0, &byte), COBS_END);
			assert_int_equal(n, len);
			assert_memory_equal(in, out, len);
		}
	}
}

/* Padding by the book: 0x80, zeros, the length in bits; up to two blocks. */
static void sha1_whole(const char *text, uint32_t digest[SHA1_SIZE / 4])
{
	uint8_t padded[2 * SHA1_BLOCK] = {0};
	size_t len = strlen(text), size = len > SHA1_BLOCK - 9 ? 2 * SHA1_BLOCK : SHA1_BLOCK;
	struct sha1 s = {0};

	memcpy(padded, text, len);
	padded[len] = 0x80;
	padded[size - 2] = 8 * len >> 8;
	padded[size - 1] = 8 * len;
	for (size_t at = 0; at < size; at += SHA1_BLOCK) {
		for (uint8_t i = 0; i < SHA1_BLOCK; i++)
			((uint8_t *)s.word)[sha1_at(i)] = padded[at + i];
		sha1_begin(&s, at == 0);
		while (!sha1_slice(&s))
			;
		sha1_end(&s, at == 0);
	}
	memcpy(digest, s.hash, SHA1_SIZE);
}

/* FIPS 180, appendix: one block and two. */
static void sha1_of_the_standard(void **state)
{
	static const struct {
		const char *text;
		uint32_t digest[5];
	} cases[] = {{"abc", {0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d}},
		     {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		      {0x84983e44, 0x1c3bd26e, 0xbaae4aa1, 0xf95129e5, 0xe54670f1}}};
	uint32_t digest[SHA1_SIZE / 4];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sha1_whole(cases[i].text, digest);
		assert_memory_equal(digest, cases[i].digest, sizeof(digest));
	}
}

static void hotp_of_rfc_4226(void **state)
{
	/* appendix D, count 0: the truncated number 1284755224 */
	static const uint32_t digest[5] = {0xcc93cf18, 0x508d9493, 0x4c64b65d, 0x8ba7667f,
					   0xb7cde4b0};

	(void)state;
	assert_int_equal(hotp_code(digest), 84755224);
}

static void hotp_codes_are_exact(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {{"12345678", true},  {"00000000", true},	 {"12345678  ", true},
		     {"1234567", false},  {"123456789", false},	 {" 12345678", false},
		     {"1234567a", false}, {"12345678 a", false}, {"", false},
		     {"-1234567", false}};
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(hotp_parse(cases[i].text, &code), cases[i].good);
}

static void make_phone(uint8_t phone[HASS_PHONE_SIZE], const char *digits)
{
	phone_clear(phone);
	for (uint8_t i = 0; digits[i]; i++)
		phone_put(phone, i, digits[i] - '0');
	phone_put(phone, HASS_PHONE_DIGITS, HASS_PHONE_NATIONAL);
}

static void phones_compare_by_their_end(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {{"8615986672056", "15986672056", true},
		     {"15986672056", "15986672056", true},
		     {"15986672057", "15986672056", false},
		     {"8672056", "15986672056", false},
		     {"86672056", "15986672056", true},
		     {"10086", "10086", true},
		     {"10086", "110086", false},
		     {"8613986672056", "8615986672056", false},
		     {"123456789012345", "23456789012345", true}};
	uint8_t a[HASS_PHONE_SIZE], b[HASS_PHONE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_phone(a, cases[i].a);
		make_phone(b, cases[i].b);
		assert_int_equal(phone_same(a, b), cases[i].same);
		assert_int_equal(phone_same(b, a), cases[i].same);
	}
}

static void read_pdu(struct pdu_in *in, const char *hex)
{
	pdu_begin(in);
	for (; *hex; hex++)
		pdu_feed(in, *hex);
}

static void deliver_is_read(void **state)
{
	struct pdu_in in;

	(void)state;
	/* "CUT 12345678" from +8613800000001 */
	read_pdu(&in,
		 "07916831087100F0040D91683108000000F10000621112210300230CC32A1584A3DD6A35998C06"
		 "");
	assert_int_equal(in.flags, 0);
	assert_int_equal(phone_length(in.phone), 13);
	assert_memory_equal(in.text, "CUT ", 4);
}

/* Every cut of a good message is incomplete, every longer one is bad. */
static void deliver_of_another_length_is_refused(void **state)
{
	static const char good[] =
		"07916831087100F0040D91683108000000F100006211122103002306D2E294FA4116";
	char hex[sizeof(good) + 4];
	struct pdu_in in;
	unsigned int whole = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(good); len++) {
		snprintf(hex, len + 1, "%s", good);
		read_pdu(&in, hex);
		whole += pdu_complete(&in);
	}
	assert_int_equal(whole, 1);
	snprintf(hex, sizeof(hex), "%s00", good);
	read_pdu(&in, hex);
	assert_false(pdu_complete(&in));
}

static char letters(uint8_t at)
{
	return 'a' + at % 26;
}

static void submit_sizes_agree(void **state)
{
	struct pdu_out out = {.text = letters};

	(void)state;
	make_phone(out.phone, "123456789");
	for (out.len = 1; out.len <= PDU_TEXT_MAX; out.len++) {
		assert_int_equal(pdu_size(&out), 2 + 2 + 5 + 4 + (out.len * 7 + 7) / 8);
		assert_int_equal(pdu_octet(&out, 0), 0);
		assert_int_equal(pdu_octet(&out, 3), 9);
		assert_int_equal(pdu_octet(&out, 9), 0xF9);
		assert_int_equal(pdu_octet(&out, 13), out.len);
	}
}

static void at_lines(void **state)
{
	static const struct {
		const char *line;
		int word, number, value;
	} cases[] = {{"OK", AT_OK, 0, -1},
		     {"ERROR", AT_ERROR, 0, -1},
		     {"+CMS ERROR: 322", AT_CMS_ERROR, 0, 322},
		     {"+CME ERROR:14", AT_ERROR, 0, 14},
		     {"+CMTI: \"SM\", 28", AT_CMTI, 1, 28},
		     {"+CMTI:\"SM\",7", AT_CMTI, 1, 7},
		     {"+CMTI: \"SM\"", AT_CMTI, 1, -1},
		     {"+CREG: 0,1", AT_CREG, 1, 1},
		     {"+CSQ: 15,99", AT_CSQ, 0, 15},
		     {"+CPMS: \"SM\",3,50", AT_CPMS, 2, 50},
		     {"+ZSMGS:FULL", AT_FULL, 0, -1},
		     {"+CMGRX: 1", AT_UNKNOWN, 0, -1},
		     {"+CSQ: 99999", AT_CSQ, 0, 9999 % 10000},
		     {"OKAY", AT_UNKNOWN, 0, -1}};
	const char *rest;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(at_word(cases[i].line, &rest), cases[i].word);
		if (strcmp(cases[i].line, "+CSQ: 99999"))
			assert_int_equal(at_number(rest, cases[i].number), cases[i].value);
		else
			assert_true(at_number(rest, 0) >= 1000);
	}
}

static void write_all(uint8_t value)
{
	static uint8_t data[NV_STATE_SIZE];

	memset(data, value, sizeof(data));
	assert_true(nv_write(NV_STATE, 0, data, sizeof(data)));
	for (int i = 0; i < 300; i++)
		nv_poll();
}

/* The power fails at every single byte that is programmed: old or new, never a mixture. */
static void records_survive_every_power_cut(void **state)
{
	(void)state;
	for (unsigned int writes = 1; writes < 40; writes++) {
		uint8_t data[NV_STATE_SIZE];

		board_fresh();
		nv_init();
		for (uint8_t i = 1; i <= 7; i++)
			write_all(i);
		board.writes_left = writes;
		write_all(8);
		board.writes_left = ~0U;
		nv_init();
		nv_read(NV_STATE, 0, data, sizeof(data));
		assert_in_range(data[0], 7, 8);
		for (size_t i = 1; i < sizeof(data); i++)
			assert_int_equal(data[i], data[0]);
	}
}

static void records_go_round_and_wrap(void **state)
{
	(void)state;
	board_fresh();
	nv_init();
	assert_false(nv_stored(NV_STATE));
	for (int i = 0; i < 1000; i++) {
		write_all(i);
		nv_init();
		assert_int_equal(nv_byte(NV_STATE, 5), i & 0xFF);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_of_the_catalogue),
		cmocka_unit_test(cobs_round_trip),
		cmocka_unit_test(sha1_of_the_standard),
		cmocka_unit_test(hotp_of_rfc_4226),
		cmocka_unit_test(hotp_codes_are_exact),
		cmocka_unit_test(phones_compare_by_their_end),
		cmocka_unit_test(deliver_is_read),
		cmocka_unit_test(deliver_of_another_length_is_refused),
		cmocka_unit_test(submit_sizes_agree),
		cmocka_unit_test(at_lines),
		cmocka_unit_test(records_survive_every_power_cut),
		cmocka_unit_test(records_go_round_and_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
