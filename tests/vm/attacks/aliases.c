// SPDX-License-Identifier: Apache-2.0
/* aliases.c - other ways to the same object: names, handles, descriptors, mounts, roots */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"

static int kept = -1; /* what before() opened */

static int append_to(const char *path)
{
	return put(path, "defaced\n");
}

/* ---- hard links ---- */

static int hard_warm(void)
{
	return append_to(at("^/hard.html"));
}

static int hard_cold(void)
{
	drop_caches();
	return append_to(at("^/hard.html"));
}

static int hard_chmod(void)
{
	drop_caches();
	return try(chmod(at("^/hard.html"), 0600)), 0;
}

static int hard_truncate(void)
{
	return try(truncate(at("^/hard.html"), 0)), 0;
}

static int hard_third_name(void)
{
	return try(link(at("^/hard.html"), at("^/third"))), 0;
}

static int link_from_outside(void)
{
	return try(symlink(at(I), at("^/sym"))), 0;
}

static int through_link(void)
{
	return append_to(at("^/sym"));
}

/* ---- handles ---- */

static struct {
	struct file_handle head;
	unsigned char room[MAX_HANDLE_SZ];
} handle;
static int handle_mount;

static int take_handle(const char *path)
{
	int id;

	handle.head.handle_bytes = MAX_HANDLE_SZ;
	try(name_to_handle_at(AT_FDCWD, at(path), &handle.head, &id, 0));
	handle_mount = try(open(BASE, O_RDONLY | O_DIRECTORY));
	return 0;
}

static int take_file(void)
{
	return take_handle("@/sub/page.html");
}

static int take_dir(void)
{
	return take_handle("@/sub/deep");
}

static int handle_warm(void)
{
	int fd = try(open_by_handle_at(handle_mount, &handle.head, O_WRONLY));

	return try(write(fd, "x", 1)), 0;
}

static int handle_cold(void)
{
	drop_caches();
	return handle_warm();
}

static int handle_setattr(void)
{
	int fd;

	drop_caches();
	fd = try(open_by_handle_at(handle_mount, &handle.head, O_RDONLY));
	return try(fchmod(fd, 0600)), 0;
}

static int handle_create(void)
{
	int fd;

	drop_caches();
	fd = try(open_by_handle_at(handle_mount, &handle.head, O_RDONLY | O_DIRECTORY));
	return try(openat(fd, "new", O_WRONLY | O_CREAT, 0644)), 0;
}

static int handle_unlink(void)
{
	int fd;

	drop_caches();
	fd = try(open_by_handle_at(handle_mount, &handle.head, O_PATH));
	return try(unlinkat(fd, "x.txt", 0)), 0;
}

/* ---- /proc ---- */

static int by_proc(const char *format, int n)
{
	char path[4200];

	snprintf(path, sizeof(path), format, n);
	return append_to(path);
}

static int proc_fd(void)
{
	return by_proc("/proc/self/fd/%d", try(open(at(I), O_RDONLY)));
}

static int proc_path_fd(void)
{
	return by_proc("/proc/self/fd/%d", try(open(at(I), O_PATH)));
}

static int proc_root(void)
{
	char path[4200];

	snprintf(path, sizeof(path), "/proc/1/root%s", at(I));
	return append_to(path);
}

static int proc_cwd(void)
{
	try(chdir(at("@/sub")));
	return append_to("/proc/thread-self/cwd/page.html");
}

static int proc_fd_dir(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/fd/%ld/new", try(open(at("@"), O_RDONLY)));
	return try(mkdir(path, 0755)), 0;
}

static int proc_map_files(void)
{
	int fd = try(open(at("@/big.bin"), O_RDONLY));
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), path[128];

	if (p == MAP_FAILED)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (long)p, (long)p + 4096);
	return append_to(path);
}

/* ---- descriptors of directories, current directories and roots from before ---- */

static int keep_www(void)
{
	return kept = try(open(at("@"), O_RDONLY | O_DIRECTORY)), 0;
}

static int keep_path(void)
{
	return kept = try(open(at("@/sub"), O_PATH)), 0;
}

