// SPDX-License-Identifier: Apache-2.0
/* services.c - what a service sees that lives in a mount namespace of its own, by nsenter */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

#define VISITOR "/root/visitor"

static pid_t service;

/* Lives in a namespace of its own for as long as the attacker. */
static void serve(int ready)
{
	int err = enter_mountns();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(ready, &err, sizeof(err)) == sizeof(err))
		pause();
	_exit(1);
}

static int service_before(void)
{
	int ready[2], err;

	try(pipe(ready));
	service = try(fork());
	if (!service)
		serve(ready[1]);
	close(ready[1]);
	if (read(ready[0], &err, sizeof(err)) != sizeof(err))
		return -ECHILD;
	close(ready[0]);
	return err ?: shell("echo sees the tree >" VISITOR);
}

/* As nsenter -m does. */
static int enter_service(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)service);
	return try(setns(try(open(path, O_RDONLY | O_CLOEXEC)), CLONE_NEWNS)), 0;
}

static void visitor_off(void)
{
	unlink(VISITOR);
}

/* After run() hid something where the service lives. */
static int visitor_hidden(const char *path)
{
	return access(at(path), F_OK) ? put(VISITOR, "does not\n") : -EIO;
}

static int own_detach(void)
{
	int err = enter_service();

	return err ?: (try(umount2("/srv", MNT_DETACH)), visitor_hidden("@/index.html"));
}

static int own_over(void)
{
	int err = enter_service();

	return err
		       ?: (try(mount("none", at("@"), "tmpfs", 0, NULL)),
			   visitor_hidden("@/index.html"));
}

static int own_null(void)
{
	struct stat st;
	int err = enter_service();

	if (err)
		return err;
	try(mount("/dev/null", at("@/index.html"), NULL, MS_BIND, NULL));
	return stat(at("@/index.html"), &st) || S_ISREG(st.st_mode) ? -EIO
								    : put(VISITOR, "does not\n");
}

static int own_move(void)
{
	int err = enter_service();

	return err
		       ?: (try(syscall(SYS_move_mount, AT_FDCWD, "/srv", AT_FDCWD, "/mnt", 0)),
			   visitor_hidden("@/index.html"));
}

static int own_move_old(void)
{
	int err = enter_service();

	return err
		       ?: (try(mount("/srv", "/mnt", NULL, MS_MOVE, NULL)),
			   visitor_hidden("@/index.html"));
}

#define OWN .before = service_before, .undo = visitor_off, .seen = VISITOR
#define DISK (F_EXT4 | F_XFS | F_BTRFS)

const struct vector service_vectors[] = {
	{"own-namespace-umount", "unmounting it where a service with its own mounts sees it",
	 "umount", "@", .run = own_detach, OWN, .only = DISK, .flags = NO_PATH},
	{"own-namespace-over", "mounting over it there", "mount", "@", .run = own_over, OWN},
	{"own-namespace-null", "/dev/null over a file there", "mount", "@/index.html",
	 .run = own_null, OWN},
	{"own-namespace-move", "move_mount of it there", "mount", "@", .run = own_move, OWN,
	 .only = DISK, .flags = NO_PATH},
	{"own-namespace-move-old", "mount --move of it there", "mount", "@", .run = own_move_old,
	 OWN, .only = DISK, .flags = NO_PATH},
	{NULL},
};
