/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * webdefender.h - what webdefender.ko says to user space, and hears from it
 *
 * The module guards protected trees ("roots"). This header is the manual of its
 * generic netlink interface (see also doc/PROTOCOL and the sysfs entries under
 * /sys/kernel/webdefender, described in doc/sysfs-webdefender).
 *
 * Every command needs CAP_SYS_ADMIN in the initial user namespace; others get
 * EPERM. Unknown attributes and values out of range are refused (EINVAL) before
 * anything changes, with an extended-ack message naming the attribute.
 *
 * Words
 *   mode      off     nothing is judged
 *             audit   changes happen and are reported
 *             enforce changes are denied (EPERM) and reported
 *   default   what a new root gets; setting it also sets every root there is
 *             (the last word counts: set one root afterwards to differ)
 *   agent     the one process (identified by its address space) that may write
 *             inside the roots; exec and fork lose the right, threads share it
 *   sequence  every event gets the next number, also one that had to be dropped:
 *             a receiver that sees a gap knows exactly how many it lost
 *
 * Dialogue (family WD_GENL_NAME, version WD_GENL_VERSION)
 *
 *   tool or agent                                module
 *     INFO                                    ->
 *                                             <- INFO {VERSION, BOOT_ID, MODE, SEALED,
 *                                                      AGENT_PID, SEQ, DROPPED, ARMED_DIRTY,
 *                                                      HOOKS, HOOKS_MISSING, KEEPER_PID,
 *                                                      SECONDS, [SEAL_KEY]}
 *                  SECONDS: until it seals itself again, 0 if it will not. SEAL_KEY is
 *                  here the SHA-256 of the key that was given.
 *     MODE_SET {MODE}                         ->    0
 *     ROOT_ADD {PATH, [MODE]}                 ->
 *                                             <- ROOT_ADD {ROOT}
 *                  The symbolic links of PATH are guarded with it, like the directories
 *                  above: who replaces one shows visitors another tree.
 *                  EEXIST if PATH is a root already, ENOTDIR, ENOENT, ENOSPC (WD_ROOTS_MAX)
 *     ROOT_DEL {ROOT}                         ->    0 | ENOENT
 *     ROOT_SET {ROOT, MODE}                   ->    0 | ENOENT
 *                  Where PATH lies on an overlay, the directories of the layers that it is
 *                  made of are guarded with it (at most WD_LAYERS_MAX): events name what
 *                  changes in the root, with WD_F_LAYER. Not those that the running system
 *                  writes in, as where the lower layer is `/`: they count as missed.
 *     ROOT_GET (dump)                         ->
 *                                             <- ROOT_GET {ROOT, PATH, MODE, DEV, INO, DENIED,
 *                                                      REPORTED, ARMED_DIRTY, [LAYERS],
 *                                                      [LAYERS_MISSED]} for each
 *     AGENT_REGISTER                          ->
 *                                             <- AGENT_REGISTER {BOOT_ID, SEQ}
 *                  EBUSY while another agent lives. From here on the caller may
 *                  write. SEQ is the last number given out: later ones will come
 *                  by multicast if the caller has already joined the group.
 *     AGENT_UNREGISTER                        ->    0 | EPERM (the caller is not the agent)
 *     INODE_ADD {ROOT, INO}                   ->    0
 *                  Registers an inode of the root's file system that has more than
 *                  one name, so that its other names are guarded before they have
 *                  been looked up (agent only, or anybody privileged without one).
 *     INODE_DEL {ROOT, INO}                   ->    0 | ENOENT
 *     DEVICE_ADD {ROOT, DEV, [FLAGS]}         ->    0 | ENOENT | ENOSPC (WD_DEVICES_MAX)
 *                  One more block device below the root: its partition and disk are
 *                  known, those below a volume group, an array or a btrfs are not. With
 *                  WD_DEVICE_CHAR a character device that takes raw commands for one.
 *     INNER_ADD {ROOT, PATH, [FLAGS]}         ->
 *                                             <- INNER_ADD {FLAGS}
 *                  A file system that was mounted at PATH, inside the root, before: it is
 *                  guarded as part of the root, and unmounting it is judged. The outer
 *                  ones first. With WD_INNER_MOUNT_ONLY (and for the kernel's own file
 *                  systems, and where it shows the root itself) only that it is there: the
 *                  answer says so. ENOENT, ENOTBLK (nothing is mounted there), EXDEV (not
 *                  in the root), EEXIST (known already), ENOSPC (WD_INNERS_MAX)
 *     FILTER_ADD {ROOT, PATTERN}              ->    0
 *                  What may change inside the root: "uploads/" is a directory and all
 *                  below it (not the directory itself), "*.log" and "data/ *.mdb"
 *                  (without the space) are regular files by name. Adding one again
 *                  looks its directory up again. EINVAL, ENOENT (no such directory),
 *                  ENOSPC (WD_FILTERS_MAX)
 *     FILTER_DEL {ROOT, PATTERN}              ->    0 | ENOENT
 *     FILTER_GET (dump)                       ->
 *                                             <- FILTER_GET {ROOT, PATTERN} for each
 *     AGENT_KEEPER                            ->    0 | EBUSY (another keeper lives)
 *                  The caller, which must not be the agent, will fork agents. While
 *                  sealed only a child of the living keeper that has not executed
 *                  another program may register, and only once the last agent is dead.
 *     SEAL_KEY {SEAL_KEY, HOST}               ->    0
 *                  The publisher's public key (RSAPublicKey, RFC 8017 A.1.1, 2048 to 4096
 *                  bits) and this host's name there. Given once for the life of the
 *                  module: the same again is fine, another one EEXIST.
 *     SEAL {SEAL_FLAGS}                       ->    0
 *                  ENOKEY without a key, ESRCH without an agent (but WD_SEAL_NO_AGENT),
 *                  EALREADY, EBUSY while the agent is traced, ETXTBSY while one of its
 *                  program files is open for writing, EOPNOTSUPP with noseal=1.
 *     SEAL_NONCE                              ->
 *                                             <- SEAL_NONCE {NONCE, BOOT_ID, HOST, SECONDS}
 *                  The same nonce comes again until it is used or half its time is over:
 *                  nobody can spoil another one's by asking. SECONDS: how long it serves.
 *     UNSEAL {SECONDS, NONCE, SIGNATURE}      ->    0
 *                  EKEYREJECTED if the signature does not fit, ESTALE if the nonce is
 *                  unknown, used or too old, EINVAL if not sealed. After SECONDS
 *                  (1..WD_UNSEAL_SECONDS_MAX) the module is sealed again, by itself.
 *
 *   SIGNATURE is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017) over WD_SEAL_DOMAIN with its
 *   NUL, u8 1, u32 SECONDS, 16 bytes BOOT_ID, 32 bytes NONCE, u8 length of HOST, HOST; numbers
 *   are big-endian.
 *
 *   While sealed every command that changes policy gets EPERM, from the agent too.
 *
 *   multicast group WD_GENL_GROUP_EVENTS
 *                                             <- EVENT {SEQ, TIME, OP, VERDICT, ROOT, PATH,
 *                                                      [PATH2], DEV, INO, PID, TGID, UID, EUID,
 *                                                      LOGINUID, COMM, EXE, [DETAIL], [FLAGS],
 *                                                      [REPEAT], DROPPED}
 *                  Sent when the change is asked for, so in audit mode it may arrive
 *                  before the change is made: to see the outcome, look again after
 *                  taking the same inode lock (readdir of the parent; fchmod of the
 *                  inode), which the asking task holds until it is done.
 */
