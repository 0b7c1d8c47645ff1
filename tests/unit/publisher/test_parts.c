// SPDX-License-Identifier: Apache-2.0
/* Small parts: map, relay tables, names, transactions, cleaning of the depot. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "db.h"
#include "evidence.h"
#include "fsx.h"
#include "gc.h"
#include "map.h"
#include "rig.h"
#include "roles.h"

static int setup(void **state)
{
	(void)state;
	rig_begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

/* Against a plain array: many keys that collide, put and deleted at random. */
static void test_map_agrees_with_an_array(void **state)
{
	enum { KEYS = 4096, STEPS = 200000 };
	static char values[KEYS];
	bool there[KEYS] = {false};
	struct map m = {0};
	size_t n = 0, seen = 0;

	(void)state;
	srand(1);
	for (int step = 0; step < STEPS; step++) {
		unsigned k = rand() % KEYS;
		uint64_t key = (uint64_t)k << (k % 3 * 20);

		if (rand() % 2) {
			n += !there[k];
			there[k] = true;
			assert_int_equal(map_put(&m, key, &values[k]), 0);
		} else {
			n -= there[k];
			assert_ptr_equal(map_del(&m, key), there[k] ? &values[k] : NULL);
			there[k] = false;
		}
		assert_int_equal(m.n, n);
	}
	for (unsigned k = 0; k < KEYS; k++)
		assert_ptr_equal(map_get(&m, (uint64_t)k << (k % 3 * 20)),
				 there[k] ? &values[k] : NULL);
	for (size_t i = 0; map_next(&m, &i);)
		seen++;
	assert_int_equal(seen, n);
	map_free(&m);
	assert_null(map_get(&m, 1));
	assert_null(map_del(&m, 1));
}

static void test_what_may_be_said_when(void **state)
{
	static const struct {
		uint16_t type;
		uint8_t from_agent, to_agent; /* stages */
	} cases[] = {
		{MSG_HELLO, STAGE_HELLO | STAGE_BUNDLE, 0},
		{MSG_CERT_REQUEST, STAGE_OPEN | STAGE_BUNDLE, 0},
		{MSG_GET, STAGE_OPEN, 0},
		{MSG_PROGRESS, STAGE_OPEN, 0},
		{MSG_VERIFIED, STAGE_OPEN, 0},
		{MSG_BEAT, STAGE_OPEN, 0},
		{MSG_EVENT, STAGE_OPEN, 0},
		{MSG_EVIDENCE, STAGE_OPEN, 0},
		{MSG_WELCOME, 0, STAGE_OPEN | STAGE_BUNDLE},
		{MSG_CERT, 0, STAGE_OPEN | STAGE_BUNDLE},
		{MSG_RELEASE, 0, STAGE_OPEN},
		{MSG_OBJECT, 0, 0}, /* the link role's own */
		{MSG_OBJECT_MISSING, 0, 0},
		{MSG_BEAT_ACK, 0, STAGE_OPEN},
		{MSG_EVENT_ACK, 0, STAGE_OPEN},
		{MSG_EVIDENCE_ACK, 0, STAGE_OPEN},
		{MSG_VERIFY, 0, STAGE_OPEN},
		{MSG_BYE, STAGE_HELLO | STAGE_OPEN | STAGE_BUNDLE, 0},
		{LINK_ADMIT, 0, 0},
		{KEYS_SIGN_RELEASE, 0, 0},
		{0, 0, 0},
		{0xffff, 0, 0},
	};
	static const enum link_stage stages[] = {STAGE_WAITING, STAGE_HELLO, STAGE_OPEN,
						 STAGE_BUNDLE};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (size_t k = 0; k < 4; k++) {
			assert_int_equal(link_may_receive(cases[i].type, stages[k]),
					 (cases[i].from_agent & stages[k]) != 0);
			assert_int_equal(link_may_send(cases[i].type, stages[k]),
					 (cases[i].to_agent & stages[k]) != 0);
		}
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool host, evidence;
	} cases[] = {
		{"web1", true, true},
		{"web-1.example.org", true, true},
		{"0a1b2c3d-17.tar.zst", true, true},
		{"0a1b2c3d-17.2.tar.zst", true, true},
		{"", false, false},
		{".", false, false},
		{"..", false, false},
		{".hidden", false, false},
		{"-rf", false, false},
		{"a/b", false, false},
		{"../x", false, false},
		{"a b", false, false},
		{"a\nb", false, false},
		{"x.part", true, false}, /* would be taken for a transfer under way */
		{"\xc3\xa4", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(host_name_ok(cases[i].name), cases[i].host);
		assert_int_equal(evidence_name_ok(cases[i].name), cases[i].evidence);
	}
}

