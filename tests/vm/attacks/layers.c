// SPDX-License-Identifier: Apache-2.0
/*
 * layers.c - the tree is what an overlay shows; its layers are changed by their own paths
 *
 *   site/www   an overlay of      low    a copy of what was there
 *                                 low2   extra/two.txt
 *                                 up     sub/, copied up and still empty
 */
#include <fcntl.h>
#include <stdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

#define REAL (F_EXT4 | F_XFS | F_BTRFS | F_TMPFS)
#define LAYERS .before = layered, .only = REAL

static int kept = -1;
static char *mapped;

/* Reading shall change no access time: those lie in the future. */
#define SETTLED "touch -h -m -d '2020-02-02 02:02:02' {} + -exec touch -h -a -d '1 hour' {} +"

static int make_layers(void)
{
	return shell("modprobe -q overlay; cd %s && mkdir low low2 up work free && cp -a site/www/. low/ && "
		     "mkdir low2/extra && echo two >low2/extra/two.txt && ln low/hard.html out/lower.html && "
		     "find low low2 up -exec " SETTLED, BASE);
}

static int mount_layers(const char *lower)
{
	char options[1024];

	snprintf(options, sizeof(options), "lowerdir=%s:%s,upperdir=%s,workdir=%s", lower,
		 at("%/low2"), at("%/up"), at("%/work"));
	try(mount("none", WWW, "overlay", 0, options));
	return try(chown(at("@/sub"), -1, -1)), 0;
}

static int layered(void)
{
	int err = make_layers();

	return err ?: mount_layers(at("%/low"));
}

/* What is cached of the overlay knows no change of its layers. */
static int seen_now(void)
{
	return drop_caches();
}

/* ---- the lower layers ---- */

static int lower_write(void)
{
	return put(at("%/low/index.html"), "defaced\n");
}

static int lower_truncate(void)
{
	return try(truncate(at("%/low/app.js"), 0)), seen_now();
}

static int lower_unlink(void)
{
	return try(unlink(at("%/low/sub/page.html"))), seen_now();
}

static int lower_create(void)
{
	return try(open(at("%/low/new"), O_WRONLY | O_CREAT, 0644)), seen_now();
}

static int lower_mkdir(void)
{
	return try(mkdir(at("%/low/sub/new"), 0755)), seen_now();
}

static int lower_rename(void)
{
	return try(rename(at("%/low/sub/page.html"), at("%/low/gone"))), seen_now();
}

static int lower_rename_out(void)
{
	return try(rename(at("%/low/sub/page.html"), at("%/free/page.html"))), seen_now();
}

static int lower_rename_in(void)
{
	return try(rename(at("^/evil.html"), at("%/low/index.html"))), seen_now();
}

static int lower_chmod(void)
{
	return try(chmod(at("%/low/index.html"), 0600)), seen_now();
}

static int lower_second(void)
{
	return put(at("%/low2/extra/two.txt"), "defaced\n");
}

static int lower_hard_cold(void)
{
	drop_caches();
	return put(at("^/lower.html"), "defaced\n");
}

static int lower_bound(void)
{
	try(mount(at("%/low"), at("%/free"), NULL, MS_BIND, NULL));
	return put(at("%/free/index.html"), "defaced\n");
}

static int lower_namespace(void)
{
	try(unshare(CLONE_NEWNS));
	return lower_write();
}

static int lower_held(void)
{
	int err = layered();

	return err ?: (kept = try(open(at("%/low/big.bin"), O_RDWR)), 0);
}

static int lower_old(void)
{
	return try(pwrite(kept, "defaced", 7, 0)), 0;
}

static int lower_mapped(void)
{
	int err = lower_held();

	if (err)
		return err;
	mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kept, 0);
	return mapped == MAP_FAILED ? -errno : 0;
}

static int lower_store(void)
{
	memcpy(mapped, "defaced", 7);
	return 0;
}

/* No path leads to it any more. */
static int detached(void)
{
	int err;

	try(mkdir(at("%/low"), 0755));
	try(mount("none", at("%/low"), "tmpfs", 0, NULL));
	err = shell("modprobe -q overlay; cd %s && mkdir low2 up work && cp -a site/www/. low/ && "
		    "find low low2 up -exec " SETTLED, BASE) ?: mount_layers(at("%/low"));
	if (err)
		return err;
	kept = try(open(at("%/low"), O_PATH | O_DIRECTORY));
	return try(umount2(at("%/low"), MNT_DETACH)), 0;
}

static int detached_write(void)
{
	int fd = try(openat(kept, "index.html", O_WRONLY | O_APPEND));

	return try(write(fd, "defaced\n", 8)), 0;
}

/* The lower layer is an overlay itself. */
static int nested(void)
{
	int err = make_layers();

	if (err)
		return err;
	err = shell("cd %s && mv low low0 && mkdir low && "
		    "mount -t overlay -o lowerdir=%s/low0:%s/low2 none low", BASE, BASE, BASE);
	return err ?: mount_layers(at("%/low"));
}

static int nested_write(void)
{
	return put(at("%/low0/index.html"), "defaced\n");
}

static int nested_unlink(void)
{
	return try(unlink(at("%/low0/sub/page.html"))), seen_now();
}

/* Another overlay that writes in the layer: allowed in its own, not in this one. */
static int other_overlay(void)
{
	int err = layered();

	return err ?: shell("cd %s && mkdir work2 && mount -t overlay -o "
			    "lowerdir=%s,upperdir=%s,workdir=%s none free",
			    BASE, at("^/dir"), at("%/low"), at("%/work2"));
}

static int other_write(void)
{
	return put(at("%/free/index.html"), "defaced\n");
}

