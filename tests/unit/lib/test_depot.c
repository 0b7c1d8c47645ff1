// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "unit.h"
#include "depot.h"
#include "fsx.h"

static char *top;
static struct depot *depot;

static int setup(void **state)
{
	(void)state;
	top = unit_dir();
	depot = depot_open(top, false, NULL);
	return depot ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	depot_close(depot);
	unit_clean(top);
	return 0;
}

/* n bytes: text that compresses, or noise that does not. */
static uint8_t *content(size_t n, bool noise)
{
	uint8_t *p = malloc(n + 1);
	uint64_t x = 88172645463325252ull;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = noise ? (uint8_t)x : (uint8_t) "<p>some page</p>\n"[i % 17];
	}
	return p;
}

static const struct {
	size_t n;
	bool noise;
} kinds[] = {{0, false},       {1, false},	     {63, true},       {64, false},
	     {6500, false},    {6500, true},	     {1 << 20, false}, {(1 << 20) - 1, true},
	     {3 << 20, false}, {(3 << 20) + 7, true}};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static int memfd_of(const void *p, size_t n)
{
	int fd = memfd_create("content", 0);

	assert_int_equal(fsx_write_all(fd, p, n), 0);
	return fd;
}

static void objects_of_every_size_come_back_from_memory_and_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		uint8_t *p = content(kinds[i].n, kinds[i].noise);
		int fd = memfd_of(p, kinds[i].n), out = memfd_create("out", 0);
		struct hash h, want = hash_of(p, kinds[i].n), got;
		struct buf b;
		uint64_t size;

		assert_int_equal(depot_put_fd(depot, fd, &h, &size, NULL), 0);
		assert_true(hash_eq(&h, &want));
		assert_true(size == kinds[i].n);
		if (i % 2)
			assert_int_equal(depot_sync(depot, NULL), 0);
		buf_init(&b, 8 << 20);
		assert_int_equal(depot_read(depot, &h, kinds[i].n, &b, NULL), DEPOT_OK);
		assert_int_equal(b.len, kinds[i].n);
		assert_int_equal(depot_extract(depot, &h, size, out, NULL), DEPOT_OK);
		assert_int_equal(hash_fd(out, &got, &size), 0);
		assert_true(hash_eq(&got, &want));
		buf_free(&b);
		close(fd);
		close(out);
		free(p);
	}
}

static void the_reader_of_another_process_sees_only_what_was_synced(void **state)
{
	struct depot *reader = depot_open(top, true, NULL);
	struct hash h;

	(void)state;
	assert_int_equal(depot_put(depot, "page", 4, &h, NULL), 0);
	assert_true(depot_has(depot, &h));
	assert_false(depot_has(reader, &h));
	assert_int_equal(depot_sync(depot, NULL), 0);
	assert_true(depot_has(reader, &h));
	assert_int_equal(depot_put(reader, "other", 5, &h, NULL), -1);
	depot_close(reader);
}

static void what_a_crash_left_in_tmp_is_swept_but_parts_stay(void **state)
{
	char path[256];
	struct hash h;

	(void)state;
	assert_int_equal(depot_put(depot, "gone", 4, &h, NULL), 0);
	snprintf(path, sizeof(path),
		 "%s/tmp/"
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.part",
		 top);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	depot_close(depot_open(top, false, NULL)); /* as the next start would */
	assert_false(depot_has(depot, &h));
	assert_int_equal(access(path, F_OK), 0);
}

static void object_path(const struct hash *h, char *to, size_t cap)
{
	char hex[HASH_HEX];

	hash_hex(h, hex);
	snprintf(to, cap, "%s/%.2s/%s", top, hex, hex + 2);
}

static void every_flipped_bit_on_disk_is_noticed(void **state)
{
	uint8_t *p = content(300, false), bytes[512];
	char path[256];
	struct hash h;
	struct buf b;
	ssize_t n;
	int fd;

	(void)state;
	buf_init(&b, 1 << 20);
	depot_put(depot, p, 300, &h, NULL);
	depot_sync(depot, NULL);
	object_path(&h, path, sizeof(path));
	fd = open(path, O_RDWR);
	n = read(fd, bytes, sizeof(bytes));
	assert_true(n > 4);
	for (ssize_t bit = 0; bit < 8 * n; bit++) {
		enum depot_result r;

		bytes[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(pwrite(fd, bytes, n, 0), n);
		buf_reset(&b);
		r = depot_read(depot, &h, 300, &b, NULL);
		/* A few bits of a zstd frame's header mean nothing: then the content is right. */
		if (r == DEPOT_OK) {
			assert_int_equal(b.len, 300);
			assert_memory_equal(b.data, p, 300);
		} else {
			assert_int_equal(r, DEPOT_DAMAGED);
		}
		bytes[bit / 8] ^= 1 << bit % 8;
	}
	for (ssize_t cut = 0; cut < n; cut++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, bytes, cut, 0), cut);
		buf_reset(&b);
		assert_int_equal(depot_read(depot, &h, 300, &b, NULL), DEPOT_DAMAGED);
	}
	close(fd);
	buf_free(&b);
	free(p);
}

