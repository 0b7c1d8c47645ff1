// SPDX-License-Identifier: Apache-2.0
/*
 * served.c - the kernel's own NFS server, asked by a client on the same machine
 *
 * No program of NFS's is needed: what exportfs, mountd and rpcbind would say is said here, to
 * the kernel's caches, and the handle of the directory is given to mount(2) as it is. The
 * tree is exported with what is around it, as by an administrator who serves /srv.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <linux/nfs_mount.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attack.h"

#define NFSD "/proc/fs/nfsd/"
#define RPC "/proc/net/rpc/"
#define CLIENT "/mnt/"
#define FOREVER "2147483647"

static int kept = -1;

/* ---- what user space owes the server ---- */

/* Version 3 wants its port registered, and takes "true" for an answer to anything. */
static int portmapper(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(111),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1, listener = try(socket(AF_INET, SOCK_STREAM, 0));
	pid_t pid;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	try(bind(listener, (void *)&addr, sizeof(addr)));
	try(listen(listener, 8));
	pid = try(fork());
	if (pid) {
		close(listener);
		return 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		uint32_t head[2], answer[8] = {htonl(0x80000000 | 28), 0, htonl(1)};
		char rest[4096];

		if (fork())
			continue; /* their parent reaps them by going */
		while (recv(fd, head, sizeof(head), MSG_WAITALL) == sizeof(head)) {
			size_t left = (ntohl(head[0]) & 0x7fffffff) - 4;

			if (left > sizeof(rest) ||
			    recv(fd, rest, left, MSG_WAITALL) != (ssize_t)left)
				break;
			answer[1] = head[1];
			answer[7] = htonl(1);
			if (send(fd, answer, sizeof(answer), 0) < 0)
				break;
		}
		_exit(0);
	}
}

static int export_base(void)
{
	char line[1024];
	int err = put(RPC "auth.unix.ip/channel", "nfsd 127.0.0.1 " FOREVER " here\n");

	/* insecure, root stays root, no subtree check, and the root of version 4 */
	snprintf(line, sizeof(line), "here %s " FOREVER " 9218 65534 65534 0\n", BASE);
	err = err ?: put(RPC "nfsd.export/channel", line);
	snprintf(line, sizeof(line), "here 1 \\x00000000 " FOREVER " %s\n", BASE);
	return err ?: put(RPC "nfsd.fh/channel", line);
}

static int serve(void)
{
	int err;

	if (shell("ip link set lo up; modprobe -q nfsd && modprobe -q nfs || exit 127; modprobe -q nfsv3; "
		  "modprobe -q nfsv4; mkdir -p /var/lib/nfs/v4recovery; mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd"))
		return -ENOSYS;
	err = portmapper() ?: export_base() ?: put(NFSD "versions", "-2 +3 +4 +4.1 +4.2\n");
	err = err ?: put(NFSD "nfsv4leasetime", "10\n") ?: put(NFSD "nfsv4gracetime", "10\n");
	err = err ?: put(NFSD "portlist", "tcp 2049\n") ?: put(NFSD "threads", "2\n");
	/* Nobody is to be waited for that had something open before; else it takes 10 seconds. */
	put(NFSD "v4_end_grace", "Y\n");
	return err;
}

static void unserve(void)
{
	umount2(CLIENT, MNT_DETACH);
	put(NFSD "threads", "0\n");
	if (shell("for c in auth.unix.ip nfsd.export nfsd.fh; do echo 2147483647 >" RPC "$c/flush; done"))
		perror("attack: nfs caches");
}

/* ---- the client ---- */

static int mount_v4(void)
{
	int err = serve();

	mkdir(CLIENT, 0755);
	return err ?: (try(mount("127.0.0.1:/", CLIENT, "nfs4", 0,
				 "vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1,sec=sys,hard,noac")),
		       0);
}

