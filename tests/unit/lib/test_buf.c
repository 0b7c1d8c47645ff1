// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "buf.h"

static void what_is_put_comes_back(void **state)
{
	struct buf b;
	struct rd r;
	char text[8];
	size_t n;

	(void)state;
	buf_init(&b, 1000);
	buf_put_u8(&b, 0xfe);
	buf_put_u16(&b, 0xfedc);
	buf_put_u32(&b, 0xfedcba98);
	buf_put_u64(&b, 0xfedcba9876543210);
	buf_put_i64(&b, -2);
	buf_put_str(&b, "seven77");
	buf_put_blob(&b, "", 0);
	buf_put_blob(&b, "xyz", 3);
	assert_true(buf_ok(&b));
	r = rd_over(b.data, b.len);
	assert_int_equal(rd_u8(&r), 0xfe);
	assert_int_equal(rd_u16(&r), 0xfedc);
	assert_int_equal(rd_u32(&r), 0xfedcba98);
	assert_true(rd_u64(&r) == 0xfedcba9876543210);
	assert_int_equal(rd_i64(&r), -2);
	rd_str(&r, text, sizeof(text));
	assert_string_equal(text, "seven77");
	assert_non_null(rd_blob(&r, 10, &n));
	assert_int_equal(n, 0);
	assert_memory_equal(rd_blob(&r, 10, &n), "xyz", 3);
	assert_true(rd_end(&r));
	buf_free(&b);
}

static void bytes_on_the_wire_are_big_endian(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_put_u32(&b, 1);
	assert_memory_equal(b.data, "\0\0\0\1", 4);
	buf_free(&b);
}

static void a_full_buffer_stays_failed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_put_u32(&b, 1);
	buf_put_u16(&b, 1);
	assert_false(buf_ok(&b));
	buf_put_u8(&b, 1); /* would fit, but an answer with a hole is worse than none */
	assert_int_equal(b.len, 4);
	buf_reset(&b);
	buf_put_u8(&b, 1);
	assert_true(buf_ok(&b));
	buf_free(&b);
}

static void reading_past_the_end_gives_zeros_and_fails(void **state)
{
	struct rd r = rd_over("\1\2\3", 3);

	(void)state;
	assert_int_equal(rd_u32(&r), 0);
	assert_int_equal(rd_u8(&r), 0);
	assert_false(rd_end(&r));
}

static void bytes_left_over_are_a_failure(void **state)
{
	struct rd r = rd_over("\1\2", 2);

	(void)state;
	assert_int_equal(rd_u8(&r), 1);
	assert_false(rd_end(&r));
}

static void strings_with_nul_or_too_long_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {{"\0\3a\0b", 5}, {"\0\4abcd", 6}, {"\0\4abc", 5}, {"\xff\xff", 2}};
	char text[4];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rd r = rd_over(bad[i].bytes, bad[i].n);

		rd_str(&r, text, sizeof(text));
		assert_false(rd_end(&r));
		assert_string_equal(text, "");
	}
}

static void a_gigabyte_length_reads_nothing(void **state)
{
	struct rd r = rd_over("\x40\0\0\0abc", 7);
	size_t n;

	(void)state;
	assert_null(rd_blob(&r, (size_t)-1, &n));
	assert_int_equal(n, 0);
	assert_false(rd_end(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_comes_back),
		cmocka_unit_test(bytes_on_the_wire_are_big_endian),
		cmocka_unit_test(a_full_buffer_stays_failed),
		cmocka_unit_test(reading_past_the_end_gives_zeros_and_fails),
		cmocka_unit_test(bytes_left_over_are_a_failure),
		cmocka_unit_test(strings_with_nul_or_too_long_are_refused),
		cmocka_unit_test(a_gigabyte_length_reads_nothing),
	};
	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