static int old_dir_create(void)
{
	return try(openat(kept, "new", O_WRONLY | O_CREAT, 0644)), 0;
}

static int old_dir_unlink(void)
{
	return try(unlinkat(kept, "page.html", 0)), 0;
}

static int old_dir_rename(void)
{
	return try(renameat(kept, "index.html", kept, "gone")), 0;
}

static int go_in(void)
{
	return try(chdir(at("@/sub/deep"))), 0;
}

static int old_cwd(void)
{
	return try(unlink("x.txt")), 0;
}

static int old_cwd_up(void)
{
	return try(rename("../page.html", "../../gone")), 0;
}

static int root_in(void)
{
	try(chroot(at("@")));
	return try(chdir("/")), 0;
}

static int old_root(void)
{
	return try(truncate("/index.html", 1)), 0;
}

static int new_root(void)
{
	try(chroot(at("@/sub")));
	return try(unlink("/page.html")), 0;
}

/* ---- mounts made before ---- */

static int bind_before(void)
{
	return try(mount(at("@"), "/mnt", NULL, MS_BIND, NULL)), 0;
}

static int bind_write(void)
{
	return append_to("/mnt/index.html");
}

static int bind_create(void)
{
	return try(open("/mnt/new", O_WRONLY | O_CREAT, 0644)), 0;
}

static int bind_unlink(void)
{
	return try(unlink("/mnt/index.html")), 0;
}

static int bind_rename(void)
{
	return try(rename("/mnt/sub/page.html", "/mnt/gone")), 0;
}

static int bind_later(void)
{
	try(mount(at("@/sub"), "/mnt", NULL, MS_BIND, NULL));
	return append_to("/mnt/page.html");
}

static int bind_file(void)
{
	try(mount(at(I), at("^/evil.html"), NULL, MS_BIND, NULL));
	return append_to(at("^/evil.html"));
}

static int tree_before(void)
{
	return kept = try(syscall(SYS_open_tree, AT_FDCWD, at("@"), 1)), 0;
}

static int tree_write(void)
{
	int fd = try(openat(kept, "index.html", O_WRONLY));

	return try(write(fd, "x", 1)), 0;
}

static int namespace_write(void)
{
	int err = enter_mountns();

	return err ?: append_to(at(I));
}

static int namespace_unlink(void)
{
	int err = enter_mountns();

	return err ?: (try(unlink(at(I))), 0);
}

