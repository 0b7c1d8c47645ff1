// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "tree.h"

#define MAGIC "WDT1"
/* The shortest entry: type, mode, mtime, size, a name of one byte, a target of one byte. */
#define ENTRY_BYTES_MIN (1 + 2 + 8 + 8 + 3 + 3)

struct tree *tree_new(void)
{
	return calloc(1, sizeof(struct tree));
}

static void entry_clear(struct entry *e)
{
	free(e->name);
	free(e->target);
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		entry_clear(&t->v[i]);
	free(t->v);
	free(t);
}

int tree_add(struct tree *t, const struct entry *e)
{
	struct entry copy = *e;

	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 16;
		struct entry *v = reallocarray(t->v, cap, sizeof(*v));

		if (!v)
			return -1;
		t->v = v;
		t->cap = cap;
	}
	copy.name = strdup(e->name);
	copy.target = e->target ? strdup(e->target) : NULL;
	if (!copy.name || (e->target && !copy.target)) {
		entry_clear(&copy);
		return -1;
	}
	t->v[t->n++] = copy;
	return 0;
}

/* strcmp compares as unsigned bytes, which is the order the format wants. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

const struct entry *tree_find(const struct tree *t, const char *name)
{
	struct entry key = {.name = (char *)name};

	return t->n ? bsearch(&key, t->v, t->n, sizeof(*t->v), by_name) : NULL;
}

bool tree_name_ok(const char *name)
{
	size_t n = strlen(name);

	return n >= 1 && n <= TREE_NAME_MAX && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/*
 * ".." only at the start: there it climbs real directories and can be counted. Behind
 * another name it would climb from wherever that name, perhaps a link itself, leads.
 */
int tree_link_climbs(const char *target)
{
	bool descended = false;
	int levels = 0;

	if (*target == '/' || !*target)
		return -1;
	while (*target) {
		size_t n = strcspn(target, "/");

		if (n == 2 && memcmp(target, "..", 2) == 0) {
			if (descended)
				return -1;
			levels++;
		} else if (n > 0 && !(n == 1 && *target == '.')) {
			descended = true;
		}
		target += n;
		while (*target == '/')
			target++;
	}
	return levels;
}

bool tree_link_inside(const char *dir, const char *target)
{
	int depth = *dir != 0, climbs = tree_link_climbs(target);

	for (; *dir; dir++)
		depth += *dir == '/';
	return climbs >= 0 && climbs <= depth;
}

static int entry_check(const struct entry *e, struct err *err)
{
	if (!tree_name_ok(e->name))
		return err_set(err, "bad name \"%s\" in a directory", e->name);
	if (e->mode > 07777)
		return err_set(err, "%s: bad mode %o", e->name, e->mode);
	switch (e->type) {
	case ENTRY_FILE:
		if (e->size > TREE_FILE_MAX)
			return err_set(err, "%s: larger than a file may be", e->name);
		return 0;
	case ENTRY_DIR:
		if (e->size > TREE_BYTES_MAX)
			return err_set(err, "%s: directory too large", e->name);
		return 0;
	case ENTRY_LINK:
		if (!e->target || !*e->target || strlen(e->target) > TREE_TARGET_MAX ||
		    *e->target == '/' || e->size != strlen(e->target))
			return err_set(err, "%s: bad link target", e->name);
		return 0;
	}
	return err_set(err, "%s: unknown type of entry", e->name);
}

int tree_encode(struct tree *t, struct buf *out, struct err *err)
{
	size_t start = out->len;

	if (t->n > TREE_ENTRIES_MAX)
		return err_set(err, "%zu entries in one directory, more than %u", t->n,
			       TREE_ENTRIES_MAX);
	if (t->n)
		qsort(t->v, t->n, sizeof(*t->v), by_name);
	buf_put(out, MAGIC, 4);
	buf_put_u32(out, t->n);
	for (size_t i = 0; i < t->n; i++) {
		struct entry *e = &t->v[i];

		if (entry_check(e, err) < 0)
			return -1;
		if (i && strcmp(t->v[i - 1].name, e->name) == 0)
			return err_set(err, "%s: twice in one directory", e->name);
		buf_put_u8(out, e->type);
		buf_put_u16(out, e->mode);
		buf_put_i64(out, e->mtime);
		buf_put_u64(out, e->size);
		buf_put_str(out, e->name);
		if (e->type == ENTRY_LINK)
			buf_put_str(out, e->target);
		else
			buf_put(out, e->hash.b, HASH_LEN);
	}
	if (!buf_ok(out) || out->len - start > TREE_BYTES_MAX)
		return err_set(err, "directory of %zu entries does not fit in %u bytes", t->n,
			       TREE_BYTES_MAX);
	return 0;
}

static int entry_decode(struct rd *r, struct tree *t, struct err *err)
{
	char name[TREE_NAME_MAX + 1], target[TREE_TARGET_MAX + 1] = "";
	struct entry e = {.name = name};

	e.type = rd_u8(r);
	e.mode = rd_u16(r);
	e.mtime = rd_i64(r);
	e.size = rd_u64(r);
	rd_str(r, name, sizeof(name));
	if (e.type == ENTRY_LINK) {
		rd_str(r, target, sizeof(target));
		e.target = target;
	} else {
		rd_copy(r, e.hash.b, HASH_LEN);
	}
	if (r->failed)
		return err_set(err, "directory object cut short or a name too long");
	if (entry_check(&e, err) < 0)
		return -1;
	if (t->n && strcmp(t->v[t->n - 1].name, name) >= 0)
		return err_set(err, "%s: names out of order or twice", name);
	if (tree_add(t, &e) < 0)
		return err_set(err, "no memory for a directory object");
	return 0;
}

struct tree *tree_decode(const void *p, size_t n, struct err *err)
{
	struct rd r = rd_over(p, n);
	const uint8_t *magic = rd_get(&r, 4);
	uint32_t count = rd_u32(&r);
	struct tree *t;

	if (n > TREE_BYTES_MAX || r.failed || memcmp(magic, MAGIC, 4) != 0) {
		err_set(err, "not a directory object");
		return NULL;
	}
	/* Believe no count that the bytes behind it cannot hold. */
	if (count > TREE_ENTRIES_MAX || count > r.left / ENTRY_BYTES_MIN) {
		err_set(err, "directory object claims %u entries", count);
		return NULL;
	}
	t = tree_new();
	if (!t) {
		err_set(err, "no memory for a directory object");
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++)
		if (entry_decode(&r, t, err) < 0)
			goto bad;
	if (!rd_end(&r)) {
		err_set(err, "bytes behind the last entry of a directory object");
		goto bad;
	}
	return t;
bad:
	tree_free(t);
	return NULL;
}
