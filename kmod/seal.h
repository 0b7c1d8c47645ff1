/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seal.h - what root may no longer change without the publisher
 *
 *   OPEN    policy, agent and module are root's. SEAL (root, once a key is there) ->
 *   SEALED  changing them, and reaching into the kernel, is refused to everybody.
 *           UNSEAL (the publisher's signature over a nonce of ours) ->
 *   LIFTED  as OPEN, until its time is over or somebody seals earlier -> SEALED
 *
 * A boot or a load begins OPEN, so that a lost key costs a reboot and no machine.
 * With noseal=1 it stays so.
 */
#ifndef WD_SEAL_H
#define WD_SEAL_H

#include <linux/types.h>

#include "limits.h"

struct netlink_ext_ack;

bool wd_sealed(void); /* any context */

/*
 * Who changes policy or registers holds the seal as it is meanwhile: what was allowed
 * cannot then happen after sealing. From sysfs only try: there, waiting could be for
 * somebody who waits for us.
 */
void wd_seal_hold(void);
bool wd_seal_try_hold(void);
void wd_seal_release(void);

/* A second while held: how long until it is sealed again, 0 if that is not to happen. */
u32 wd_seal_seconds(void);
const u8 *wd_seal_key_digest(void); /* SHA-256 of the key; NULL: there is none. While held */

struct wd_nonce {
	u8 b[WD_SEAL_NONCE_LEN];
	u32 seconds;		     /* how long it serves */
	char host[WD_SEAL_HOST_MAX]; /* the name that must be signed with it */
};

struct wd_unseal {
	const u8 *nonce; /* WD_SEAL_NONCE_LEN */
	const u8 *signature;
	size_t signature_len;
	u32 seconds;
};

/* The commands of uapi/webdefender.h; process context, nothing held. */
int wd_seal_give_key(const u8 *der, size_t len, const char *host, struct netlink_ext_ack *extack);
int wd_seal(u32 flags, struct netlink_ext_ack *extack);
int wd_seal_nonce(struct wd_nonce *nonce, struct netlink_ext_ack *extack);
int wd_unseal(const struct wd_unseal *ask, struct netlink_ext_ack *extack);

void wd_seal_exit(void); /* when nobody can ask for anything any more */

#endif /* WD_SEAL_H */
