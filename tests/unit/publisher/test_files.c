// SPDX-License-Identifier: Apache-2.0
/* The console's questions about files, filters and many events, asked of the real daemon. */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peer.h"

static json_t *ask(json_t *request)
{
	json_t *answer = peer_ctl(request);

	if (!answer)
		fail_msg("%s", peer_error());
	return answer;
}

static void refused(json_t *request, const char *words)
{
	assert_null(peer_ctl(request));
	if (!strstr(peer_error(), words))
		fail_msg("\"%s\" is not in \"%s\"", words, peer_error());
}

static void push_site(void)
{
	json_decref(ask(json_pack("{s:s}", "cmd", "push")));
}

/* The row of peer_rows() with that name, or NULL. */
static json_t *row_named(const char *name)
{
	json_t *row;
	size_t i;

	json_array_foreach (peer_rows(), i, row)
		if (!strcmp(json_string_value(json_object_get(row, "name")), name))
			return row;
	return NULL;
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static int setup(void **state)
{
	(void)state;
	rig_begin();
	peer_daemon_start();
	rig_write(rig_path("www/index.html"), "<h1>one</h1>");
	rig_write(rig_path("www/a/one.log"), "1");
	rig_write(rig_path("www/a/two.txt"), "22");
	rig_write(rig_path("www/a/b/three.log"), "333");
	rig_link("one.log", rig_path("www/a/link"));
	json_decref(ask(json_pack("{s:s, s:s, s:s}", "cmd", "site-add", "name", "www", "dir",
				  rig_path("www"))));
	push_site();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	peer_daemon_stop(SIGTERM);
	rig_end();
	return 0;
}

static json_t *list_of(const char *path)
{
	return json_pack("{s:s, s:s, s:s}", "cmd", "file-list", "site", "www", "path", path);
}

/* ---- files ---- */

static void a_directory_is_listed_as_it_was_published(void **state)
{
	json_t *row;

	(void)state;
	json_decref(ask(list_of("")));
	assert_int_equal(json_array_size(peer_rows()), 2);
	assert_string_equal(text_of(row_named("a"), "type"), "dir");
	rig_write(rig_path("www/unpublished.html"), "later"); /* of the release, not of the disk */
	json_decref(ask(list_of("a")));
	assert_int_equal(json_array_size(peer_rows()), 4);
	row = row_named("two.txt");
	assert_string_equal(text_of(row, "type"), "file");
	assert_int_equal(json_integer_value(json_object_get(row, "size")), 2);
	assert_int_equal(strlen(text_of(row, "hash")), 64);
	row = row_named("link");
	assert_string_equal(text_of(row, "type"), "link");
	assert_string_equal(text_of(row, "target"), "one.log");
	json_decref(ask(list_of("a/b")));
	assert_int_equal(json_array_size(peer_rows()), 1);
}

static void what_is_no_directory_is_not_listed(void **state)
{
	static const char *const paths[] = {"nowhere",	    "index.html", "a/nowhere/b", "..",
					    "../../../etc", "a//b",	  "/a",		 "a/link"};
	char longer[9000];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		refused(list_of(paths[i]), "no such directory");
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	refused(list_of(longer), "no such directory");
	refused(json_pack("{s:s, s:s}", "cmd", "file-list", "site", "elsewhere"), "elsewhere");
}

static void a_long_directory_comes_in_pages(void **state)
{
	static const int limits[] = {0, 501, -1};
	json_t *j;

	(void)state;
	j = ask(json_pack("{s:s, s:s, s:s, s:i}", "cmd", "file-list", "site", "www", "path", "a",
			  "limit", 3));
	assert_int_equal(json_array_size(peer_rows()), 3);
	assert_string_equal(text_of(j, "next"), "3");
	json_decref(j);
	j = ask(json_pack("{s:s, s:s, s:s, s:i, s:s}", "cmd", "file-list", "site", "www", "path",
			  "a", "limit", 3, "cursor", "3"));
	assert_int_equal(json_array_size(peer_rows()), 1);
	assert_true(json_is_null(json_object_get(j, "next")));
	json_decref(j);
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		refused(json_pack("{s:s, s:s, s:i}", "cmd", "file-list", "site", "www", "limit",
				  limits[i]),
			"limit");
	refused(json_pack("{s:s, s:s, s:s}", "cmd", "file-list", "site", "www", "cursor", "-1"),
		"cursor");
}

static json_t *history_of(const char *path)
{
	return json_pack("{s:s, s:s, s:s}", "cmd", "file-history", "site", "www", "path", path);
}

static void a_file_has_its_versions_newest_first(void **state)
{
	json_t *j, *versions;

	(void)state;
	rig_tick();
	rig_write(rig_path("www/index.html"), "<h1>two</h1>!");
	push_site();
	rig_tick();
	rig_write(rig_path("www/a/two.txt"), "another file: no version of index.html");
	push_site();
	j = ask(history_of("index.html"));
	versions = json_object_get(j, "versions");
	assert_int_equal(json_array_size(versions), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(versions, 0), "serial")),
			 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(versions, 0), "size")),
			 13);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(versions, 1), "serial")),
			 1);
	json_decref(j);
	j = ask(history_of("nowhere"));
	assert_int_equal(json_array_size(json_object_get(j, "versions")), 0);
	json_decref(j);
	refused(history_of(""), "path");
}

