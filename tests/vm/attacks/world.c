// SPDX-License-Identifier: Apache-2.0
/* world.c - the tree that is attacked, and what lies beside it; built anew for every try */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

char world_base[256], world_www[272], world_out[272];
const char *world_fs;

#define NOBODY 65534

static void name(const char *base)
{
	snprintf(world_base, sizeof(world_base), "%s", base);
	snprintf(world_www, sizeof(world_www), "%s/site/www", base);
	snprintf(world_out, sizeof(world_out), "%s/out", base);
}

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "attack: preparing the tree: %s: %s\n", what, strerror(errno));
	exit(2);
}

void world_init(const char *fs)
{
	world_fs = fs;
	if (strcmp(fs, "overlay")) {
		name("/srv/world");
		return;
	}
	must(!system("mkdir -p /srv/lower/world /srv/upper /srv/work /srv/merged && "
		     "modprobe -q overlay; mount -t overlay -o "
		     "lowerdir=/srv/lower,upperdir=/srv/upper,workdir=/srv/work none /srv/merged"),
	     "overlay");
	name("/srv/merged/world");
}

static bool on_scratch;

bool world_scratch(bool on)
{
	on_scratch = on;
	if (on) {
		if (system("mkdir -p /srv/scratch && truncate -s 64M /srv/scratch.img && "
			   "mke2fs -qFt ext4 -b 4096 -O quota,project,verity,encrypt,casefold /srv/scratch.img && "
			   "modprobe -q loop; mount -o loop,prjquota /srv/scratch.img /srv/scratch"))
			return false;
		name("/srv/scratch/world");
		return true;
	}
	umount2("/srv/scratch", MNT_DETACH);
	unlink("/srv/scratch.img");
	world_init(world_fs);
	return true;
}

/* ---- building ---- */

static void file(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(at(path), O_WRONLY | O_CREAT | O_EXCL, mode);

	must(fd >= 0 && write(fd, data, len) == (ssize_t)len, path);
	fchmod(fd, mode);
	close(fd);
}

static void text(const char *path, const char *words)
{
	file(path, words, strlen(words), 0644);
}

static void dir(const char *path)
{
	must(!mkdir(at(path), 0755), path);
}

/* Read in the future, written long ago: reading changes no access time then. */
static int settle(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct timespec times[2] = {{.tv_sec = time(NULL) + 3600}, {.tv_sec = 1580608922}};

	(void)st;
	(void)type;
	(void)ftw;
	utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static const unsigned char acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 254,
				    255, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255,
				    255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255};

void world_build(void)
{
	static char big[65536], page[8192];
	size_t i;

	for (i = 0; i < sizeof(big); i++)
		big[i] = i * 2654435761u >> 13;
	memset(page, 'j', sizeof(page));
	mkdir(BASE, 0755);
	dir("%/site");
	dir("%/out");
	dir("@");
	dir("@/sub");
	dir("@/sub/deep");
	dir("@/empty");
	dir("@/open");
	chmod(at("@/open"), 0777);
	text("@/index.html", "hello\n");
	file("@/app.js", page, sizeof(page), 0644);
	file("@/big.bin", big, sizeof(big), 0644);
	text("@/sub/page.html", "page\n");
	text("@/sub/deep/x.txt", "deep\n");
	text("@/attr.txt", "attributes\n");
	setxattr(at("@/attr.txt"), "user.a", "1", 1, 0);
	setxattr(at("@/attr.txt"), "system.posix_acl_access", acl, sizeof(acl), 0);
	file("@/suid", "set uid\n", 8, 04755);
	file("@/open/all.txt", "anybody\n", 8, 0666);
	text("@/own.txt", "nobody's own\n");
	must(!chown(at("@/own.txt"), NOBODY, NOBODY), "chown");
	must(!symlink("index.html", at("@/link")), "symlink");
	must(!mkfifo(at("@/fifo"), 0666), "mkfifo");
	text("@/hard.html", "linked\n");
	must(!link(at("@/hard.html"), at("^/hard.html")), "link");
	file("^/evil.html", "evil\n", 5, 0666);
	file("^/evil.bin", page, sizeof(page), 0644);
	dir("^/dir");
	text("^/dir/in.txt", "inside\n");
	dir("^/free");
	chmod(at("^/free"), 0777);
	nftw(BASE, settle, 32, FTW_PHYS);
	chmod(OUT, 0777);
}

/* ---- cleaning ---- */

static bool is_below(const char *path)
{
	return !strncmp(path, BASE, strlen(BASE)) || !strcmp(path, "/mnt") ||
	       !strncmp(path, "/mnt/", 5);
}

/* The last that is ours; of /srv itself, what covers it. */
static bool unmount_one(void)
{
	char line[4096], path[4096], last[4096] = "";
	FILE *f = fopen("/proc/self/mountinfo", "r");
	int srv = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %*s %4095s", path) == 1 &&
		    (is_below(path) || (!strcmp(path, "/srv") && srv++)))
			strcpy(last, path);
	if (f)
		fclose(f);
	return *last && !umount2(last, MNT_DETACH);
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void world_clean(void)
{
	while (unmount_one())
		;
	nftw(BASE, forget, 32, FTW_PHYS | FTW_DEPTH);
	if (!access(BASE, F_OK)) /* flags or attributes are in the way */
		/* One of its own is thrown away as a whole, and may be shut down. */
		must(!shell("chattr -R -i -a %s 2>/dev/null; rm -rf %s", BASE, BASE) || on_scratch,
		     "cleaning");
}
