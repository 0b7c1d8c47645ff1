// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "backoff.h"

#define MS 1000000ll

static void what_falls_over_its_start_waits_up_to_ten_seconds(void **state)
{
	static const int waits[] = {100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000};
	struct backoff b;

	(void)state;
	backoff_reset(&b);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		assert_int_equal(backoff_ended(&b, 1999 * MS, false), waits[i]);
}

static void what_had_come_up_is_back_soon_however_often_it_is_killed(void **state)
{
	static const int waits[] = {100, 200, 400, 400, 400, 400};
	struct backoff b;

	(void)state;
	backoff_reset(&b);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		assert_int_equal(backoff_ended(&b, 1 * MS, true), waits[i]);
	/* Tries that came to nothing before do not count against it either. */
	for (int i = 0; i < 10; i++)
		backoff_ended(&b, 1 * MS, false);
	assert_int_equal(backoff_ended(&b, 1 * MS, true), 400);
}

static void what_lived_for_two_seconds_begins_anew(void **state)
{
	struct backoff b;

	(void)state;
	backoff_reset(&b);
	for (int i = 0; i < 10; i++)
		backoff_ended(&b, 1 * MS, false);
	assert_int_equal(backoff_ended(&b, 2000 * MS, false), 100);
	assert_int_equal(backoff_ended(&b, 1 * MS, false), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_falls_over_its_start_waits_up_to_ten_seconds),
		cmocka_unit_test(what_had_come_up_is_back_soon_however_often_it_is_killed),
		cmocka_unit_test(what_lived_for_two_seconds_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
