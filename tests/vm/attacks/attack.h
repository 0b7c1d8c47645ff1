/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attack.h - what a vector is
 *
 * A vector is one way to change the guarded tree. Its tables (content.c, names.c, ...)
 * know nothing of the guard; trial.c knows nothing of ways. Each is tried three times, in
 * a process of its own: without protection it must change what an independent walk sees
 * (else it proves nothing), in audit it must change it and be reported, in enforce it must
 * fail with an exact errno, leave the walk as it was, and be reported as denied.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The world, below BASE (see world.c):
 *   site/www   guarded          out   same file system, not guarded
 */
#define BASE world_base
#define WWW world_www
#define OUT world_out
extern char world_base[256], world_www[272], world_out[272];
extern const char *world_fs;

enum {
	F_EXT4 = 1,
	F_XFS = 2,
	F_BTRFS = 4,
	F_TMPFS = 8,
	F_OVERLAY = 16,
};

enum {
	AS_NOBODY = 1,	    /* run() without privilege; before() still as root */
	IN_USERNS = 2,	    /* as nobody who is root of a user namespace of his own */
	OTHER_ACTOR = 4,    /* a kernel thread or another program does it */
	DETECTED = 8,	    /* no hook can deny it: armed dirty, found and repaired later */
	NO_PATH = 16,	    /* the event names no path of the tree */
	SCRATCH_FS = 32,    /* damages its file system: on an ext4 of its own */
	ANY_ERROR = 64,	    /* what the caller sees depends on a layer between */
	QUIET = 128,	    /* refused without being about the tree: no event is asked for */
	ROOT_OFF = 256,	    /* the first try has a root too, whose mode is off */
	DETECTED_612 = 512, /* DETECTED from Linux 6.12 on: older ones ask a hook */
};

struct vector {
	const char *id;
	const char *what;
	const char *op;	  /* of the event; several by | */
	const char *path; /* of the event: @ stands for www, ^ for out, % for base; a * at the end */
	const char *path2;
	int (*before)(void); /* while nothing is guarded */
	int (*run)(void);    /* 0, or -errno of the call that failed */
	void (*undo)(void);
	unsigned int flags;
	unsigned int only; /* F_*: where it exists; 0 everywhere */
	int error;	   /* what enforce answers; 0: EPERM */
	const char *open;  /* why this is not denied yet (doc/THREATS); NULL: it must be */
	const char *root;  /* the name by which the tree is guarded; NULL: @ */
	const char *seen;  /* what else must stay as it is: a link, a file below */
	const char *device; /* one more disk below, told to the module */
};

/* ---- for the tables ---- */

/* try(call): leaves run() with the call's error. */
#define try(call)                                                                                  \
	({                                                                                         \
		long try_result = (long)(call);                                                    \
		if (try_result < 0)                                                                \
			return -errno;                                                             \
		try_result;                                                                        \
	})

/* at(), in one of several buffers: "@/x", "^/x", "%/x" made a path. */
const char *at(const char *path);
/* Through a shell: 0, -EPERM if it said so, -ENOSYS if it is not here, else -EIO. */
int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
int put(const char *path, const char *text); /* writes to a file there is, as anybody would */
int drop_caches(void);
int enter_userns(void);
int enter_mountns(void);
int steal_fd(int pid, int fd);

extern const struct vector content_vectors[], name_vectors[], attribute_vectors[],
	alias_vectors[], older_vectors[], ring_vectors[], mount_vectors[], device_vectors[],
	nobody_vectors[], kernel_vectors[], fs_vectors[], link_vectors[],
	inner_vectors[], raw_vectors[], service_vectors[], layer_vectors[], served_vectors[],
	stack_vectors[], proxy_vectors[];

/* ---- the machinery ---- */

void world_init(const char *fs);
void world_build(void);
void world_clean(void);
bool world_scratch(bool on); /* the world on a file system of its own */

char *walk(const char *seen); /* all that can be seen of the tree, and of seen, as text */

struct event {
	uint64_t seq;
	unsigned int op, pid, tgid;
	int verdict;
	char path[4096], path2[4096], comm[32];
};
void guard_open(void);
int guard_add(const char *path, int mode); /* the root's number */
void guard_device(int root, const char *device);
void guard_del(int root);
int guard_dirty(void);
size_t guard_events(const struct event **events); /* all since the last call */
const char *guard_op(unsigned int op);

struct outcome {
	char verdict[3][24]; /* off, audit, enforce */
	char problem[400];
	enum { OK, NOT_OK, SKIPPED } result;
};
void trial(const struct vector *v, struct outcome *out);

#endif
