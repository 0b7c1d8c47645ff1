// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "build.h"
#include "fsx.h"
#include "log.h"
#include "map.h"
#include "tree.h"
#include "watch.h"

#define WATCH_MASK                                                                                 \
	(IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM |          \
	 IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif
#ifndef V9FS_MAGIC
#define V9FS_MAGIC 0x01021997
#endif

/* One watched directory. Its path may be stale after a move, until the next sync(). */
struct node {
	int wd;
	unsigned round;
	char path[]; /* below the site */
};

struct watch {
	struct event_base *base;
	const char *dir;
	char *const *excludes;
	const struct watch_ops *ops;
	void *arg;
	int fd; /* inotify; -1: there is none to be had */
	struct event *readable, *rescan_timer;
	struct timeval rescan;
	struct map nodes;
	unsigned round;
	dev_t dev; /* of the directory as watched; 0/0: it was not there */
	ino_t ino;
	bool unreliable, troubled;
};

static void trouble(struct watch *w, const char *text)
{
	w->unreliable = text != NULL;
	if (w->unreliable)
		evtimer_add(w->rescan_timer, &w->rescan);
	else
		evtimer_del(w->rescan_timer);
	if (w->unreliable || w->troubled)
		w->ops->trouble(w->arg, text);
	w->troubled = w->unreliable;
}

static void trouble_limit(struct watch *w, const char *path)
{
	char text[TREE_PATH_MAX + 256];

	if (w->unreliable)
		return;
	snprintf(text, sizeof(text),
		 "%s/%s cannot be watched (%s): raise fs.inotify.max_user_watches or"
		 " max_user_instances with sysctl and restart; until then changes are looked for"
		 " every %ld s",
		 w->dir, path, strerror(errno), (long)w->rescan.tv_sec);
	trouble(w, text);
}

static void remember(struct watch *w, int wd, const char *path)
{
	struct node *old = map_get(&w->nodes, wd), *node;
	size_t size = strlen(path) + 1;

	node = malloc(sizeof(*node) + size);
	if (!node)
		return; /* its events still count, only exclusion inside is not seen */
	node->wd = wd;
	node->round = w->round;
	memcpy(node->path, path, size);
	if (map_put(&w->nodes, wd, node))
		free(node);
	else
		free(old);
}

static void add_subtree(struct watch *w, int dirfd, const char *name, const char *path,
			unsigned depth);

static void add_children(struct watch *w, DIR *d, const char *path, unsigned depth)
{
	struct dirent *ent;
	char child[TREE_PATH_MAX];

	while ((ent = readdir(d))) {
		struct stat st;
		bool dir = ent->d_type == DT_DIR;

		if (!strcmp(ent->d_name, ".") || !strcmp(ent->d_name, ".."))
			continue;
		if (ent->d_type == DT_UNKNOWN)
			dir = !fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
			      S_ISDIR(st.st_mode);
		if (!dir || fsx_join(child, sizeof(child), path, ent->d_name) ||
		    build_excluded(w->excludes, child, true))
			continue;
		add_subtree(w, dirfd(d), ent->d_name, child, depth + 1);
	}
}

/*
 * The watch comes before the listing: what appears in between makes an event, and what
 * appeared before is listed. inotify knows paths only, so the descriptor's is given to it.
 */
static void add_subtree(struct watch *w, int dirfd, const char *name, const char *path,
			unsigned depth)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
	char self[32];
	int wd;
	DIR *d;

	if (fd < 0)
		return; /* gone again, or unreadable: then the build says so */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(w->fd, self, WATCH_MASK);
	if (wd >= 0)
		remember(w, wd, path);
	else if (errno == ENOSPC || errno == ENOMEM)
		trouble_limit(w, path);
	d = depth <= TREE_DEPTH_MAX ? fdopendir(fd) : NULL;
	if (!d) {
		close(fd);
		return;
	}
	add_children(w, d, path, depth);
	closedir(d);
}

static bool is_remote(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs))
		return false;
	switch ((unsigned)fs.f_type) {
	case NFS_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
	case FUSE_SUPER_MAGIC:
	case V9FS_MAGIC:
		return true;
	}
	return false;
}

/* Drops the watches of directories that the walk did not meet. */
static void sweep(struct watch *w)
{
	struct map kept = {0};
	struct node *node;

	for (size_t i = 0; (node = map_next(&w->nodes, &i));) {
		if (node->round == w->round && !map_put(&kept, node->wd, node))
			continue;
		inotify_rm_watch(w->fd, node->wd);
		free(node);
	}
	map_free(&w->nodes);
	w->nodes = kept;
}

