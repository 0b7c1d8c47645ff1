// SPDX-License-Identifier: Apache-2.0
/* names.c - what changes a directory */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

#define I "@/index.html"

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}

CALL(create, open(at("@/new"), O_WRONLY | O_CREAT | O_EXCL, 0644))
CALL(create_read, open(at("@/new"), O_RDONLY | O_CREAT, 0600))
CALL(create_deep, open(at("@/sub/deep/new"), O_RDWR | O_CREAT, 0600))
CALL(make_dir, mkdir(at("@/new"), 0777))
CALL(remove_dir, rmdir(at("@/empty")))
CALL(remove_file, unlink(at(I)))
CALL(remove_link, unlink(at("@/link")))
CALL(remove_dir_at, unlinkat(AT_FDCWD, at("@/empty"), AT_REMOVEDIR))
CALL(remove_hard, unlink(at("@/hard.html")))
CALL(remove_fifo, unlink(at("@/fifo")))
CALL(make_symlink, symlink("/etc/passwd", at("@/new")))
CALL(make_link, link(at(I), at("@/new")))
CALL(link_in, link(at("^/evil.html"), at("@/new")))
CALL(link_out, link(at(I), at("^/new")))
CALL(link_symlink, linkat(AT_FDCWD, at("@/link"), AT_FDCWD, at("^/new"), 0))
CALL(node_char, mknod(at("@/new"), S_IFCHR | 0666, makedev(1, 3)))
CALL(node_block, mknod(at("@/new"), S_IFBLK | 0666, makedev(7, 0)))
CALL(node_fifo, mknod(at("@/new"), S_IFIFO | 0666, 0))
CALL(node_socket, mknod(at("@/new"), S_IFSOCK | 0666, 0))
CALL(node_file, mknod(at("@/new"), S_IFREG | 0666, 0))
CALL(node_whiteout, mknod(at("@/new"), S_IFCHR, makedev(0, 0)))
CALL(rename_in, rename(at("^/evil.html"), at("@/new")))
CALL(rename_over, rename(at("^/evil.html"), at(I)))
CALL(rename_out, rename(at(I), at("^/new")))
CALL(rename_within, rename(at(I), at("@/new")))
CALL(rename_across, rename(at(I), at("@/sub/new")))
CALL(rename_dir, rename(at("@/sub"), at("@/bus")))
CALL(rename_dir_in, rename(at("^/dir"), at("@/new")))
CALL(rename_dir_out, rename(at("@/sub"), at("^/new")))
CALL(rename_dir_over, rename(at("^/free"), at("@/empty")))
CALL(rename_empty_over_outside, rename(at("@/empty"), at("^/free")))
CALL(rename_noreplace,
     renameat2(AT_FDCWD, at("^/evil.html"), AT_FDCWD, at("@/new"), RENAME_NOREPLACE))
CALL(exchange, renameat2(AT_FDCWD, at(I), AT_FDCWD, at("@/app.js"), RENAME_EXCHANGE))
CALL(exchange_in, renameat2(AT_FDCWD, at("^/evil.html"), AT_FDCWD, at(I), RENAME_EXCHANGE))
CALL(exchange_out, renameat2(AT_FDCWD, at(I), AT_FDCWD, at("^/evil.html"), RENAME_EXCHANGE))
CALL(exchange_dirs, renameat2(AT_FDCWD, at("^/dir"), AT_FDCWD, at("@/sub"), RENAME_EXCHANGE))
CALL(whiteout, renameat2(AT_FDCWD, at(I), AT_FDCWD, at("^/new"), RENAME_WHITEOUT))
CALL(rename_root, rename(at("@"), at("%/site/gone")))
CALL(rename_root_out, rename(at("@"), at("^/www")))
CALL(exchange_root, renameat2(AT_FDCWD, at("@"), AT_FDCWD, at("^/dir"), RENAME_EXCHANGE))
CALL(rename_above, rename(at("%/site"), at("%/gone")))
CALL(exchange_above, renameat2(AT_FDCWD, at("^"), AT_FDCWD, at("%/site"), RENAME_EXCHANGE))
CALL(rename_base, rename(at("%"), "/srv/gone"))

static void base_back(void)
{
	rename("/srv/gone", BASE);
}

static int tmpfile_inside(void)
{
	char path[64];
	int fd = try(open(at("@"), O_TMPFILE | O_WRONLY, 0644));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return try(linkat(AT_FDCWD, path, AT_FDCWD, at("@/new"), AT_SYMLINK_FOLLOW)), 0;
}

static int tmpfile_outside(void)
{
	int fd = try(open(at("^"), O_TMPFILE | O_WRONLY, 0644));

	return try(linkat(fd, "", AT_FDCWD, at("@/new"), AT_EMPTY_PATH)), 0;
}

static int bound_socket(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = try(socket(AF_UNIX, SOCK_DGRAM, 0));

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", at("@/new"));
	return try(bind(fd, (void *)&addr, sizeof(addr))), 0;
}

/* Bound by a relative name, from a directory whose path was never spoken. */
static int bound_relative(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "s"};
	int fd = try(socket(AF_UNIX, SOCK_STREAM, 0));

	try(chdir(at("@/sub")));
	return try(bind(fd, (void *)&addr, sizeof(addr))), 0;
}

static int odd_path(void)
{
	return try(unlink(at("^/../site/./www//sub/../index.html"))), 0;
}

static int trailing_slash(void)
{
	return try(rename(at("@/sub/"), at("^/new/"))), 0;
}

static int long_name(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%0250d", WWW, 7);
	return try(open(path, O_WRONLY | O_CREAT, 0644)), 0;
}

static int strange_name(void)
{
	return try(open(at("@/a\n\"b\"\\\x01\xff"), O_WRONLY | O_CREAT, 0644)), 0;
}

