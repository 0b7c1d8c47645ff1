// SPDX-License-Identifier: Apache-2.0
/* A directory becomes objects: what is read, kept out, refused and left as it was. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "build.h"
#include "rig.h"
#include "tree.h"

static struct depot *depot;
static struct cache cache;
static struct build_result result;
static struct err err;

static int setup(void **state)
{
	(void)state;
	rig_begin();
	rig_mkdir(rig_path("www"));
	depot = depot_open(rig_path("objects"), false, &err);
	assert_non_null(depot);
	cache_load(&cache, NULL, "www");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cache_free(&cache);
	depot_close(depot);
	rig_end();
	return 0;
}

static struct filters filters;

static int build_with(const struct release *previous, bool keep_busy, char *const *excludes)
{
	struct build_input in = {.dir = rig_path("www"),
				 .excludes = excludes,
				 .filters = &filters,
				 .depot = depot,
				 .cache = &cache,
				 .previous = previous,
				 .keep_busy = keep_busy,
				 .quiet = 10};

	err.text[0] = 0;
	return build_site(&in, &result, &err);
}

static int build(void)
{
	return build_with(NULL, false, NULL);
}

static struct release as_release(void)
{
	return (struct release){.root = result.root, .root_size = result.root_size};
}

/* The tree object of the result, or of a directory in a tree. Caller frees. */
static struct tree *tree_at(const struct hash *h, uint64_t size)
{
	struct tree *t;
	struct buf b;

	buf_init(&b, size);
	assert_int_equal(depot_read(depot, h, size, &b, &err), DEPOT_OK);
	t = tree_decode(b.data, b.len, &err);
	assert_non_null(t);
	buf_free(&b);
	return t;
}

static struct tree *root_tree(void)
{
	return tree_at(&result.root, result.root_size);
}

/* The content that the release has for a file of the root, "-" if it has none. */
static const char *content(const char *name)
{
	static char text[4096];
	struct tree *t = root_tree();
	const struct entry *e = tree_find(t, name);
	struct buf b;

	strcpy(text, "-");
	if (e && e->type == ENTRY_FILE) {
		buf_init(&b, sizeof(text) - 1);
		assert_int_equal(depot_read(depot, &e->hash, e->size, &b, &err), DEPOT_OK);
		memcpy(text, b.data ? b.data : (uint8_t *)"", b.len);
		text[b.len] = 0;
		buf_free(&b);
	}
	tree_free(t);
	return text;
}

static void test_files_directories_and_links_are_all_there(void **state)
{
	const struct entry *e;
	struct tree *t, *sub;

	(void)state;
	rig_write(rig_path("www/index.html"), "hello");
	rig_write(rig_path("www/empty"), "");
	rig_write(rig_path("www/a/b/deep"), "deep");
	rig_link("a/b/deep", rig_path("www/link"));
	assert_int_equal(chmod(rig_path("www/index.html"), 0640), 0);
	assert_int_equal(build(), 0);
	assert_int_equal(result.files, 3);
	assert_int_equal(result.dirs, 2);
	assert_int_equal(result.links, 1);
	assert_int_equal(result.bytes, 9);
	assert_string_equal(content("index.html"), "hello");
	assert_string_equal(content("empty"), "");
	t = root_tree();
	assert_int_equal(t->n, 4);
	assert_int_equal(tree_find(t, "index.html")->mode, 0640);
	assert_string_equal(tree_find(t, "link")->target, "a/b/deep");
	e = tree_find(t, "a");
	sub = tree_at(&e->hash, e->size);
	assert_int_equal(tree_find(sub, "b")->type, ENTRY_DIR);
	tree_free(sub);
	tree_free(t);
}

static void test_names_are_bytes(void **state)
{
	(void)state;
	rig_write(rig_path("www/new\nline"), "1");
	rig_write(rig_path("www/\xff\xfe"), "2");
	rig_write(rig_path("www/ -rf *"), "3");
	assert_int_equal(build(), 0);
	assert_int_equal(result.files, 3);
	assert_string_equal(content("new\nline"), "1");
}