/* The server tells the handle of a directory to who may write its files in proc. */
static int handle_of(const char *path, struct nfs3_fh *fh)
{
	char line[600];
	int fd = try(open(NFSD "filehandle", O_RDWR));
	ssize_t n, i;

	n = snprintf(line, sizeof(line), "here %s 64\n", path);
	try(write(fd, line, n));
	n = try(read(fd, line, sizeof(line) - 1));
	close(fd);
	line[n] = 0;
	if (strncmp(line, "\\x", 2))
		return -EIO;
	for (i = 0; i < NFS3_FHSIZE; i++) {
		unsigned int byte;

		if (sscanf(line + 2 + 2 * i, "%2x", &byte) != 1)
			break;
		fh->data[i] = byte;
	}
	fh->size = i;
	return 0;
}

static int mount_v3(void)
{
	struct nfs_mount_data data = {.version = 6,
				      .flags = NFS_MOUNT_VER3 | NFS_MOUNT_TCP |
					       NFS_MOUNT_NONLM | NFS_MOUNT_NOAC,
				      .rsize = 65536,
				      .wsize = 65536,
				      .timeo = 600,
				      .retrans = 2,
				      .namlen = 255,
				      .bsize = 0,
				      .pseudoflavor = 1,
				      .hostname = "127.0.0.1"};
	int err = serve() ?: handle_of(BASE, &data.root);

	data.addr.sin_family = AF_INET;
	data.addr.sin_port = htons(2049);
	data.addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	mkdir(CLIENT, 0755);
	return err ?: (try(mount("127.0.0.1:/", CLIENT, "nfs", 0, &data)), 0);
}

/* ---- what it does ---- */

#define WWW_THERE CLIENT "site/www/"

static int client_write(void)
{
	int fd = try(open(WWW_THERE "index.html", O_WRONLY));

	try(write(fd, "defaced\n", 8));
	return try(fsync(fd)), try(close(fd)), 0;
}

static int client_create(void)
{
	int fd = try(open(WWW_THERE "new.html", O_WRONLY | O_CREAT, 0644));

	return try(close(fd)), 0;
}

#define CALL(name, call)                                                                           \
	static int name(void)                                                                      \
	{                                                                                          \
		return try(call), 0;                                                               \
	}

CALL(client_unlink, unlink(WWW_THERE "index.html"))
CALL(client_mkdir, mkdir(WWW_THERE "new", 0755))
CALL(client_rename, rename(CLIENT "out/evil.html", WWW_THERE "index.html"))
CALL(client_link, link(WWW_THERE "index.html", CLIENT "out/second"))
CALL(client_truncate, truncate(WWW_THERE "index.html", 1))
CALL(client_chmod, chmod(WWW_THERE "index.html", 0777))
CALL(client_chown, chown(WWW_THERE "index.html", 33, 33))
CALL(client_utimes, utimensat(AT_FDCWD, WWW_THERE "index.html", NULL, 0))
CALL(client_xattr, setxattr(WWW_THERE "index.html", "user.x", "1", 1, 0))
CALL(client_punch, fallocate(kept, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096))

/* u::rw-,u:nobody:rw-,g::r--,m::rw-,o::r-- */
static const unsigned char acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 6, 0, 254,
				    255, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 6, 0, 255,
				    255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255};

static int set_acl(const char *path, const char *name)
{
	return try(setxattr(path, name, acl, sizeof(acl), 0)), 0;
}

static int client_acl(void)
{
	return set_acl(WWW_THERE "index.html", "system.posix_acl_access");
}

static int client_acl_default(void)
{
	return set_acl(WWW_THERE "sub", "system.posix_acl_default");
}

static int client_acl_above(void)
{
	return set_acl(CLIENT "site", "system.posix_acl_access");
}

/* The same in the language of version 4: an entry for nobody that allows to read and write. */
static int client_acl_v4(void)
{
	static const uint32_t allow_rw = 0x3 | 0x20; /* and append, as the mapping wants it */
	uint32_t text[64], *p = text;
	static const char *const who[] = {"OWNER@", "65534", "GROUP@", "EVERYONE@"};
	static const uint32_t mask[] = {0x1601a7, 0, 0x120081, 0x120081};
	size_t i;

	*p++ = htonl(4);
	for (i = 0; i < 4; i++) {
		size_t len = strlen(who[i]);

		*p++ = 0; /* allow */
		*p++ = i == 2 ? htonl(0x40) : 0;
		*p++ = htonl(mask[i] ?: (0x120081 | allow_rw | 0x4));
		*p++ = htonl(len);
		memset(p, 0, (len + 3) & ~3);
		memcpy(p, who[i], len);
		p += (len + 3) / 4;
	}
	return try(setxattr(WWW_THERE "index.html", "system.nfs4_acl", text,
			    (char *)p - (char *)text, 0)),
	       0;
}

