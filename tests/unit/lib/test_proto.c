// SPDX-License-Identifier: Apache-2.0
#include "unit.h"
#include "hassmsg.h"
#include "proto.h"

/* One of each message, with every field set to something. */
static struct msg_hello hello = {.version = 1,
				 .agent_version = "0.1.0",
				 .boot_id = "00ff",
				 .source = SOURCE_KMOD,
				 .n_sites = 2,
				 .sites = {{"www", 3, 4}, {"shop.example", 0, 0}}};
static struct msg_welcome welcome = {1, "0.1.0", 1700000000, 10};
static struct msg_get get = {.request = 9, .n = 2, .items = {{{{1}}, 0}, {{{2}}, 7}}};
static struct msg_object object = {9, {{1}}, 10, 4, (const uint8_t *)"sixsix", 6};
static struct msg_object_missing missing = {9, {{1}}, "gone"};
static struct msg_progress progress = {"www", 3, PROGRESS_APPLIED, 1, 2, 3, 4, 5, "fine"};
static struct msg_verify verify = {"www", 7};
static struct msg_verified verified = {7, "www", VERIFIED_NOT, 1, 2, 3, 4, 5, 6, 7, "why"};
static struct msg_beat beat = {.number = 1,
			       .time = 2,
			       .source = SOURCE_KMOD,
			       .health = HEALTH_WARN,
			       .events = 3,
			       .dropped = 4,
			       .pending = 5,
			       .note = "why",
			       .n_sites = 1,
			       .sites = {{"www", 3, 2, 1700000000}}};
static struct msg_evidence evidence = {
	"1-2.tar.zst", 10, 4, {{1}}, {{2}}, (const uint8_t *)"sixsix", 6};
static struct msg_evidence_ack evidence_ack = {"1-2.tar.zst", 10};
static struct msg_hass_sms sms = {.id = 7, .test = 1, .text = "#12 agent-silent web1"};
static struct msg_hass_sms_end sms_end = {.id = 7, .told = 0, .why = "no phone is stored"};
static struct wd_event event = {.id = "00112233-4",
				.time = 5,
				.site = "www",
				.source = "kmod",
				.op = "open",
				.path = "/srv/www/index.html",
				.comm = "sh",
				.exe = "/bin/sh",
				.outcome = OUTCOME_RESTORED,
				.repeat = 1};

union any {
	struct msg_hello hello;
	struct msg_get get;
	struct msg_beat beat;
	struct msg_progress progress;
	struct msg_verify verify;
	struct msg_verified verified;
	struct msg_object object;
	struct msg_evidence evidence;
	struct msg_hass_sms sms;
	struct msg_hass_sms_end sms_end;
	struct wd_event event;
};

typedef void put_fn(struct buf *b, const void *m);
typedef void get_fn(struct rd *r, void *m);
#define KIND(name, fn)                                                                             \
	{                                                                                          \
#name, &name, (put_fn *)(void *)fn##_put, (get_fn *)(void *)fn##_get               \
	}
static const struct {
	const char *name;
	void *sample;
	put_fn *put;
	get_fn *get;
} kinds[] = {
	KIND(hello, msg_hello),
	KIND(welcome, msg_welcome),
	KIND(get, msg_get),
	KIND(object, msg_object),
	KIND(missing, msg_object_missing),
	KIND(progress, msg_progress),
	KIND(verify, msg_verify),
	KIND(verified, msg_verified),
	KIND(beat, msg_beat),
	KIND(evidence, msg_evidence),
	KIND(evidence_ack, msg_evidence_ack),
	KIND(sms, msg_hass_sms),
	KIND(sms_end, msg_hass_sms_end),
	KIND(event, event),
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static union any out;

static void every_message_comes_back_the_same(void **state)
{
	struct buf a, b;

	(void)state;
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < KINDS; i++) {
		struct rd r;

		buf_reset(&a);
		buf_reset(&b);
		kinds[i].put(&a, kinds[i].sample);
		assert_true(buf_ok(&a));
		r = rd_over(a.data, a.len);
		kinds[i].get(&r, &out);
		if (!rd_end(&r))
			fail_msg("%s", kinds[i].name);
		kinds[i].put(&b, &out);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
	}
	buf_free(&a);
	buf_free(&b);
}