static void a_link_in_place_of_an_object_is_not_followed(void **state)
{
	char path[256];
	struct hash h;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	depot_put(depot, "page", 4, &h, NULL);
	depot_sync(depot, NULL);
	object_path(&h, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	assert_false(depot_has(depot, &h));
	assert_int_equal(depot_read(depot, &h, 4, &b, NULL), DEPOT_DAMAGED);
	assert_int_equal(depot_drop(depot, &h), 0);
	assert_int_equal(depot_read(depot, &h, 4, &b, NULL), DEPOT_MISSING);
	buf_free(&b);
}

/* Sends the encoded form of h to a second depot in pieces. */
static enum depot_result transfer(struct depot *to, const struct hash *h, uint64_t plain,
				  size_t piece, bool flip)
{
	struct depot_recv *r = depot_recv_begin(to, h, plain, NULL);
	uint64_t size;
	int fd = depot_open_encoded(depot, h, &size);
	uint8_t block[4096];
	ssize_t n;

	assert_non_null(r);
	assert_true(fd >= 0 && piece <= sizeof(block));
	assert_true(lseek(fd, depot_recv_offset(r), SEEK_SET) >= 0);
	while ((n = read(fd, block, piece)) > 0) {
		if (flip)
			block[n / 2] ^= 0x10;
		assert_int_equal(depot_recv_add(r, block, n, NULL), 0);
	}
	close(fd);
	return depot_recv_end(r, NULL);
}

static void objects_arrive_in_pieces_or_not_at_all(void **state)
{
	char path[128];
	struct depot *to;

	(void)state;
	snprintf(path, sizeof(path), "%s/far", top);
	to = depot_open(path, false, NULL);
	for (size_t i = 0; i < KINDS; i++) {
		uint8_t *p = content(kinds[i].n, kinds[i].noise);
		struct hash h;

		assert_int_equal(depot_put(depot, p, kinds[i].n, &h, NULL), 0);
		if (kinds[i].n > 8) {
			assert_int_equal(transfer(to, &h, kinds[i].n, 4096, true), DEPOT_DAMAGED);
			assert_false(depot_has(to, &h));
			assert_int_equal(transfer(to, &h, kinds[i].n - 1, 4096, false),
					 DEPOT_DAMAGED);
		}
		assert_int_equal(transfer(to, &h, kinds[i].n, 1000, false), DEPOT_OK);
		assert_true(depot_has(to, &h));
		free(p);
	}
	depot_close(to);
}

static void an_interrupted_arrival_is_resumed(void **state)
{
	size_t n = 3 << 20;
	uint8_t *p = content(n, true);
	struct depot_recv *r;
	struct hash h;
	char path[128];
	struct depot *to;

	(void)state;
	snprintf(path, sizeof(path), "%s/far", top);
	to = depot_open(path, false, NULL);
	depot_put(depot, p, n, &h, NULL);
	r = depot_recv_begin(to, &h, n, NULL);
	assert_int_equal(depot_recv_add(r, "WDO\0", 4, NULL), 0);
	assert_int_equal(depot_recv_add(r, p, 100000, NULL), 0);
	depot_recv_abort(r, true);
	depot_close(to);
	to = depot_open(path, false, NULL);
	r = depot_recv_begin(to, &h, n, NULL);
	assert_int_equal(depot_recv_offset(r), 100004);
	depot_recv_abort(r, true);
	assert_int_equal(transfer(to, &h, n, 4096, false), DEPOT_OK);
	depot_close(to);
	free(p);
}

static void a_bomb_stops_at_its_bound(void **state)
{
	size_t n = 64 << 20, size;
	uint8_t *zeros = calloc(1, n), *packed = malloc(ZSTD_compressBound(n));
	struct hash h = hash_of(zeros, n);
	struct depot_recv *r;
	struct err err;

	(void)state;
	size = ZSTD_compress(packed, ZSTD_compressBound(n), zeros, n, 3);
	assert_true(size < 60000); /* small enough to pass as encoded bytes of a small object */
	r = depot_recv_begin(depot, &h, 100, NULL);
	assert_int_equal(depot_recv_add(r, "WDO\1", 4, NULL), 0);
	assert_int_equal(depot_recv_add(r, packed, size, NULL), 0);
	assert_int_equal(depot_recv_end(r, &err), DEPOT_DAMAGED);
	assert_non_null(strstr(err.text, "more than"));
	free(zeros);
	free(packed);
}

static void more_bytes_than_promised_are_refused_as_they_come(void **state)
{
	static uint8_t block[1 << 16];
	struct hash h = hash_of("x", 1);
	struct depot_recv *r = depot_recv_begin(depot, &h, 1, NULL);
	int ok = 0;

	(void)state;
	while (ok < 100 && depot_recv_add(r, block, sizeof(block), NULL) == 0)
		ok++;
	assert_int_equal(ok, 1);
	depot_recv_abort(r, false);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(objects_of_every_size_come_back_from_memory_and_file),
		T(the_reader_of_another_process_sees_only_what_was_synced),
		T(what_a_crash_left_in_tmp_is_swept_but_parts_stay),
		T(every_flipped_bit_on_disk_is_noticed),
		T(a_link_in_place_of_an_object_is_not_followed),
		T(objects_arrive_in_pieces_or_not_at_all),
		T(an_interrupted_arrival_is_resumed),
		T(a_bomb_stops_at_its_bound),
		T(more_bytes_than_promised_are_refused_as_they_come),
	};
	return cmocka_run_group_tests_name("depot", tests, NULL, NULL);
}