/* Makes the watches those of the directories that are there now. */
static void sync_all(struct watch *w)
{
	struct stat st = {0};
	bool there = !stat(w->dir, &st);

	w->dev = st.st_dev;
	w->ino = st.st_ino;
	w->round++;
	if (w->fd < 0)
		return;
	w->unreliable = false;
	if (there)
		add_subtree(w, AT_FDCWD, w->dir, "", 0);
	sweep(w);
	if (there && is_remote(w->dir) && !w->unreliable)
		trouble(w, "the backup lies on a network file system, where changes made"
			   " elsewhere are not announced: it is looked through periodically"
			   " (option rescan)");
	else if (!w->unreliable)
		trouble(w, NULL);
}

static void on_rescan(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;

	(void)fd;
	(void)what;
	evtimer_add(w->rescan_timer, &w->rescan);
	w->ops->changed(w->arg);
}

/* What one event asks for. */
enum reaction { NOTHING = 0, CHANGED = 1, SYNC = 2 };

static enum reaction new_directory(struct watch *w, const struct node *node, const char *child)
{
	char full[TREE_PATH_MAX * 2];

	if (!node || fsx_join(full, sizeof(full), w->dir, child))
		return CHANGED | SYNC;
	add_subtree(w, AT_FDCWD, full, child, 1);
	return CHANGED;
}

static enum reaction react(struct watch *w, const struct inotify_event *ev)
{
	struct node *node = map_get(&w->nodes, ev->wd);
	char child[TREE_PATH_MAX] = "";

	if (ev->mask & IN_Q_OVERFLOW)
		return CHANGED | SYNC;
	if (ev->mask & IN_IGNORED) {
		free(map_del(&w->nodes, ev->wd));
		return NOTHING;
	}
	if (ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
		return node && *node->path ? CHANGED : CHANGED | SYNC;
	if (node && ev->len &&
	    (fsx_join(child, sizeof(child), node->path, ev->name) ||
	     build_excluded(w->excludes, child, ev->mask & IN_ISDIR)))
		return NOTHING;
	if (ev->mask & IN_ISDIR && ev->mask & (IN_MOVED_FROM | IN_MOVED_TO))
		return CHANGED | SYNC; /* paths of whole subtrees are no longer what they were */
	if (ev->mask & IN_ISDIR && ev->mask & IN_CREATE)
		return new_directory(w, node, child);
	return CHANGED;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	char buf[65536] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct watch *w = arg;
	unsigned todo = NOTHING;
	ssize_t n;

	(void)what;
	n = read(fd, buf, sizeof(buf));
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *ev = (const void *)(buf + at);

		todo |= react(w, ev);
		at += sizeof(*ev) + ev->len;
	}
	if (todo & SYNC)
		sync_all(w);
	if (todo)
		w->ops->changed(w->arg);
}

static bool open_inotify(struct watch *w)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0)
		return false;
	w->readable = event_new(w->base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	return w->readable && !event_add(w->readable, NULL);
}

struct watch *watch_start(struct event_base *base, const char *dir, char *const *excludes,
			  int rescan, const struct watch_ops *ops, void *arg)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct watch){.base = base,
			    .dir = dir,
			    .excludes = excludes,
			    .ops = ops,
			    .arg = arg,
			    .fd = -1,
			    .rescan = {rescan, 0}};
	w->rescan_timer = evtimer_new(base, on_rescan, w);
	if (!w->rescan_timer) {
		free(w);
		return NULL;
	}
	if (!open_inotify(w))
		trouble_limit(w, "");
	sync_all(w);
	return w;
}

void watch_stop(struct watch *w)
{
	struct node *node;

	if (!w)
		return;
	for (size_t i = 0; (node = map_next(&w->nodes, &i));)
		free(node);
	map_free(&w->nodes);
	if (w->readable)
		event_free(w->readable);
	event_free(w->rescan_timer);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

void watch_check(struct watch *w)
{
	struct stat st = {0};

	if (stat(w->dir, &st))
		st.st_dev = st.st_ino = 0;
	if (st.st_dev == w->dev && st.st_ino == w->ino)
		return;
	sync_all(w);
	w->ops->changed(w->arg);
}

size_t watch_count(const struct watch *w)
{
	return w->nodes.n;
}