/* The file system once more, elsewhere: the same superblock. */
static int second_mount(void)
{
	char line[4096], device[256] = "", path[4200];
	FILE *f = fopen("/proc/mounts", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%255s /srv %*s", device) == 1 && strstr(line, " /srv "))
			break;
	if (f)
		fclose(f);
	if (*device != '/')
		return -ENOSYS;
	try(mount(device, "/mnt", world_fs, 0, NULL));
	snprintf(path, sizeof(path), "/mnt%s", at(I) + strlen("/srv"));
	return append_to(path);
}

/* chown through a mount whose ids are shifted */
static int idmapped(void)
{
	struct {
		uint64_t set, clr, propagation, userns;
	} attr = {.set = 0x00100000}; /* MOUNT_ATTR_IDMAP */
	int tree, ns, p[2];
	char path[64];
	pid_t pid;

	try(pipe(p));
	tree = try(syscall(SYS_open_tree, AT_FDCWD, at("@"), 1));
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			_exit(1);
		if (write(p[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	try(read(p[0], path, 1));
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	put(path, "0 1000 1");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	put(path, "0 1000 1");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	ns = try(open(path, O_RDONLY));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	attr.userns = ns;
	if (syscall(442, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return try(fchmodat(tree, "index.html", 0600, 0)), 0;
}

/* ---- overlays with a layer in the tree ---- */

static int overlay_upper(void)
{
	try(mkdir(at("^/work"), 0755));
	try(mkdir(at("^/merged"), 0755));
	return shell("modprobe -q overlay; mount -t overlay -o lowerdir=%s,upperdir=%s,workdir=%s "
		     "none %s",
		     at("^/dir"), at("@"), at("^/work"), at("^/merged"));
}

static int upper_write(void)
{
	return append_to(at("^/merged/index.html"));
}

static int upper_create(void)
{
	return try(open(at("^/merged/new"), O_WRONLY | O_CREAT, 0644)), 0;
}

static int upper_unlink(void)
{
	return try(unlink(at("^/merged/index.html"))), 0;
}

static int upper_whiteout(void)
{
	return try(unlink(at("^/merged/in.txt"))), 0;
}

static int upper_copy_up(void)
{
	return append_to(at("^/merged/in.txt"));
}

static int upper_chmod(void)
{
	return try(chmod(at("^/merged/index.html"), 0600)), 0;
}

static int upper_xattr(void)
{
	int fd = try(open(at("^/merged/sub"), O_RDONLY));

	return try(fchown(fd, 7, 7)), 0;
}

/* Where the work directory cannot be used, the overlay is read-only. */
static int overlay_work(void)
{
	int err;

	try(mkdir(at("^/up"), 0755));
	try(mkdir(at("^/merged"), 0755));
	err = shell("modprobe -q overlay; mount -t overlay -o lowerdir=%s,upperdir=%s,workdir=%s "
		     "none %s",
		     at("^/dir"), at("^/up"), at("@/empty"), at("^/merged"));
	return err ?: (try(open(at("^/merged/in.txt"), O_WRONLY)), 0);
}

/* The root lies in an overlay; its files lie in the upper layer, under another superblock. */
static int layer_behind(void)
{
	return append_to("/srv/upper/world/site/www/index.html");
}

static int layer_behind_unlink(void)
{
	drop_caches();
	return try(unlink("/srv/upper/world/site/www/sub/page.html")), 0;
}

static int layer_hard_cold(void)
{
	drop_caches();
	return append_to("/srv/upper/world/out/hard.html");
}

#define REAL (F_EXT4 | F_XFS | F_BTRFS | F_TMPFS)
#define DISK (F_EXT4 | F_XFS | F_BTRFS)
#define UPPER .before = overlay_upper, .only = F_EXT4 | F_XFS | F_BTRFS

const struct vector alias_vectors[] = {
	{"hard-link-warm", "a name outside, made before", "open", "@/hard.html", .run = hard_warm},
	{"hard-link-cold", "the same, nothing cached", "open", "@*", .run = hard_cold},
	{"hard-link-chmod", "chmod by it", "chmod", "@*", .run = hard_chmod},
	{"hard-link-truncate", "truncate by it", "truncate", "@/hard.html", .run = hard_truncate},
	{"hard-link-third", "one more name from it", "link", "@/hard.html", "^/third",
	 .run = hard_third_name},
	{"handle-warm", "open_by_handle_at", "open", "@/sub/page.html", .before = take_file,
	 .run = handle_warm, .only = REAL},
	{"handle-cold", "the same, nothing cached", "open", "@*", .before = take_file,
	 .run = handle_cold, .only = REAL},
	{"handle-chmod", "fchmod by a handle", "chmod", "@*", .before = take_file,
	 .run = handle_setattr, .only = REAL},
	{"handle-create", "create below the handle of a directory", "create", "@*",
	 .before = take_dir, .run = handle_create, .only = REAL},
	{"handle-unlink", "unlink below the handle of a directory", "unlink", "@*",
	 .before = take_dir, .run = handle_unlink, .only = REAL},
	{"proc-fd", "/proc/self/fd of one for reading", "open", I, .run = proc_fd},
	{"proc-fd-path", "/proc/self/fd of an O_PATH", "open", I, .run = proc_path_fd},
	{"proc-root", "/proc/1/root", "open", I, .run = proc_root},
	{"proc-cwd", "/proc/thread-self/cwd", "open", "@/sub/page.html", .run = proc_cwd},
	{"symlink-from-outside", "through a link outside", "open", I, .before = link_from_outside,
	 .run = through_link},
	{"dev-fd-mkdir", "/dev/fd/N/ of a directory", "mkdir", "@/new", .run = proc_fd_dir},
	{"proc-map-files", "/proc/self/map_files", "open", "@/big.bin", .run = proc_map_files},
	{"old-dirfd-create", "below a directory opened before", "create", "@/new",
	 .before = keep_www, .run = old_dir_create},
	{"old-dirfd-unlink", "below an O_PATH from before", "unlink", "@/sub/page.html",
	 .before = keep_path, .run = old_dir_unlink},
	{"old-dirfd-rename", "renameat below it", "rename", I, "@/gone", .before = keep_www,
	 .run = old_dir_rename},
	{"old-cwd-unlink", "from a current directory inside", "unlink", "@/sub/deep/x.txt",
	 .before = go_in, .run = old_cwd},
	{"old-cwd-rename", "the same, upwards", "rename", "@/sub/page.html", "@/gone",
	 .before = go_in, .run = old_cwd_up},
	{"old-chroot", "from a root directory inside", "truncate", I, .before = root_in,
	 .run = old_root},
	{"chroot", "chroot into the tree", "unlink", "@/sub/page.html", .run = new_root},
	{"bind-before-write", "a bind mount from before", "open", I, .before = bind_before,
	 .run = bind_write},
	{"bind-before-create", "create there", "create", "@/new", .before = bind_before,
	 .run = bind_create},
	{"bind-before-unlink", "unlink there", "unlink", I, .before = bind_before,
	 .run = bind_unlink},
	{"bind-before-rename", "rename there", "rename", "@/sub/page.html", "@/gone",
	 .before = bind_before, .run = bind_rename},
	{"bind-later", "a bind mount of a part, now", "open", "@/sub/page.html", .run = bind_later},
	{"bind-file", "a file bound over one outside", "open", I, .run = bind_file},
	{"open-tree-before", "a detached copy of the mount", "open", I, .before = tree_before,
	 .run = tree_write},
	{"mount-ns-write", "another mount namespace", "open", I, .run = namespace_write},
	{"mount-ns-unlink", "unlink there", "unlink", I, .run = namespace_unlink},
	{"second-mount", "the file system mounted again", "open", I, .run = second_mount,
	 .only = DISK},
	{"idmapped-mount", "through a mount of shifted ids", "chmod", I, .run = idmapped,
	 .only = DISK},
	{"overlay-upper-write", "an overlay whose upper layer is the tree", "open", I,
	 .run = upper_write, UPPER, .flags = OTHER_ACTOR},
	{"overlay-upper-create", "create there", "create|mknod|link|rename", "@*",
	 .run = upper_create, UPPER},
	{"overlay-upper-unlink", "unlink there", "unlink|rename|mknod|create", "@*",
	 .run = upper_unlink, UPPER, .flags = ANY_ERROR},
	{"overlay-upper-whiteout", "a whiteout there", "mknod|rename|link", NULL, "@*",
	 .run = upper_whiteout, UPPER, .flags = ANY_ERROR},
	{"overlay-upper-copy-up", "a copy-up into the tree", "link|rename|create|setxattr", NULL,
	 .run = upper_copy_up, UPPER, .flags = NO_PATH | ANY_ERROR},
	{"overlay-upper-chmod", "chmod there", "chmod", I, .run = upper_chmod, UPPER},
	{"overlay-upper-chown", "fchown of a directory there", "chown", "@/sub",
	 .run = upper_xattr, UPPER},
	{"overlay-workdir", "an overlay whose work directory is in the tree", "mkdir|rmdir|create",
	 "@/empty*", .run = overlay_work, .only = DISK, .flags = OTHER_ACTOR | ANY_ERROR},
	{"overlay-layer-behind", "the upper layer's own name of a file", "open", I,
	 .run = layer_behind, .only = F_OVERLAY},
	{"overlay-layer-unlink", "unlink in the upper layer", "unlink", "@/sub/page.html",
	 .run = layer_behind_unlink, .only = F_OVERLAY},
	{"overlay-layer-hard-link", "a name outside in the upper layer, nothing cached", "open",
	 "@*", .run = layer_hard_cold, .only = F_OVERLAY},
	{NULL},
};
