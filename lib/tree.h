/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree - one directory of a site, as an object
 *
 * Encoding (doc/PROTOCOL, "Objects"), integers big-endian:
 *   "WDT1"  u32 count  count x entry
 *   entry:  u8 type 'f' 'd' 'l', u16 mode (07777), i64 mtime (ns since 1970),
 *           u64 size, str name, then 'f','d': 32 bytes hash, 'l': str target
 * Entries are sorted by name as bytes and no name comes twice, so that one
 * directory has exactly one encoding and its SHA-256 names it.
 *
 * A decoded tree is safe to walk: names are 1..255 bytes, none is "." or "..", none
 * holds '/' or NUL. Link targets are relative; tree_link_inside() judges where they
 * lead. Owners are not part of a tree: they differ by host and are the agent's.
 */
#ifndef WD_TREE_H
#define WD_TREE_H

#include "buf.h"
#include "hash.h"
#include "log.h"

#define TREE_NAME_MAX 255
#define TREE_TARGET_MAX 4095
#define TREE_ENTRIES_MAX (1u << 20)
#define TREE_BYTES_MAX (64u << 20) /* of one encoded tree */
#define TREE_DEPTH_MAX 64
#define TREE_FILE_MAX (1ull << 40)
#define TREE_PATH_MAX 4096

enum entry_type { ENTRY_FILE = 'f', ENTRY_DIR = 'd', ENTRY_LINK = 'l' };

struct entry {
	char *name;
	char *target; /* links, else NULL */
	struct hash hash;
	uint64_t size; /* files: bytes; dirs: of the encoded tree; links: of the target */
	int64_t mtime; /* ns */
	uint16_t mode;
	enum entry_type type;
};

struct tree {
	struct entry *v;
	size_t n, cap;
};

struct tree *tree_new(void);
void tree_free(struct tree *t); /* NULL is fine */
/* Copies the strings of e. -1: no memory. Any order; tree_encode() sorts. */
int tree_add(struct tree *t, const struct entry *e);
const struct entry *tree_find(const struct tree *t, const char *name); /* of a sorted tree */
/* Sorts t, appends the encoding. -1: a name twice, a bad name or too large; err says which. */
int tree_encode(struct tree *t, struct buf *out, struct err *err);
/* A checked, sorted tree, owned by the caller; NULL and err for anything else. */
struct tree *tree_decode(const void *p, size_t n, struct err *err);

bool tree_name_ok(const char *name);
/* Does a link with this target, in the directory `dir` ("" or "a/b"), stay inside the site? */
bool tree_link_inside(const char *dir, const char *target);
/* How many levels a target climbs; -1: it is absolute, empty, or climbs behind another name. */
int tree_link_climbs(const char *target);

#endif