#ifndef _UAPI_WEBDEFENDER_H
#define _UAPI_WEBDEFENDER_H

#include <linux/types.h>

#define WD_GENL_NAME "webdefender"
#define WD_GENL_VERSION 1
#define WD_GENL_GROUP_EVENTS "events"

/* Bounds. Strings include their NUL; a longer path is cut at the front and flagged. */
#define WD_ROOTS_MAX 64
#define WD_PATH_MAX 4096
#define WD_DETAIL_MAX 256
#define WD_COMM_MAX 16
#define WD_INODES_MAX 65536
#define WD_DEVICES_MAX 1024
#define WD_INNERS_MAX 64  /* of all roots */
#define WD_LAYERS_MAX 128 /* likewise */
#define WD_FILTER_MAX 256
#define WD_FILTERS_MAX 64
#define WD_SEAL_KEY_MAX 544	  /* of RSA-4096 */
#define WD_SEAL_SIGNATURE_MAX 512 /* likewise */
#define WD_SEAL_NONCE_LEN 32
#define WD_SEAL_HOST_MAX 64
#define WD_UNSEAL_SECONDS_MAX 86400

#define WD_SEAL_DOMAIN "WebDefender unseal v1"

enum wd_cmd {
	WD_CMD_UNSPEC,
	WD_CMD_INFO,
	WD_CMD_MODE_SET,
	WD_CMD_ROOT_ADD,
	WD_CMD_ROOT_DEL,
	WD_CMD_ROOT_SET,
	WD_CMD_ROOT_GET,
	WD_CMD_AGENT_REGISTER,
	WD_CMD_AGENT_UNREGISTER,
	WD_CMD_INODE_ADD,
	WD_CMD_INODE_DEL,
	WD_CMD_EVENT,
	WD_CMD_FILTER_ADD,
	WD_CMD_FILTER_DEL,
	WD_CMD_FILTER_GET,
	WD_CMD_AGENT_KEEPER,
	WD_CMD_SEAL_KEY,
	WD_CMD_SEAL,
	WD_CMD_SEAL_NONCE,
	WD_CMD_UNSEAL,
	WD_CMD_DEVICE_ADD,
	WD_CMD_INNER_ADD,
	__WD_CMD_MAX,
};
#define WD_CMD_MAX (__WD_CMD_MAX - 1)