static int other_create(void)
{
	return try(open(at("%/free/new"), O_WRONLY | O_CREAT, 0644)), seen_now();
}

/* ---- the upper layer ---- */

static int upper_create(void)
{
	return try(open(at("%/up/new"), O_WRONLY | O_CREAT, 0644)), seen_now();
}

static int upper_over(void)
{
	return try(rename(at("^/evil.html"), at("%/up/index.html"))), seen_now();
}

static int upper_link(void)
{
	return try(link(at("^/evil.html"), at("%/up/app.js"))), seen_now();
}

static int upper_symlink(void)
{
	return try(symlink("/etc/passwd", at("%/up/index.html"))), seen_now();
}

static int upper_whiteout(void)
{
	return try(mknod(at("%/up/index.html"), S_IFCHR, makedev(0, 0))), seen_now();
}

static int upper_opaque(void)
{
	return try(setxattr(at("%/up/sub"), "trusted.overlay.opaque", "y", 1, 0)), seen_now();
}

static int upper_redirect(void)
{
	return try(setxattr(at("%/up/sub"), "trusted.overlay.redirect", "open", 4, 0)), seen_now();
}

static int upper_rmdir(void)
{
	return try(rmdir(at("%/up/sub"))), seen_now();
}

static int upper_chmod(void)
{
	return try(chmod(at("%/up/sub"), 0700)), seen_now();
}

const struct vector layer_vectors[] = {
	{"layer-lower-write", "a file of a lower layer, by its own path", "open", "@/index.html",
	 .run = lower_write, LAYERS},
	{"layer-lower-truncate", "truncate there", "truncate", "@/app.js", .run = lower_truncate,
	 LAYERS},
	{"layer-lower-unlink", "unlink there", "unlink", "@/sub/page.html", .run = lower_unlink,
	 LAYERS},
	{"layer-lower-create", "create there", "create", "@/new", .run = lower_create, LAYERS},
	{"layer-lower-mkdir", "mkdir there", "mkdir", "@/sub/new", .run = lower_mkdir, LAYERS},
	{"layer-lower-rename", "rename there", "rename", "@/sub/page.html", "@/gone",
	 .run = lower_rename, LAYERS},
	{"layer-lower-rename-out", "rename out of it", "rename", "@/sub/page.html", NULL,
	 .run = lower_rename_out, LAYERS},
	{"layer-lower-rename-in", "rename over a file of it", "rename", NULL, "@/index.html",
	 .run = lower_rename_in, LAYERS},
	{"layer-lower-chmod", "chmod there", "chmod", "@/index.html", .run = lower_chmod, LAYERS},
	{"layer-lower-second", "a file of the layer below that", "open", "@/extra/two.txt",
	 .run = lower_second, LAYERS},
	{"layer-lower-hard-link", "by a name outside, nothing cached", "open", "@*",
	 .run = lower_hard_cold, LAYERS},
	{"layer-lower-bind", "through a bind mount of the layer", "open", "@/index.html",
	 .run = lower_bound, LAYERS},
	{"layer-lower-namespace", "from another mount namespace", "open", "@/index.html",
	 .run = lower_namespace, LAYERS},
	{"layer-lower-old", "a descriptor from before", "write", "@/big.bin", .before = lower_held,
	 .run = lower_old, .only = REAL},
	{"layer-lower-mapping", "a store into a mapping from before", "write", "@/big.bin",
	 .before = lower_mapped, .run = lower_store, .only = REAL, .flags = DETECTED},
	{"layer-detached", "a layer whose mount is gone", "open", "@/index.html",
	 .before = detached, .run = detached_write, .only = REAL},
	{"layer-nested-write", "the layer of a layer", "open", "@/index.html", .before = nested,
	 .run = nested_write, .only = REAL},
	{"layer-nested-unlink", "unlink there", "unlink", "@/sub/page.html", .before = nested,
	 .run = nested_unlink, .only = REAL},
	{"layer-other-overlay", "an overlay that writes in the layer", "open", "@/index.html",
	 .before = other_overlay, .run = other_write, .only = F_EXT4 | F_XFS | F_BTRFS,
	 .flags = OTHER_ACTOR},
	{"layer-other-create", "create there", "create|mknod|link|rename", "@*",
	 .before = other_overlay, .run = other_create, .only = F_EXT4 | F_XFS | F_BTRFS},
	{"layer-upper-create", "create in the upper layer", "create", "@/new",
	 .run = upper_create, LAYERS},
	{"layer-upper-over", "a file moved over one of below", "rename", NULL, "@/index.html",
	 .run = upper_over, LAYERS},
	{"layer-upper-link", "a file linked over one of below", "link", NULL, "@/app.js",
	 .run = upper_link, LAYERS},
	{"layer-upper-symlink", "a link over one of below", "symlink", "@/index.html",
	 .run = upper_symlink, LAYERS},
	{"layer-upper-whiteout", "a whiteout over one of below", "mknod", "@/index.html",
	 .run = upper_whiteout, LAYERS},
	{"layer-upper-opaque", "a directory of below hidden", "setxattr", "@/sub",
	 .run = upper_opaque, LAYERS},
	{"layer-upper-redirect", "another directory of below shown", "setxattr", "@/sub",
	 .run = upper_redirect, LAYERS},
	{"layer-upper-rmdir", "rmdir in the upper layer", "rmdir", "@/sub", .run = upper_rmdir,
	 LAYERS},
	{"layer-upper-chmod", "chmod in the upper layer", "chmod", "@/sub", .run = upper_chmod,
	 LAYERS},
	{NULL},
};
