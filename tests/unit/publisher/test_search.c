// SPDX-License-Identifier: Apache-2.0
/* search - whatever is asked of the events, the index answers as a look at each would */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "event_index.h"
#include "event_query.h"
#include "event_tail.h"
#include "rig.h"

static struct engine e;

static void engine_open(const char *const *migrations)
{
	struct err err = {""};

	e = (struct engine){.base = event_base_new()};
	if (migrations) {
		struct store *s = store_open(rig_path("db"), migrations, sql_statements, 0, &err);

		if (!s)
			fail_msg("%s", err.text);
		store_close(s);
		return;
	}
	e.db = db_open(NULL, rig_path("db"), &err);
	if (!e.db)
		fail_msg("%s", err.text);
	assert_int_equal(event_index_start(&e, &err), 0);
}

static void engine_close(void)
{
	event_index_stop(&e);
	db_close(e.db);
	event_base_free(e.base);
	e = (struct engine){0};
}

static int setup(void **state)
{
	(void)state;
	rig_begin();
	engine_open(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_close();
	rig_end();
	return 0;
}

/* By a connection of its own: nobody tells the index. Its first number, of the last row. */
static int64_t sql(const char *fmt, ...)
{
	char text[4096];
	sqlite3_stmt *stmt;
	const char *rest = text;
	sqlite3 *db;
	int64_t n = -1;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_int_equal(sqlite3_open(rig_path("db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	while (*rest) {
		if (sqlite3_prepare_v2(db, rest, -1, &stmt, &rest) != SQLITE_OK)
			fail_msg("%s: %s", text, sqlite3_errmsg(db));
		while (sqlite3_step(stmt) == SQLITE_ROW)
			n = sqlite3_column_int64(stmt, 0);
		if (sqlite3_finalize(stmt) != SQLITE_OK)
			fail_msg("%s: %s", text, sqlite3_errmsg(db));
	}
	sqlite3_close(db);
	return n;
}

/* So many of seven hosts, of which host h2 and "index" never come together. */
static void events(unsigned from, unsigned to)
{
	sql("WITH RECURSIVE i(n) AS (SELECT %u UNION ALL SELECT n + 1 FROM i WHERE n < %u)"
	    " INSERT INTO event (host, id, time, received, outcome, data, site, op, words, acked)"
	    " SELECT 'h' || (n %% 7), 'e-' || n, n, n, CASE WHEN n %% 7001 = 0 THEN 6 WHEN n %% 3 ="
	    " 0 THEN 1 ELSE 3 END, json_object('id', 'e-' || n), 's' || (n %% 2), CASE n %% 9999"
	    " WHEN 3 THEN 'unlink' ELSE 'open' END, 'h' || (n %% 7) || ' /srv/Dir' || (n %% 100) ||"
	    " '/page' || n || CASE n %% 7 WHEN 4 THEN '/index.html' ELSE '.html' END, n %% 1000 = 1"
	    " FROM i",
	    from, to);
}

static const struct {
	const char *q, *host, *site, *op;
	int outcomes, acked;
	const char *where;
} table[] = {
	{"", "", "", "", -1, -1, "1"},
	{"", "h3", "", "", -1, -1, "host = 'h3'"},
	{"", "h3", "s1", "open", 1 << 1, -1,
	 "host = 'h3' AND site = 's1' AND op = 'open' AND outcome = 1"},
	{"", "", "", "", 1 << 6, -1, "outcome = 6"},
	{"", "", "", "", 1 << 6 | 1 << 1, 0, "outcome IN (1, 6) AND acked = 0"},
	{"", "", "", "", -1, 1, "acked > 0"},
	{"", "", "", "unlink", -1, -1, "op = 'unlink'"},
	{"", "elsewhere", "", "", -1, -1, "0"},
	{"srv", "", "", "", -1, -1, "1"},
	{"page", "", "", "", 1 << 6, -1, "outcome = 6"},
	{"PAGE12", "", "", "", -1, -1, "words GLOB '*/page12*'"},
	{"page12345", "", "", "", -1, -1, "words GLOB '*/page12345*'"},
	{"index", "", "", "", -1, -1, "words GLOB '*/index*'"},
	{"index", "h2", "", "", -1, -1, "0"},
	{"index", "h4", "", "", 1 << 6, -1, "host = 'h4' AND outcome = 6"},
	{"index dir7", "", "s0", "", -1, -1,
	 "words GLOB '*/index*' AND words GLOB '*/Dir7*' AND site = 's0'"},
	{"/srv/dir7", "", "", "", -1, -1, "words GLOB '*/Dir7*'"},
	{"/srv/dir7/page", "", "", "", -1, -1, "words GLOB '*/Dir7/*'"},
	{"srv/page", "", "", "", -1, -1, "0"}, /* both, and never one after the other */
	{"dir1/page1 h1", "", "", "", -1, -1, "words GLOB '*/Dir1/page1*' AND words GLOB 'h1 *'"},
	{"nowhere", "", "", "", -1, -1, "0"},
	{"page nowhere", "", "", "", -1, -1, "0"},
	{"/", "", "", "", -1, -1, "0"},
	{"\"page* OR", "", "", "", -1, -1, "0"},
};

struct found {
	int64_t count, sum, last;
};

static int on_row(void *arg, struct store_row *r)
{
	struct found *f = arg;

	assert_true(store_int(r, 0) < f->last);
	f->last = store_int(r, 0);
	f->sum += f->last;
	f->count++;
	return 0;
}

static int range_row(void *arg, struct store_row *r)
{
	struct event_query *q = arg;

	q->least = store_int(r, 0);
	q->before = store_int(r, 1) + 1;
	return 0;
}

/* All pages of so many rows each. */
static struct found find(const struct event_query *asked, int limit)
{
	struct found f = {.last = INT64_MAX};
	struct event_query q = *asked;
	struct err err = {""};
	int n;

	assert_int_equal(db_read(e.db, &err, SQL_EVENT_RANGE, range_row, &q, ""), 1);
	while (!event_query_over(&q)) {
		n = event_find(&e, &q, limit, on_row, &f, &err);
		if (n == -1)
			fail_msg("%s", err.text);
		assert_true(n <= limit);
	}
	return f;
}

static struct event_query query(unsigned i)
{
	struct event_query q = {.outcomes = table[i].outcomes, .acked = table[i].acked};
	struct err err;

	snprintf(q.host, sizeof(q.host), "%s", table[i].host);
	snprintf(q.site, sizeof(q.site), "%s", table[i].site);
	snprintf(q.op, sizeof(q.op), "%s", table[i].op);
	assert_int_equal(event_words_take(db_store(e.db), table[i].q, &q.words, &err), 0);
	return q;
}

/* What the event loop does a moment later. */
static void commit(void)
{
	struct err err;

	assert_int_equal(db_flush(e.db, &err), 0);
}

static void all_agree(void)
{
	for (unsigned i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct event_query q = query(i);
		struct found f = find(&q, 100);

		if (f.count != sql("SELECT count(*) FROM event WHERE %s", table[i].where) ||
		    f.sum != sql("SELECT coalesce(sum(n), 0) FROM event WHERE %s", table[i].where))
			fail_msg("q=%s host=%s, %s: %lld found", table[i].q, table[i].host,
				 table[i].where, (long long)f.count);
	}
	commit();
}

static int64_t segments(void)
{
	return sql("SELECT count(*) FROM event_segment");
}

static void what_is_found_is_what_a_look_at_each_finds(void **state)
{
	(void)state;
	all_agree(); /* of none */
	events(1, 100);
	all_agree(); /* in memory */
	events(101, 3 * EVENT_SPAN + 500);
	all_agree(); /* most on disk */
	assert_int_equal(segments(), 3);
}

static void pages_of_any_length_hold_the_same(void **state)
{
	struct event_query q;

	(void)state;
	events(1, EVENT_SPAN + 5000);
	for (unsigned i = 0; i < sizeof(table) / sizeof(*table); i++) {
		q = query(i);
		assert_int_equal(find(&q, 7).sum, find(&q, 500).sum);
	}
}

static void a_restart_reads_words_from_where_segments_end(void **state)
{
	(void)state;
	events(1, 2 * EVENT_SPAN + 10);
	all_agree();
	engine_close();
	engine_open(NULL);
	all_agree();
	assert_int_equal(segments(), 2);
}

static void changes_by_others_are_seen(void **state)
{
	(void)state;
	events(1, EVENT_SPAN + 5000);
	all_agree();
	sql("UPDATE event SET outcome = 1 WHERE n = 7001; DELETE FROM event WHERE n IN (14002, 4,"
	    " 20000); UPDATE event SET acked = 5 WHERE n % 500 = 7");
	events(50000, 50100);
	all_agree();
}

static void what_was_undone_is_not_found(void **state)
{
	struct err err;

	(void)state;
	events(1, EVENT_SPAN - 10);
	all_agree();
	for (int i = 0; i < 100; i++) { /* a segment is closed among them */
		char id[16];

		snprintf(id, sizeof(id), "undone-%d", i);
		assert_true(db_begin(e.db, &err) == 0 &&
			    db_read(e.db, &err, SQL_EVENT_PUT, NULL, NULL, "ttiiitttt", "h9", id,
				    (int64_t)1, (int64_t)1, (int64_t)6, "{}", "s0", "open",
				    "h9 nowhere") == 1);
	}
	struct event_query q = {.outcomes = 1 << 6, .acked = -1, .host = "h9"};

	assert_int_equal(event_words_take(db_store(e.db), "nowhere", &q.words, &err), 0);
	assert_int_equal(find(&q, 100).count, 100);
	db_undo(e.db);
	assert_int_equal(find(&q, 100).count, 0);
	all_agree();
	events(60000, 60500); /* under the numbers that were undone */
	all_agree();
}

static void what_changes_here_is_told(void **state)
{
	struct event_query q = {.outcomes = 1 << 6, .acked = -1};
	struct err err;
	int64_t n;

	(void)state;
	events(1, 1000);
	assert_int_equal(find(&q, 100).count, 0);
	assert_int_equal(db_begin(e.db, &err), 0);
	assert_int_equal(db_read(e.db, &err, SQL_EVENT_PUT, NULL, NULL, "ttiiitttt", "h3", "e-3",
				 (int64_t)1, (int64_t)1, (int64_t)6, "{}", "s1", "open", "h3"),
			 1);
	n = 3;
	event_index_changed(&e, n);
	assert_int_equal(find(&q, 100).sum, 3);
	commit();
	all_agree();
}

static void what_was_dropped_leaves_nothing(void **state)
{
	(void)state;
	events(1, 3 * EVENT_SPAN);
	all_agree();
	sql("DELETE FROM event WHERE n <= %d", 2 * EVENT_SPAN + 5);
	event_index_prune(&e);
	commit();
	all_agree();
	assert_int_equal(sql("SELECT count(*) FROM event_term WHERE segment <= %d", 2 * EVENT_SPAN),
			 0);
	sql("DELETE FROM event");
	event_index_prune(&e);
	all_agree();
	events(100000, 100100);
	all_agree();
}

/* Names as long as an attacker likes: the words in memory stay bounded, and are found. */
static void long_names_close_a_segment_earlier(void **state)
{
	struct event_query q = {.outcomes = -1, .acked = -1};
	struct err err;

	(void)state;
	sql("WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1500)"
	    " INSERT INTO event (host, id, time, received, outcome, data, site, op, words)"
	    " SELECT 'h', n, n, n, 3, '{}', '', '', 'h' || n || ' ' || replace(hex(zeroblob(4000)),"
	    " '00', 'ab' || n || '/') || printf('%%.5000c', 'y') || n FROM i");
	assert_int_equal(event_words_take(db_store(e.db), "h77", &q.words, &err), 0);
	assert_int_equal(find(&q, 100).count, 11);
	commit();
	assert_true(segments() > 2);
	/* Longer than the index keeps: compared in the event itself. */
	char word[61];

	memset(word, 'y', 60);
	word[60] = 0;
	assert_int_equal(event_words_take(db_store(e.db), word, &q.words, &err), 0);
	assert_int_equal(find(&q, 100).count, 1500);
	word[59] = 'z';
	assert_int_equal(event_words_take(db_store(e.db), word, &q.words, &err), 0);
	assert_int_equal(find(&q, 100).count, 0);
}

/* The index keeps so much of a first part; one that is as long is not the beginning of a longer. */
static void a_first_part_of_full_length_is_not_a_longer_one(void **state)
{
	static const char *const asked[] = {"abcdefghijklmnopq/x", "abcdefghijklmnopqr/x",
					    "abcdefghijklmnopqrs/x"};
	struct event_query q = {.outcomes = -1, .acked = -1};
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		sql("INSERT INTO event (host, id, time, received, outcome, data, site, op, words)"
		    " VALUES ('h', %u, 1, 1, 3, '{}', '', '', 'h /%s')",
		    i, asked[i]);
	for (unsigned sealed = 0; sealed < 2; sealed++) {
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(event_words_take(db_store(e.db), asked[i], &q.words, &err),
					 0);
			if (find(&q, 100).count != 1)
				fail_msg("%s, %s", asked[i], sealed ? "on disk" : "in memory");
		}
		commit();
		if (!sealed)
			events(10, EVENT_SPAN + 10);
	}
}

static void a_damaged_block_is_said_to_be_one(void **state)
{
	struct event_query q = {.outcomes = -1, .acked = -1};
	struct err err = {""};
	int n = 0;

	(void)state;
	events(1, EVENT_SPAN + 10);
	all_agree();
	sql("UPDATE event_term SET block = substr(block, 1, length(block) - 1)");
	assert_int_equal(event_words_take(db_store(e.db), "page", &q.words, &err), 0);
	q.before = EVENT_SPAN;
	while (!event_query_over(&q) && n != -1)
		n = event_find(&e, &q, 100000, on_row, &(struct found){.last = INT64_MAX}, &err);
	assert_non_null(strstr(err.text, "DELETE FROM event_segment"));
}

/* ---- blocks ---- */

static void blocks_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int result;
	} cases[] = {
		{"", 0, 0},
		{"\1a\0\1\0\5", 6, 0},
		{"\1a\0\1\0", 5, -1},	  /* cut off */
		{"\1a\0\2\0\5", 6, -1},	  /* fewer than it says */
		{"\1a\0\0", 4, -1},	  /* of nothing */
		{"\0\0\1\0\5", 5, -1},	  /* no word */
		{"\1a\0\1\x40\0", 6, -1}, /* beyond the segment */
		{"\1a\x40\1\0\5", 6, -1}, /* too many */
		{"\1a\xff\xff\0", 5, -1}, /* bits cut off */
		{"\x29"
		 "a",
		 2, -1},		/* too long a word */
		{"\1b\0\2\0\5", 6, -1}, /* one that is skipped */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct event_bits bits = {{0}};

		if (event_block_read(cases[i].bytes, cases[i].n, "a", 1, &bits) != cases[i].result)
			fail_msg("case %zu", i);
	}
}