/* ---- filters ---- */

static json_t *filter(const char *cmd, const char *pattern)
{
	return json_pack("{s:s, s:s, s:s}", "cmd", cmd, "site", "www", "pattern", pattern);
}

static json_int_t previewed(const char *pattern)
{
	json_t *j = ask(filter("filter-preview", pattern));
	json_int_t n = json_integer_value(json_object_get(j, "files"));

	assert_false(json_is_true(json_object_get(j, "partly")));
	assert_int_equal(json_array_size(json_object_get(j, "sample")), n);
	json_decref(j);
	return n;
}

static void a_preview_counts_and_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(previewed("*.log"), 2);
	assert_int_equal(previewed("a/"), 4);
	assert_int_equal(previewed("a/b/"), 1);
	assert_int_equal(previewed("nothing-like-it"), 0);
	json_decref(ask(json_pack("{s:s}", "cmd", "filter-list")));
	assert_int_equal(json_array_size(peer_rows()), 0);
}

static void a_filter_is_added_shown_and_removed(void **state)
{
	(void)state;
	json_decref(ask(filter("filter-add", "*.log")));
	json_decref(ask(filter("filter-add", "a/b/")));
	json_decref(ask(json_pack("{s:s}", "cmd", "filter-list")));
	assert_int_equal(json_array_size(peer_rows()), 2);
	assert_string_equal(text_of(json_array_get(peer_rows(), 0), "kind"), "glob");
	assert_string_equal(text_of(json_array_get(peer_rows(), 1), "kind"), "dir");
	push_site();
	json_decref(ask(list_of("a")));
	assert_true(json_is_true(json_object_get(row_named("b"), "excepted")) ||
		    !row_named("b")); /* what is excepted is not published, or marked */
	assert_false(json_is_true(json_object_get(row_named("two.txt"), "excepted")));
	json_decref(ask(filter("filter-remove", "*.log")));
	json_decref(ask(json_pack("{s:s}", "cmd", "filter-list")));
	assert_int_equal(json_array_size(peer_rows()), 1);
	refused(filter("filter-remove", "*.log"), "pattern");
}

static void a_wrong_pattern_is_refused_and_nothing_kept(void **state)
{
	static const char *const patterns[] = {"", "/", "../etc", "a/../b", "/etc/", "a//b"};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		refused(filter("filter-preview", patterns[i]), "pattern");
		refused(filter("filter-add", patterns[i]), "pattern");
	}
	json_decref(ask(json_pack("{s:s}", "cmd", "filter-list")));
	assert_int_equal(json_array_size(peer_rows()), 0);
}

/* ---- events ---- */

