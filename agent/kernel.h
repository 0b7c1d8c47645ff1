/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel - webdefender.ko as user space sees it (generic netlink); the daemon and wdctl use it
 *
 * Nobody else knows the module's numbers: modes come as enum conf_mode, events as struct wd_event.
 */
#ifndef WD_KERNEL_H
#define WD_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "event.h"
#include "log.h"
#include "seal.h"

struct kernel_info {
	char version[32];
	char boot_id[33]; /* hex */
	uint8_t mode;
	bool sealed;
	uint32_t agent_pid; /* 0: none */
	uint64_t seq, dropped;
	uint32_t armed_dirty, hooks;
	char hooks_missing[256];
	uint32_t keeper_pid;   /* 0: none */
	uint32_t seal_seconds; /* until it is sealed again; 0: not to be */
	struct hash seal_key;  /* SHA-256 of the key it holds; zeros: none */
};

/* What the publisher must sign to unseal. */
struct kernel_nonce {
	uint8_t boot[SEAL_BOOT_LEN], nonce[SEAL_NONCE_LEN];
	char host[SEAL_HOST_MAX];
	uint32_t seconds; /* how long it serves */
};

struct kernel_root {
	uint32_t number;
	char path[EVENT_PATH_MAX];
	uint8_t mode;
	uint64_t dev, ino, denied, reported;
	uint32_t armed_dirty;
	uint32_t layers, layers_missed; /* of the overlay it lies on: guarded, and not */
};

/* An event with what the agent needs and people do not. Paths are absolute, site is "". */
struct kernel_event {
	struct wd_event event;
	uint64_t seq, dropped, ino;
	bool path_cut;	 /* path or path2 is not whole */
	bool alias;	 /* path is a name outside the root */
	bool whole_root; /* of the kind that may touch anything: devices, mounts */
	bool is_file;	 /* a file in a root is at stake at all */
	bool opened;	 /* somebody holds, or may hold, it open for writing */
	bool name_only;	 /* a directory's names change, no inode's content */
	bool subtree;	 /* a whole directory may come or go */
};

struct kernel; /* commands */

/* NULL, errno ENOENT: not loaded (err says modprobe). */
struct kernel *kernel_open(struct err *err);
void kernel_close(struct kernel *k); /* NULL is fine */
/* All: 0, or -1 with errno as the header of the module says and a sentence in err. */
int kernel_info(struct kernel *k, struct kernel_info *out, struct err *err);
int kernel_set_default(struct kernel *k, uint8_t mode, struct err *err);
int kernel_root_add(struct kernel *k, const char *path, int mode, uint32_t *number,
		    struct err *err);
int kernel_root_del(struct kernel *k, uint32_t number, struct err *err);
int kernel_root_set(struct kernel *k, uint32_t number, uint8_t mode, struct err *err);
int kernel_roots(struct kernel *k, void (*each)(void *arg, const struct kernel_root *r), void *arg,
		 struct err *err);
/* The root with exactly this path; -1 and ENOENT: none. */
int kernel_root_find(struct kernel *k, const char *path, struct kernel_root *out, struct err *err);
/* One more device below a root, a character device if it takes raw commands for a disk; an inode of
 * it with more than one name. */
int kernel_device_add(struct kernel *k, uint32_t number, dev_t dev, bool is_char, struct err *err);
/* What is mounted inside a root; EEXIST: known, ENOTBLK, ENOENT, EXDEV: no longer there. */
int kernel_inner_add(struct kernel *k, uint32_t number, const char *path, bool *mount_only,
		     struct err *err); /* *mount_only becomes true where no more can be guarded */
int kernel_inode_add(struct kernel *k, uint32_t number, uint64_t ino, struct err *err);
/* A filter of a root, see lib/filter.h; adding one again looks its directory up again. */
int kernel_filter_add(struct kernel *k, uint32_t number, const char *text, struct err *err);
int kernel_filter_del(struct kernel *k, uint32_t number, const char *text, struct err *err);
int kernel_filters(struct kernel *k, void (*each)(void *arg, uint32_t number, const char *text),
		   void *arg, struct err *err);
int kernel_register(struct kernel *k, uint64_t *seq,
		    struct err *err); /* EBUSY: another agent lives */

int kernel_keep(struct kernel *k, struct err *err); /* this process becomes the keeper */
/* Sealing (see the uapi header): the key once, EEXIST for another one. */
int kernel_seal_key(struct kernel *k, const uint8_t *der, size_t n, const char *host,
		    struct err *err);
int kernel_seal(struct kernel *k, bool without_agent, struct err *err);
int kernel_seal_nonce(struct kernel *k, struct kernel_nonce *out, struct err *err);
int kernel_unseal(struct kernel *k, uint32_t seconds, const uint8_t nonce[SEAL_NONCE_LEN],
		  const uint8_t *sig, size_t n, struct err *err);

struct kernel_events; /* the multicast group */
struct kernel_events *kernel_events_open(struct err *err);
void kernel_events_close(struct kernel_events *k); /* NULL is fine */
int kernel_events_fd(const struct kernel_events *k);
/*
 * Reads what is there, at most `most` datagrams; non-blocking. Number read; 0: nothing left;
 * -1: errno, ENOBUFS meaning that events were lost and reading can go on.
 */
int kernel_events_read(struct kernel_events *k, int most,
		       void (*each)(void *arg, const struct kernel_event *e), void *arg);

#endif