static void note_kept(void *arg, bool kept)
{
	*(int *)arg = kept ? 1 : -1;
}

static void test_acknowledgements_wait_for_the_commit(void **state)
{
	struct db *db;
	struct err err;
	char value[32];
	int kept = 0;

	(void)state;
	db = db_open(NULL, rig_path("x.db"), &err);
	if (!db)
		fail_msg("%s", err.text);
	assert_int_equal(db_meta_set(db, "name", "one", &err), 0);
	db_after(db, note_kept, &kept);
	assert_int_equal(kept, 0);
	assert_int_equal(db_flush(db, &err), 0);
	assert_int_equal(kept, 1);

	assert_int_equal(db_meta_set(db, "name", "two", &err), 0);
	db_after(db, note_kept, &kept);
	db_undo(db);
	assert_int_equal(kept, -1);
	assert_int_equal(db_meta_get(db, "name", value, sizeof(value), &err), 0);
	assert_string_equal(value, "one");
	db_close(db);

	db = db_open(NULL, rig_path("x.db"), &err);
	assert_int_equal(db_meta_get(db, "name", value, sizeof(value), &err), 0);
	assert_string_equal(value, "one");
	assert_int_equal(db_meta_get(db, "none", value, sizeof(value), &err), 0);
	assert_string_equal(value, "");
	db_close(db);
}

static int count(const struct hash *h, void *arg)
{
	(void)h;
	++*(int *)arg;
	return 0;
}

static struct gc_root build_root(struct depot *d, struct cache *c)
{
	struct build_input in = {.dir = rig_path("www"), .depot = d, .cache = c};
	struct build_result out;
	struct err err;

	if (build_site(&in, &out, &err))
		fail_msg("%s", err.text);
	return (struct gc_root){out.root, out.root_size};
}

static void test_cleaning_keeps_exactly_what_releases_need(void **state)
{
	struct gc_root first, second, broken;
	struct cache cache;
	atomic_bool stop = false;
	struct depot *d;
	struct err err;
	int n = 0;

	(void)state;
	d = depot_open(rig_path("objects"), false, &err);
	cache_load(&cache, NULL, "www");
	rig_write(rig_path("www/sub/keep"), "both");
	rig_write(rig_path("www/sub/old"), "first only");
	first = build_root(d, &cache);
	rig_write(rig_path("www/sub/old"), "second, and longer");
	second = build_root(d, &cache);
	depot_each(d, count, &n);
	assert_int_equal(n, 3 + 4); /* three blobs, two trees twice */

	/* Both are kept: nothing goes. A root that is not there: nothing may go. */
	assert_int_equal(gc_run(d, (struct gc_root[]){first, second}, 2, &stop, &err), 0);
	broken = first;
	broken.hash.b[0] ^= 1;
	assert_int_equal(gc_run(d, (struct gc_root[]){second, broken}, 2, &stop, &err), -1);
	n = 0;
	depot_each(d, count, &n);
	assert_int_equal(n, 7);

	assert_int_equal(gc_run(d, &second, 1, &stop, &err), 3);
	n = 0;
	depot_each(d, count, &n);
	assert_int_equal(n, 4);
	assert_true(depot_has(d, &second.hash));
	cache_free(&cache);
	depot_close(d);
}

static void test_known_hashes_survive_a_restart(void **state)
{
	struct build_input in = {.dir = rig_path("www")};
	struct build_result out;
	struct store *store;
	struct cache cache;
	struct err err;

	(void)state;
	rig_write(rig_path("www/page"), "x");
	rig_tick();
	in.depot = depot_open(rig_path("objects"), false, &err);
	in.cache = &cache;
	for (int i = 0; i < 2; i++) {
		store = cache_open(rig_path("cache.db"), &err);
		assert_non_null(store);
		cache_load(&cache, store, "www");
		in.dir = rig_path("www");
		assert_int_equal(build_site(&in, &out, &err), 0);
		assert_int_equal(out.read_files, i ? 0 : 1);
		cache_free(&cache);
		store_close(store);
	}
	depot_close(in.depot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_map_agrees_with_an_array),
		T(test_what_may_be_said_when),
		T(test_names),
		T(test_acknowledgements_wait_for_the_commit),
		T(test_cleaning_keeps_exactly_what_releases_need),
		T(test_known_hashes_survive_a_restart),
	};

	return cmocka_run_group_tests_name("publisher/parts", tests, NULL, NULL);
}