/* ---- the schema before ---- */

static void a_database_of_before_is_searched_like_a_new_one(void **state)
{
	const char *before[16] = {NULL};
	int n = 0;

	(void)state;
	engine_close();
	rig_remove(rig_path("db"));
	rig_remove(rig_path("db-wal"));
	rig_remove(rig_path("db-shm"));
	while (!strstr(sql_migrations[n], "event_segment")) {
		before[n] = sql_migrations[n];
		n++;
	}
	engine_open(before);
	events(1, EVENT_SPAN + 3000);
	assert_int_equal(sql("SELECT count(*) FROM event_fts WHERE event_fts MATCH 'index'"),
			 sql("SELECT count(*) FROM event WHERE words GLOB '*/index*'"));
	event_base_free(e.base);
	engine_open(NULL);
	all_agree();
	assert_int_equal(segments(), 1);
	assert_int_equal(sql("SELECT count(*) FROM sqlite_schema WHERE name IN ('event_fts',"
			     " 'event_facet', 'event_find', 'event_faceted')"),
			 0);
	/* What the triggers keep is kept on. */
	events(70000, 70010);
	sql("DELETE FROM event WHERE n < 50");
	assert_int_equal(sql("SELECT sum(count) FROM event_quarter"),
			 sql("SELECT count(*) FROM event"));
	all_agree();
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_found_is_what_a_look_at_each_finds),
		TEST(pages_of_any_length_hold_the_same),
		TEST(a_restart_reads_words_from_where_segments_end),
		TEST(changes_by_others_are_seen),
		TEST(what_was_undone_is_not_found),
		TEST(what_changes_here_is_told),
		TEST(what_was_dropped_leaves_nothing),
		TEST(long_names_close_a_segment_earlier),
		TEST(a_first_part_of_full_length_is_not_a_longer_one),
		TEST(a_damaged_block_is_said_to_be_one),
		TEST(a_database_of_before_is_searched_like_a_new_one),
		cmocka_unit_test(blocks_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
