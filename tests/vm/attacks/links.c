// SPDX-License-Identifier: Apache-2.0
/*
 * links.c - symbolic links that lead to the tree
 *
 *   out/up/way -> site/www        the name by which the tree is guarded
 *   out/second -> up/../up/way    a link to that link
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

#define WAY "^/up/way"

/* Looking at it and following it must not move its access time, which is compared. */
static int settle(const char *path)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) + 3600}, {.tv_nsec = UTIME_OMIT}};

	return try(utimensat(AT_FDCWD, at(path), times, AT_SYMLINK_NOFOLLOW)), 0;
}

static int make_link(const char *target, const char *path)
{
	try(symlink(target, at(path)));
	return settle(path);
}

static int link_way(void)
{
	try(mkdir(at("^/up"), 0755));
	return make_link(WWW, WAY) ?: settle("^/up");
}

static int link_second(void)
{
	int err = link_way();

	return err ?: make_link("up/../up/way", "^/second");
}

static int link_other(void)
{
	return try(symlink(at("^/dir"), at("^/other"))), 0;
}

static int replaced(void)
{
	int err = link_other();

	return err ?: (try(rename(at("^/other"), at(WAY))), 0);
}

static int removed(void)
{
	return try(unlink(at(WAY))), 0;
}

static int moved(void)
{
	return try(rename(at(WAY), at("^/up/away"))), 0;
}

static int exchanged(void)
{
	return try(renameat2(AT_FDCWD, at("^/dir"), AT_FDCWD, at(WAY), RENAME_EXCHANGE)), 0;
}

static int parent_moved(void)
{
	return try(rename(at("^/up"), at("^/down"))), 0;
}

static int parent_hidden(void)
{
	return try(chmod(at("^/up"), 0)), 0;
}

static int append(void)
{
	return put(at(WAY "/index.html"), "defaced\n");
}

static int create(void)
{
	return try(open(at(WAY "/new"), O_WRONLY | O_CREAT, 0644)), 0;
}

#define BY_LINK .before = link_way, .root = WAY, .seen = WAY

const struct vector link_vectors[] = {
	{"root-by-link", "a root given by a link: a file of it", "open", "@/index.html",
	 .run = append, BY_LINK},
	{"root-by-link-create", "a new file in it", "create", "@/new", .run = create, BY_LINK},
	{"link-replaced", "the link that leads to it replaced", "rename", NULL, WAY,
	 .run = replaced, BY_LINK},
	{"link-removed", "removed", "unlink", WAY, .run = removed, BY_LINK},
	{"link-moved", "renamed", "rename", WAY, "^/up/away", .run = moved, BY_LINK},
	{"link-exchanged", "exchanged with a directory", "rename", "^/dir", WAY,
	 .run = exchanged, BY_LINK},
	{"link-parent-moved", "the directory that it lies in renamed", "rename", "^/up", "^/down",
	 .run = parent_moved, BY_LINK},
	{"link-parent-hidden", "chmod 0 of it", "chmod", "^/up", .run = parent_hidden,
	 .before = link_way, .root = WAY, .seen = "^/up"},
	{"link-of-link", "the link that a link leads to replaced", "rename", NULL, WAY,
	 .before = link_second, .run = replaced, .root = "^/second", .seen = WAY},
	{NULL},
};