static void every_truncation_is_refused(void **state)
{
	struct buf a;

	(void)state;
	buf_init(&a, 1 << 20);
	for (size_t i = 0; i < KINDS; i++) {
		buf_reset(&a);
		kinds[i].put(&a, kinds[i].sample);
		for (size_t n = 0; n < a.len; n++) {
			struct rd r = rd_over(a.data, n);

			kinds[i].get(&r, &out);
			assert_false(rd_end(&r));
		}
		buf_put_u8(&a, 0);
		struct rd r = rd_over(a.data, a.len);

		kinds[i].get(&r, &out);
		assert_false(rd_end(&r));
	}
	buf_free(&a);
}

/* A flipped bit is refused, or is another message within the bounds: it encodes again. */
static void every_flipped_bit_is_refused_or_within_bounds(void **state)
{
	struct buf a, b;

	(void)state;
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < KINDS; i++) {
		buf_reset(&a);
		kinds[i].put(&a, kinds[i].sample);
		for (size_t bit = 0; bit < 8 * a.len; bit++) {
			struct rd r = rd_over(a.data, a.len);

			a.data[bit / 8] ^= 1 << bit % 8;
			kinds[i].get(&r, &out);
			if (rd_end(&r)) {
				buf_reset(&b);
				kinds[i].put(&b, &out);
				assert_true(buf_ok(&b));
				assert_int_equal(a.len, b.len);
				assert_memory_equal(a.data, b.data, a.len);
			}
			a.data[bit / 8] ^= 1 << bit % 8;
		}
	}
	buf_free(&a);
	buf_free(&b);
}

static void counts_and_enums_out_of_range_are_refused(void **state)
{
	struct buf a;
	struct rd r;

	(void)state;
	buf_init(&a, 1 << 20);
	buf_put_u32(&a, 1);
	buf_put_u16(&a, PROTO_GET_MAX + 1);
	r = rd_over(a.data, a.len);
	msg_get_get(&r, &out.get);
	assert_false(rd_end(&r));
	assert_int_equal(out.get.n, 0);
	progress.state = PROGRESS_MAX;
	buf_reset(&a);
	msg_progress_put(&a, &progress);
	r = rd_over(a.data, a.len);
	msg_progress_get(&r, &out.progress);
	assert_false(rd_end(&r));
	object.offset = 5; /* 5 + 6 > 10 */
	buf_reset(&a);
	msg_object_put(&a, &object);
	r = rd_over(a.data, a.len);
	msg_object_get(&r, &out.object);
	assert_false(rd_end(&r));
	buf_free(&a);
}

/* What a phone or a log shows is printable, and an SMS says something. */
static void texts_of_sms_are_printable_and_not_empty(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} table[] = {{"a", true},     {"", false},
		     {"a\n", false},  {"\x1b[31m", false},
		     {"\xff", false}, {"123456789012345678901234567890123456", true}};
	struct buf a;

	(void)state;
	buf_init(&a, 1 << 10);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct msg_hass_sms m = {.id = 1};
		struct rd r;

		snprintf(m.text, sizeof(m.text), "%s", table[i].text);
		buf_reset(&a);
		msg_hass_sms_put(&a, &m);
		r = rd_over(a.data, a.len);
		msg_hass_sms_get(&r, &out.sms);
		assert_int_equal(rd_end(&r), table[i].good);
	}
	/* One character more than there is room for. */
	buf_reset(&a);
	buf_put_u32(&a, 1);
	buf_put_u8(&a, 0);
	buf_put_str(&a, "1234567890123456789012345678901234567");
	struct rd r = rd_over(a.data, a.len);

	msg_hass_sms_get(&r, &out.sms);
	assert_false(rd_end(&r));
	buf_free(&a);
}

static void hostile_names_become_clean_json(void **state)
{
	json_t *j;
	char *text;

	(void)state;
	snprintf(event.path, sizeof(event.path),
		 "/srv/\xff\xfe\"\n<script>\xe2\x82\xac\xed\xa0\x80");
	j = event_json(&event);
	assert_non_null(j);
	text = json_dumps(j, JSON_COMPACT);
	assert_non_null(text);
	assert_non_null(
		strstr(text, "\\\\xff\\\\xfe\\\"\\n<script>\xe2\x82\xac\\\\xed\\\\xa0\\\\x80"));
	free(text);
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_comes_back_the_same),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_flipped_bit_is_refused_or_within_bounds),
		cmocka_unit_test(counts_and_enums_out_of_range_are_refused),
		cmocka_unit_test(texts_of_sms_are_printable_and_not_empty),
		cmocka_unit_test(hostile_names_become_clean_json),
	};
	return cmocka_run_group_tests_name("proto", tests, NULL, NULL);
}