static void test_unchanged_files_are_not_read_again(void **state)
{
	struct hash first;

	(void)state;
	rig_write(rig_path("www/one"), "1");
	rig_write(rig_path("www/two"), "2");
	rig_tick();
	assert_int_equal(build(), 0);
	assert_int_equal(result.read_files, 2);
	first = result.root;
	assert_int_equal(build(), 0);
	assert_int_equal(result.read_files, 0);
	assert_true(hash_eq(&first, &result.root));
	rig_write(rig_path("www/two"), "3");
	rig_tick();
	assert_int_equal(build(), 0);
	assert_int_equal(result.read_files, 1);
	assert_string_equal(content("two"), "3");
}

static void test_a_fresh_file_is_not_trusted_to_its_times(void **state)
{
	(void)state;
	rig_write(rig_path("www/one"), "1");
	assert_int_equal(build(), 0);
	assert_int_equal(build(), 0);
	assert_int_equal(result.read_files, 1); /* too young to be remembered */
}

static void test_same_size_and_mtime_is_still_a_change(void **state)
{
	struct timespec times[2];
	struct stat st;

	(void)state;
	rig_write(rig_path("www/page"), "good");
	rig_tick();
	assert_int_equal(build(), 0);
	stat(rig_path("www/page"), &st);
	rig_write(rig_path("www/page"), "evil");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, rig_path("www/page"), times, 0), 0);
	assert_int_equal(build(), 0);
	assert_string_equal(content("page"), "evil");
}

static void test_a_directory_time_alone_is_no_change(void **state)
{
	struct hash first;

	(void)state;
	rig_write(rig_path("www/sub/page"), "x");
	rig_tick();
	assert_int_equal(build(), 0);
	first = result.root;
	rig_write(rig_path("www/sub/upload.filepart"), "part");
	unlink(rig_path("www/sub/upload.filepart"));
	assert_int_equal(build(), 0);
	assert_true(hash_eq(&first, &result.root));
}

static void test_objects_lost_from_the_depot_are_made_again(void **state)
{
	struct tree *t;

	(void)state;
	rig_write(rig_path("www/page"), "precious");
	rig_tick();
	assert_int_equal(build(), 0);
	t = root_tree();
	assert_int_equal(depot_drop(depot, &tree_find(t, "page")->hash), 0);
	tree_free(t);
	assert_int_equal(build(), 0);
	assert_string_equal(content("page"), "precious");
}

static void test_an_empty_directory_builds_with_no_files(void **state)
{
	(void)state;
	assert_int_equal(build(), 0);
	assert_int_equal(result.files, 0);
}