/* ---- opened by the client before ---- */

static int keep_v3(void)
{
	int err = mount_v3();

	return err ?: (kept = try(open(WWW_THERE "big.bin", O_RDWR)), 0);
}

static int keep_v4(void)
{
	int err = mount_v4();

	return err ?: (kept = try(open(WWW_THERE "big.bin", O_RDWR)), 0);
}

static int client_old_write(void)
{
	try(write(kept, "defaced\n", 8));
	return try(fsync(kept)), 0;
}

static int client_old_map(void)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kept, 0);

	if (p == MAP_FAILED)
		return -errno;
	strcpy(p, "mapped");
	return try(msync(p, 4096, MS_SYNC)), 0;
}

#define I "@/index.html"
#define B "@/big.bin"
#define V3 .before = mount_v3, .undo = unserve, .only = DISK, .flags = OTHER_ACTOR
#define V4 .before = mount_v4, .undo = unserve, .only = DISK, .flags = OTHER_ACTOR
#define DISK (F_EXT4 | F_XFS | F_BTRFS)

const struct vector served_vectors[] = {
	{"nfs3-write", "NFS 3: write", "open", I, .run = client_write, V3},
	{"nfs3-create", "create", "create", "@/new.html", .run = client_create, V3},
	{"nfs3-unlink", "unlink", "unlink", I, .run = client_unlink, V3},
	{"nfs3-rename", "rename into the tree", "rename", "^/evil.html", I, .run = client_rename,
	 V3},
	{"nfs3-link", "a name outside", "link", I, "^/second", .run = client_link, V3},
	{"nfs3-truncate", "truncate", "truncate", I, .run = client_truncate, V3},
	{"nfs3-chmod", "chmod", "chmod", I, .run = client_chmod, V3},
	{"nfs3-acl", "an access ACL by the side protocol", "acl", I, .run = client_acl,
	 .before = mount_v3, .undo = unserve, .only = F_EXT4 | F_XFS | F_BTRFS,
	 .flags = OTHER_ACTOR},
	{"nfs3-acl-default", "a default ACL of a directory", "acl", "@/sub",
	 .run = client_acl_default, V3},
	{"nfs3-acl-above", "an ACL on the directory above", "acl", "%/site",
	 .run = client_acl_above, V3},
	{"nfs3-old-write", "opened by the client before", "open|write", B, .before = keep_v3,
	 .run = client_old_write, .undo = unserve, .only = DISK, .flags = OTHER_ACTOR},
	{"nfs4-write", "NFS 4.2: write", "open", I, .run = client_write, V4},
	{"nfs4-create", "create", "create", "@/new.html", .run = client_create, V4},
	{"nfs4-unlink", "unlink", "unlink", I, .run = client_unlink, V4},
	{"nfs4-mkdir", "mkdir", "mkdir", "@/new", .run = client_mkdir, V4},
	{"nfs4-chown", "chown", "chown", I, .run = client_chown, V4},
	{"nfs4-utimes", "touch", "utimes", I, .run = client_utimes, V4},
	{"nfs4-setxattr", "a user attribute", "setxattr", I, .run = client_xattr, V4},
	{"nfs4-acl", "an ACL of version 4", "acl", I, .run = client_acl_v4, V4},
	{"nfs4-old-write", "opened by the client before", "open|write", B, .before = keep_v4,
	 .run = client_old_write, .undo = unserve, .only = DISK, .flags = OTHER_ACTOR},
	{"nfs4-old-map", "mapped now, opened by the client before", "open|write", B,
	 .before = keep_v4, .run = client_old_map, .undo = unserve, .only = DISK,
	 .flags = OTHER_ACTOR},
	{"nfs4-old-punch", "a hole punched, opened before", "open|write", B, .before = keep_v4,
	 .run = client_punch, .undo = unserve, .only = DISK, .flags = OTHER_ACTOR},
	{NULL},
};