const struct vector name_vectors[] = {
	{"create", "open O_CREAT|O_EXCL", "create", "@/new", .run = create},
	{"create-rdonly", "open O_RDONLY|O_CREAT", "create", "@/new", .run = create_read},
	{"create-deep", "create two levels down", "create", "@/sub/deep/new", .run = create_deep},
	{"create-long-name", "a name of 250 bytes", "create", "@/0*", .run = long_name},
	{"create-strange-name", "newline, quotes, bytes that are no text", "create", "@/a*",
	 .run = strange_name},
	{"mkdir", "mkdir", "mkdir", "@/new", .run = make_dir},
	{"rmdir", "rmdir", "rmdir", "@/empty", .run = remove_dir},
	{"rmdir-unlinkat", "unlinkat AT_REMOVEDIR", "rmdir", "@/empty", .run = remove_dir_at},
	{"unlink", "unlink", "unlink", I, .run = remove_file},
	{"unlink-odd-path", "unlink by a roundabout path", "unlink", I, .run = odd_path},
	{"unlink-symlink", "unlink of a symbolic link", "unlink", "@/link", .run = remove_link},
	{"unlink-hard", "unlink of one of two names", "unlink", "@/hard.html", .run = remove_hard},
	{"unlink-fifo", "unlink of a fifo", "unlink", "@/fifo", .run = remove_fifo},
	{"symlink", "symlink", "symlink", "@/new", .run = make_symlink},
	{"link", "link within the tree", "link", I, "@/new", .run = make_link},
	{"link-in", "a name in the tree for a file outside", "link", "^/evil.html", "@/new",
	 .run = link_in},
	{"link-out", "a name outside for a file of the tree", "link", I, "^/new", .run = link_out},
	{"link-out-symlink", "hard link to a symbolic link", "link", "@/link", "^/new",
	 .run = link_symlink},
	{"mknod-char", "a character device", "mknod", "@/new", .run = node_char},
	{"mknod-block", "a block device", "mknod", "@/new", .run = node_block},
	{"mknod-fifo", "a fifo", "mknod", "@/new", .run = node_fifo},
	{"mknod-socket", "a socket", "mknod", "@/new", .run = node_socket},
	{"mknod-file", "a file by mknod", "create|mknod", "@/new", .run = node_file},
	{"mknod-whiteout", "a whiteout by mknod", "mknod", "@/new", .run = node_whiteout,
	 .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{"tmpfile-inside", "O_TMPFILE in the tree, linkat by /proc", "create", "@*",
	 .run = tmpfile_inside, .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{"tmpfile-outside", "O_TMPFILE outside, linkat AT_EMPTY_PATH", "link", NULL, "@/new",
	 .run = tmpfile_outside, .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{"bind", "bind of a datagram socket", "mknod", "@/new", .run = bound_socket},
	{"bind-relative", "bind by a relative name", "mknod", "@/sub/s", .run = bound_relative},
	{"rename-in", "rename into the tree", "rename", "^/evil.html", "@/new", .run = rename_in},
	{"rename-over", "rename over a file of the tree", "rename", "^/evil.html", I,
	 .run = rename_over},
	{"rename-out", "rename out of the tree", "rename", I, "^/new", .run = rename_out},
	{"rename-within", "rename within a directory", "rename", I, "@/new", .run = rename_within},
	{"rename-across", "rename to another directory of the tree", "rename", I, "@/sub/new",
	 .run = rename_across},
	{"rename-dir", "rename of a directory", "rename", "@/sub", "@/bus", .run = rename_dir},
	{"rename-dir-in", "a directory moved in", "rename", "^/dir", "@/new", .run = rename_dir_in},
	{"rename-dir-out", "a directory moved out", "rename", "@/sub", "^/new",
	 .run = rename_dir_out},
	{"rename-trailing-slash", "the same, named with slashes", "rename", "@/sub", "^/new",
	 .run = trailing_slash},
	{"rename-dir-over", "a directory over an empty one", "rename", "^/free", "@/empty",
	 .run = rename_dir_over},
	{"rename-empty-out", "an empty one over a directory outside", "rename", "@/empty",
	 "^/free", .run = rename_empty_over_outside},
	{"rename-noreplace", "RENAME_NOREPLACE into the tree", "rename", "^/evil.html", "@/new",
	 .run = rename_noreplace},
	{"exchange", "RENAME_EXCHANGE within", "rename", I, "@/app.js", .run = exchange},
	{"exchange-in", "RENAME_EXCHANGE from outside", "rename", "^/evil.html", I,
	 .run = exchange_in},
	{"exchange-out", "RENAME_EXCHANGE from inside", "rename", I, "^/evil.html",
	 .run = exchange_out},
	{"exchange-dirs", "RENAME_EXCHANGE of directories", "rename", "^/dir", "@/sub",
	 .run = exchange_dirs},
	{"rename-whiteout", "RENAME_WHITEOUT", "rename", I, "^/new", .run = whiteout,
	 .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{"rename-root", "rename of the root", "rename", "@", "%/site/gone", .run = rename_root},
	{"rename-root-out", "the root moved elsewhere", "rename", "@", "^/www",
	 .run = rename_root_out},
	{"exchange-root", "the root exchanged", "rename", "@", "^/dir", .run = exchange_root},
	{"rename-above", "rename of the directory above", "rename", "%/site", "%/gone",
	 .run = rename_above},
	{"exchange-above", "the directory above exchanged", "rename", "^", "%/site",
	 .run = exchange_above},
	{"rename-two-above", "rename of one further up", "rename", "%", .run = rename_base,
	 .undo = base_back, .only = F_EXT4 | F_XFS | F_BTRFS | F_TMPFS},
	{NULL},
};