static void sql(const char *text)
{
	char *error = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(rig_path("state/publisher.db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db, text, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	sqlite3_close(db);
}

/*
 * 30,000 of five hosts. Rare: each 7,000th failed; each 9,999th of host h3 is an unlink; the
 * oldest ten were acknowledged.
 */
static void many_events(void)
{
	sql("WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 30000)"
	    " INSERT INTO event (host, id, time, received, outcome, data, site, op, words, acked)"
	    " SELECT 'h' || (n % 5), 'e-' || n, n, strftime('%s', 'now') * 1000000000 + n, CASE WHEN n % 7000 = 0 THEN 6 ELSE 3 END,"
	    " json_object('id', 'e-' || n), 'www', CASE n % 9999 WHEN 3 THEN 'unlink' ELSE 'open'"
	    " END, 'h' || (n % 5) || ' page' || n, n <= 10 FROM i");
}

/* All pages of it: how many rows; each must be older than the one before. */
static int all_pages(json_t *query, int limit, int *pages)
{
	json_int_t last = INT64_MAX;
	int n = 0;

	*pages = 0;
	json_object_set_new(query, "cmd", json_string("event-list"));
	json_object_set_new(query, "limit", json_integer(limit));
	for (;;) {
		json_t *j = ask(json_incref(query)), *row;
		size_t i;

		++*pages;
		json_array_foreach (peer_rows(), i, row) {
			json_int_t at = json_integer_value(json_object_get(row, "n"));

			assert_true(at < last);
			last = at;
			n++;
		}
		assert_true(json_array_size(peer_rows()) <= (size_t)limit);
		if (!json_is_string(json_object_get(j, "next"))) {
			json_decref(j);
			break;
		}
		json_object_set(query, "cursor", json_object_get(j, "next"));
		json_decref(j);
	}
	json_decref(query);
	return n;
}

static void each_event_that_fits_is_listed_once(void **state)
{
	int pages;

	(void)state;
	many_events();
	assert_int_equal(all_pages(json_pack("{s:s}", "outcome", "failed"), 100, &pages), 4);
	assert_int_equal(pages, 1); /* however far apart they lie */
	assert_int_equal(all_pages(json_pack("{s:s}", "outcome", "failed"), 3, &pages), 4);
	assert_int_equal(all_pages(json_pack("{s:s}", "op", "unlink"), 100, &pages), 4);
	assert_int_equal(
		all_pages(json_pack("{s:s, s:s}", "op", "unlink", "host", "h3"), 100, &pages), 1);
	assert_int_equal(all_pages(json_pack("{s:b}", "open", 0), 4, &pages), 10);
	assert_int_equal(all_pages(json_pack("{s:s}", "host", "elsewhere"), 100, &pages), 0);
	assert_int_equal(pages, 1);
	assert_int_equal(all_pages(json_pack("{s:s}", "host", "h3"), 500, &pages), 6000);
	assert_int_equal(
		all_pages(json_pack("{s:s, s:s}", "host", "h3", "outcome", "failed,restored"), 499,
			  &pages),
		6000);
	assert_int_equal(all_pages(json_pack("{}"), 500, &pages), 30000);
	assert_int_equal(all_pages(json_pack("{s:s}", "q", "page7000"), 100, &pages), 1);
	assert_int_equal(all_pages(json_pack("{s:s}", "q", "page29"), 100, &pages), 1111);
	assert_int_equal(
		all_pages(json_pack("{s:s, s:s}", "q", "page", "outcome", "failed"), 3, &pages), 4);
	assert_int_equal(
		all_pages(json_pack("{s:s, s:s}", "q", "page7", "host", "h0"), 100, &pages), 222);
}

static void what_changes_is_found_as_it_is_now(void **state)
{
	int pages;

	(void)state;
	many_events();
	sql("UPDATE event SET outcome = 1 WHERE n = 7000; DELETE FROM event WHERE n = 14000;"
	    "UPDATE event SET acked = 5 WHERE n = 21000");
	assert_int_equal(all_pages(json_pack("{s:s}", "outcome", "failed"), 100, &pages), 2);
	assert_int_equal(all_pages(json_pack("{s:s}", "outcome", "denied"), 100, &pages), 1);
	assert_int_equal(
		all_pages(json_pack("{s:s, s:b}", "outcome", "failed", "open", 1), 100, &pages), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_directory_is_listed_as_it_was_published),
		TEST(what_is_no_directory_is_not_listed),
		TEST(a_long_directory_comes_in_pages),
		TEST(a_file_has_its_versions_newest_first),
		TEST(a_preview_counts_and_changes_nothing),
		TEST(a_filter_is_added_shown_and_removed),
		TEST(a_wrong_pattern_is_refused_and_nothing_kept),
		TEST(each_event_that_fits_is_listed_once),
		TEST(what_changes_is_found_as_it_is_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