enum wd_attr {
	WD_A_UNSPEC,
	WD_A_PAD,	    /* alignment of 64-bit values */
	WD_A_VERSION,	    /* string: the module's version */
	WD_A_BOOT_ID,	    /* 16 bytes: made at module load; sequences restart with it */
	WD_A_MODE,	    /* u8: enum wd_mode */
	WD_A_SEALED,	    /* u8: 0 or 1 */
	WD_A_AGENT_PID,	    /* u32: 0 where no agent lives */
	WD_A_SEQ,	    /* u64: number of this event, or the last one given out */
	WD_A_DROPPED,	    /* u64: events numbered and lost since load */
	WD_A_ARMED_DIRTY,   /* u32: inodes that had a writer when armed and still do */
	WD_A_HOOKS,	    /* u32: hooks attached */
	WD_A_HOOKS_MISSING, /* string: optional hooks this kernel does not have, by spaces */
	WD_A_ROOT,	    /* u32: number of a root, as in /sys/kernel/webdefender/roots/N */
	WD_A_PATH,	    /* string: absolute, the root's path first */
	WD_A_PATH2,	    /* string: the other path of a rename or link (the new one) */
	WD_A_DEV,	    /* u64: device, as new_encode_dev() */
	WD_A_INO,	    /* u64: 0 where there is no inode yet */
	WD_A_DENIED,	    /* u64: counter */
	WD_A_REPORTED,	    /* u64: counter: changes that audit let happen */
	WD_A_TIME,	    /* u64: ns since 1970, real time */
	WD_A_OP,	    /* u32: enum wd_op */
	WD_A_VERDICT,	    /* u8: enum wd_verdict */
	WD_A_PID,	    /* u32: thread, in the initial pid namespace */
	WD_A_TGID,	    /* u32: process, likewise */
	WD_A_UID,	    /* u32: real uid, in the initial user namespace */
	WD_A_EUID,	    /* u32: fsuid, likewise */
	WD_A_LOGINUID,	    /* u32: audit login uid, 4294967295 where unset */
	WD_A_COMM,	    /* string, at most WD_COMM_MAX */
	WD_A_EXE,	    /* string: path of the executable, "" for kernel threads */
	WD_A_DETAIL,	    /* string: what the operation asked for: "mode=0755", "xattr=user.a" */
	WD_A_FLAGS,	    /* u32: WD_F_* */
	WD_A_REPEAT,	    /* u32: stands for so many denials of one process, op and directory */
	WD_A_PATTERN,	    /* string: a filter; ends in '/' if it is a directory, else a glob */
	WD_A_KEEPER_PID,    /* u32: 0 where no keeper lives */
	WD_A_SEAL_KEY,	    /* bytes: see SEAL_KEY and INFO */
	WD_A_HOST,	    /* string: the host's name at the publisher */
	WD_A_SEAL_FLAGS,    /* u32: WD_SEAL_* */
	WD_A_NONCE,	    /* 32 bytes, for one use */
	WD_A_SECONDS,	    /* u32 */
	WD_A_SIGNATURE,	    /* bytes: as many as the key's modulus has */
	WD_A_LAYERS,	    /* u32: directories of an overlay's layers guarded with the root */
	WD_A_LAYERS_MISSED, /* u32: what of its layers is not guarded; the kernel log says why */
	__WD_A_MAX,
};
#define WD_A_MAX (__WD_A_MAX - 1)