/* What is left out: glob, path, directory?, verdict. */
static void test_excludes(void **state)
{
	static const struct {
		const char *glob, *path;
		bool dir, out;
	} cases[] = {
		{"*.tmp", "a.tmp", false, true},
		{"*.tmp", "deep/down/a.tmp", false, true},
		{"*.tmp", "a.tmpx", false, false},
		{"cache/", "cache", true, true},
		{"cache/", "x/cache", true, true},
		{"cache/", "cache", false, false},
		{"/cache", "cache", true, true},
		{"/cache", "x/cache", true, false},
		{"x/*.log", "x/a.log", false, true},
		{"x/*.log", "x/y/a.log", false, false},
		{"x/*.log", "a.log", false, false},
		{"none", ".wd-0123456789abcdef", false, true},
		{"none", "a/file.filepart", false, true},
		{"none", ".ftpquota", false, true},
		{"none", "lost+found", true, true},
		{"none", "lost+found", false, false},
		{"none", "index.html", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *globs[] = {(char *)cases[i].glob, NULL};

		if (build_excluded(globs, cases[i].path, cases[i].dir) != cases[i].out)
			fail_msg("%s on %s", cases[i].glob, cases[i].path);
	}
}

static void test_excluded_entries_are_not_looked_at(void **state)
{
	char *globs[] = {(char *)"pipe", (char *)"bad/", NULL};

	(void)state;
	rig_write(rig_path("www/page"), "x");
	rig_mkdir(rig_path("www/bad"));
	rig_link("/etc/passwd", rig_path("www/bad/link"));
	mkfifo(rig_path("www/pipe"), 0644);
	assert_int_equal(build_with(NULL, false, globs), 0);
	assert_int_equal(result.files, 1);
}

/* ---- refused, naming the path ---- */

static void make_fifo(void)
{
	mkfifo(rig_path("www/sub/odd"), 0644);
}

static void make_socket(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(sa.sun_path, rig_path("www/sub/odd"));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
}

static void make_absolute_link(void)
{
	rig_link("/etc/passwd", rig_path("www/sub/odd"));
}

static void make_climbing_link(void)
{
	rig_link("../../outside", rig_path("www/sub/odd"));
}

static void make_roundabout_link(void)
{
	rig_link("../sub/../../www/page", rig_path("www/sub/odd"));
}

static void make_directory_swapped_for_link(void)
{
	rig_mkdir(rig_path("elsewhere"));
	rig_write(rig_path("elsewhere/secret"), "s");
	rig_link(rig_path("elsewhere"), rig_path("www/sub/odd"));
}

static void test_refused(void **state)
{
	static const struct {
		void (*make)(void);
		const char *says;
	} cases[] = {
		{make_fifo, "sub/odd: a device, socket or pipe"},
		{make_socket, "sub/odd: a device, socket or pipe"},
		{make_absolute_link, "sub/odd: a symbolic link that leads out"},
		{make_climbing_link, "sub/odd: a symbolic link that leads out"},
		{make_roundabout_link, "sub/odd: a symbolic link that leads out"},
		{make_directory_swapped_for_link, "sub/odd: a symbolic link that leads out"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rig_mkdir(rig_path("www/sub"));
		cases[i].make();
		assert_int_equal(build(), -1);
		if (!strstr(err.text, cases[i].says))
			fail_msg("case %zu: %s", i, err.text);
		rig_remove(rig_path("www/sub"));
	}
	assert_int_equal(build(), 0);
}

static void test_nesting_has_an_end(void **state)
{
	char path[512] = "";

	(void)state;
	for (int i = 0; i < 63; i++)
		strcat(path, i ? "/d" : "d");
	rig_mkdir(rig_path("www/%s", path));
	assert_int_equal(build(), 0);
	rig_mkdir(rig_path("www/%s/d", path));
	assert_int_equal(build(), -1);
	assert_non_null(strstr(err.text, "nested deeper"));
}

static void test_a_missing_directory_says_so(void **state)
{
	(void)state;
	rig_remove(rig_path("www"));
	assert_int_equal(build(), -1);
	assert_non_null(strstr(err.text, "No such file"));
}

static void test_stops_when_told(void **state)
{
	atomic_bool stop = true;
	struct build_input in = {
		.dir = rig_path("www"), .depot = depot, .cache = &cache, .stop = &stop};

	(void)state;
	rig_write(rig_path("www/page"), "x");
	assert_int_equal(build_site(&in, &result, &err), -1);
}

/* ---- files being written ---- */

static void test_a_half_written_file_is_kept_out(void **state)
{
	struct release before;
	int fd;

	(void)state;
	rig_write(rig_path("www/page"), "old");
	rig_tick();
	assert_int_equal(build(), 0);
	before = as_release();
	fd = open(rig_path("www/page"), O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "ha", 2), 2);
	rig_write(rig_path("www/other"), "done");
	rig_tick();

	assert_int_equal(build_with(&before, false, NULL), 0);
	assert_int_equal(result.busy, 1);
	assert_string_equal(result.busy_path, "page");

	assert_int_equal(build_with(&before, true, NULL), 0);
	assert_int_equal(result.busy, 1);
	assert_string_equal(content("page"), "old"); /* as it was released */
	assert_string_equal(content("other"), "done");

	assert_int_equal(write(fd, "lf", 2), 2);
	close(fd);
	rig_tick();
	assert_int_equal(build_with(&before, false, NULL), 0);
	assert_int_equal(result.busy, 0);
	assert_string_equal(content("page"), "half");
}

static void test_a_new_file_being_written_is_absent(void **state)
{
	int fd;

	(void)state;
	rig_write(rig_path("www/page"), "x");
	fd = open(rig_path("www/upload"), O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "part", 4), 4);
	rig_tick();
	assert_int_equal(build_with(NULL, true, NULL), 0);
	assert_string_equal(content("upload"), "-");
	assert_int_equal(result.files, 1);
	close(fd);
}

