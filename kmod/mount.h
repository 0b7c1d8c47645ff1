/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.h - which unmounting takes a root's mount away
 *
 * Mounts are shared between namespaces by default (systemd), and unmounting one of
 * them, or its copy elsewhere in the same namespace, is done to all its peers: see
 * Documentation/filesystems/sharedsubtree.rst.
 */
#ifndef WD_MOUNT_H
#define WD_MOUNT_H

#include <linux/types.h>

struct path;
struct vfsmount;

/*
 * Where a mount is mounted is told only by follow_up(), which may sleep. It is read
 * where every kernel so far keeps it; this compares the two for one mount, once is
 * enough. May sleep. While they differ, unmounting is refused rather too often.
 */
void wd_mount_learn(const struct path *root);

/*
 * Whether unmounting `gone` (with what is mounted on it: detach) unmounts `pinned`, or takes
 * its place in another mount namespace. Atomic.
 */
bool wd_mount_takes(const struct vfsmount *gone, bool detach, const struct vfsmount *pinned);

/*
 * Whether what is mounted on `mnt` is seen by the caller alone: nobody else lives in its mount
 * namespace, and the mount tells no peers. So begins every service with PrivateTmp= or
 * ProtectSystem=: it moves a copy of the whole tree to "/" of a namespace of its own. Under
 * rcu_read_lock().
 */
bool wd_mount_is_own(const struct vfsmount *mnt);

#endif /* WD_MOUNT_H */