enum wd_mode {
	WD_MODE_OFF,
	WD_MODE_AUDIT,
	WD_MODE_ENFORCE,
};

enum wd_verdict {
	WD_VERDICT_REPORTED, /* the change was let happen */
	WD_VERDICT_DENIED,   /* the caller got EPERM */
};

/* Names in sysfs (ops/NAME) and in wdctl are the lower-case rest of these names. */
enum wd_op {
	WD_OP_UNSPEC,
	WD_OP_OPEN,  /* open for writing */
	WD_OP_WRITE, /* write through a descriptor opened before arming */
	WD_OP_MMAP,  /* writable shared mapping, also by mprotect */
	WD_OP_TRUNCATE,
	WD_OP_CREATE,
	WD_OP_UNLINK,
	WD_OP_MKDIR,
	WD_OP_RMDIR,
	WD_OP_RENAME,
	WD_OP_LINK,
	WD_OP_SYMLINK,
	WD_OP_MKNOD,
	WD_OP_CHMOD,
	WD_OP_CHOWN,
	WD_OP_UTIMES,
	WD_OP_SETXATTR,
	WD_OP_REMOVEXATTR,
	WD_OP_ACL,
	WD_OP_IOCTL, /* inode flags, clone, dedupe, fs-specific writers */
	WD_OP_MOUNT, /* mounting over or moving; umount is UMOUNT */
	WD_OP_UMOUNT,
	WD_OP_DEVICE, /* writing the block device below a root */
	WD_OP_PTRACE, /* tracing the agent, or its memory */
	WD_OP_KILL,   /* signalling the agent */
	WD_OP_UNLOAD, /* removing the module while it must stay */
	WD_OP_POLICY, /* changing policy without the right to */
	WD_OP_KERNEL, /* sealed: reaching into the kernel (modules, kexec, probes, /dev/mem) */
	__WD_OP_MAX,
};
#define WD_OP_MAX (__WD_OP_MAX - 1)

#define WD_SEAL_NO_AGENT (1u << 0) /* also where no agent lives: none will then be let in */

#define WD_F_ALIAS (1u << 0)	/* reached by a name outside the root (hard link, handle) */
#define WD_F_PATH_CUT (1u << 1) /* PATH or PATH2 was cut at the front */
#define WD_F_KTHREAD (1u << 2)	/* asked for by a kernel thread (loop, io-wq, nfsd) */
#define WD_F_ANCESTOR (1u << 3) /* aimed at a directory above the root */
#define WD_F_LAYER (1u << 4)	/* in a layer of the overlay that the root lies on */

/* FLAGS of DEVICE_ADD */
#define WD_DEVICE_CHAR (1u << 0)

/* FLAGS of INNER_ADD */
#define WD_INNER_MOUNT_ONLY (1u << 0)

#endif /* _UAPI_WEBDEFENDER_H */