static void test_a_busy_file_deep_down_keeps_its_release(void **state)
{
	struct release before;
	struct tree *root, *sub;
	const struct entry *e;
	struct hash old;
	int fd;

	(void)state;
	rig_write(rig_path("www/a/b/page"), "old");
	rig_tick();
	assert_int_equal(build(), 0);
	before = as_release();
	old = result.root;
	fd = open(rig_path("www/a/b/page"), O_WRONLY | O_TRUNC);
	rig_tick();
	assert_int_equal(build_with(&before, true, NULL), 0);
	assert_true(hash_eq(&old, &result.root)); /* nothing to publish */
	root = root_tree();
	e = tree_find(root, "a");
	sub = tree_at(&e->hash, e->size);
	assert_non_null(tree_find(sub, "b"));
	tree_free(sub);
	tree_free(root);
	close(fd);
}

static void test_filters_are_not_published(void **state)
{
	const struct entry *e;
	struct tree *t, *sub;

	(void)state;
	filters = (struct filters){0};
	assert_int_equal(filters_add(&filters, "uploads/", &err), 0);
	assert_int_equal(filters_add(&filters, "*.log", &err), 0);
	rig_write(rig_path("www/index.html"), "hello");
	rig_write(rig_path("www/access.log"), "log");
	assert_int_equal(build(), -1); /* no directory to except */
	assert_non_null(strstr(err.text, "1 of 1 excepted directories"));
	rig_write(rig_path("www/uploads"), "a file");
	assert_int_equal(build(), -1);
	assert_non_null(strstr(err.text, "excepted as a directory"));
	assert_int_equal(unlink(rig_path("www/uploads")), 0);
	rig_write(rig_path("www/uploads/deep/x.php"), "an upload");
	assert_int_equal(build(), 0);
	assert_int_equal(result.files, 1);
	assert_int_equal(result.dirs, 1);
	t = root_tree();
	assert_int_equal(t->n, 2);
	e = tree_find(t, "uploads");
	assert_non_null(e);
	sub = tree_at(&e->hash, e->size);
	assert_int_equal(sub->n, 0);
	tree_free(sub);
	tree_free(t);
	filters = (struct filters){0};
	assert_int_equal(build(), 0);
	assert_int_equal(result.files, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_files_directories_and_links_are_all_there),
		T(test_names_are_bytes),
		T(test_unchanged_files_are_not_read_again),
		T(test_a_fresh_file_is_not_trusted_to_its_times),
		T(test_same_size_and_mtime_is_still_a_change),
		T(test_a_directory_time_alone_is_no_change),
		T(test_objects_lost_from_the_depot_are_made_again),
		T(test_an_empty_directory_builds_with_no_files),
		T(test_excludes),
		T(test_filters_are_not_published),
		T(test_excluded_entries_are_not_looked_at),
		T(test_refused),
		T(test_nesting_has_an_end),
		T(test_a_missing_directory_says_so),
		T(test_stops_when_told),
		T(test_a_half_written_file_is_kept_out),
		T(test_a_new_file_being_written_is_absent),
		T(test_a_busy_file_deep_down_keeps_its_release),
	};

	return cmocka_run_group_tests_name("publisher/build", tests, NULL, NULL);
}
