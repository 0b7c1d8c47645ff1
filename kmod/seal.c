// SPDX-License-Identifier: GPL-2.0-only
/* seal.c - what root may no longer change without the publisher */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/algapi.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "agent.h"
#include "hooks.h"
#include "report.h"
#include "seal.h"
#include "signature.h"

static bool noseal;
module_param(noseal, bool, 0444);
MODULE_PARM_DESC(noseal, "never be sealed: for a boot after the key was lost");

static unsigned int nonce_seconds = WD_NONCE_SECONDS;
module_param(nonce_seconds, uint, 0444);
MODULE_PARM_DESC(nonce_seconds, "how long a nonce for unsealing serves");

enum state { OPEN, SEALED, LIFTED };

/* What is signed, byte for byte: domain with its NUL, command, seconds, boot, nonce, host. */
#define COMMAND_UNSEAL 1
#define DOMAIN_LEN sizeof(WD_SEAL_DOMAIN)
#define BOOT_LEN 16
#define STATEMENT_MAX (DOMAIN_LEN + 1 + 4 + BOOT_LEN + WD_SEAL_NONCE_LEN + 1 + WD_SEAL_HOST_MAX)

/* Held for reading by whoever changes what sealing fixes; everything below is under it. */
static DECLARE_RWSEM(seal_sem);

static enum state state;    /* written under seal_sem, read by hooks */
static unsigned long until; /* LIFTED: jiffies; written before state */

static struct {
	u8 *der; /* NULL: not given; never changes afterwards */
	size_t len;
	u8 digest[WD_DIGEST_LEN];
	char host[WD_SEAL_HOST_MAX];
} key;

/* The last one and the one before: asking must not take from others what they got. */
static struct {
	u8 b[WD_SEAL_NONCE_LEN];
	bool good;
	unsigned long expires; /* jiffies */
} nonces[2];
static unsigned int latest;

static void seal_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(again, seal_again);

/* ---- the state ---- */

/* The time counts, not the work: it may be late, this is not. */
bool wd_sealed(void)
{
	enum state now = smp_load_acquire(&state);

	return now == SEALED || (now == LIFTED && time_after_eq(jiffies, READ_ONCE(until)));
}

void wd_seal_hold(void)
{
	down_read(&seal_sem);
}

bool wd_seal_try_hold(void)
{
	return down_read_trylock(&seal_sem);
}

void wd_seal_release(void)
{
	up_read(&seal_sem);
}

u32 wd_seal_seconds(void)
{
	if (state != LIFTED || wd_sealed())
		return 0;
	return DIV_ROUND_UP(until - jiffies, HZ);
}

const u8 *wd_seal_key_digest(void)
{
	return key.der ? key.digest : NULL;
}

static void enter_sealed(const char *why)
{
	lockdep_assert_held_write(&seal_sem);
	cancel_delayed_work(&again);
	smp_store_release(&state, SEALED);
	pr_notice("%s\n", why);
	wd_hooks_seal_told(why);
}

static void lift(u32 seconds)
{
	lockdep_assert_held_write(&seal_sem);
	wd_agent_unpin();
	WRITE_ONCE(until, jiffies + seconds * HZ);
	smp_store_release(&state, LIFTED);
	cancel_delayed_work(&again);
	schedule_delayed_work(&again, seconds * HZ);
	pr_notice("unsealed for %u seconds\n", seconds);
	wd_hooks_seal_told("unsealed");
}

/*
 * Nobody may object to the end of the time. If who is the agent now cannot be held
 * to the code it runs, then there is no agent: the roots stay as they are.
 */
static void seal_again(struct work_struct *work)
{
	int err;

	down_write(&seal_sem);
	if (state != LIFTED) {
		/* somebody sealed earlier */
	} else if (time_before(jiffies, until)) {
		schedule_delayed_work(&again, until - jiffies); /* somebody unsealed for longer */
	} else {
		err = wd_agent_pin();
		if (err) {
			wd_agent_forget();
			pr_warn("sealed again without an agent (%d)\n", err);
		}
		enter_sealed(err ? "sealed again without an agent" : "sealed again");
	}
	up_write(&seal_sem);
}

/* ---- the key ---- */

static int take_key(const u8 *der, size_t len, const char *host, struct netlink_ext_ack *extack)
{
	int err;

	if (key.der) {
		if (len == key.len && !memcmp(der, key.der, len) && !strcmp(host, key.host))
			return 0;
		NL_SET_ERR_MSG(extack, "another key or host name was given; unload to change it");
		return -EEXIST;
	}
	err = wd_signature_try_key(der, len);
	if (err == -EINVAL)
		NL_SET_ERR_MSG(extack, "this is no RSAPublicKey");
	else if (err == -EKEYREJECTED)
		NL_SET_ERR_MSG(extack, "the key must have 2048 to 4096 bits");
	else if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(extack, "this kernel cannot check RSA signatures");
	if (err)
		return err;
	key.der = kmemdup(der, len, GFP_KERNEL);
	if (!key.der)
		return -ENOMEM;
	key.len = len;
	wd_digest(der, len, key.digest);
	strscpy(key.host, host, sizeof(key.host));
	return 0;
}

int wd_seal_give_key(const u8 *der, size_t len, const char *host, struct netlink_ext_ack *extack)
{
	int err;

	down_write(&seal_sem);
	err = take_key(der, len, host, extack);
	up_write(&seal_sem);
	return err;
}

/* ---- sealing ---- */

static int prepare(u32 flags, struct netlink_ext_ack *extack)
{
	int err;

	if (noseal) {
		NL_SET_ERR_MSG(extack, "the module was loaded with noseal=1");
		return -EOPNOTSUPP;
	}
	if (!key.der) {
		NL_SET_ERR_MSG(extack, "no key was given, so nobody could unseal");
		return -ENOKEY;
	}
	if (wd_sealed()) {
		NL_SET_ERR_MSG(extack, "it is sealed already");
		return -EALREADY;
	}
	err = wd_agent_pin();
	if (err == -ESRCH && (flags & WD_SEAL_NO_AGENT)) {
		wd_agent_forget();
		return 0;
	}
	if (err == -ESRCH)
		NL_SET_ERR_MSG(extack, "no agent is registered, and none could be until unsealed");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG(extack, "the agent is being traced");
	else if (err == -ETXTBSY)
		NL_SET_ERR_MSG(extack, "a program file of the agent is open for writing");
	else if (err == -E2BIG)
		NL_SET_ERR_MSG(extack, "the agent runs from too many files");
	return err;
}

int wd_seal(u32 flags, struct netlink_ext_ack *extack)
{
	int err;

	down_write(&seal_sem);
	err = prepare(flags, extack);
	if (!err)
		enter_sealed("sealed");
	up_write(&seal_sem);
	return err;
}

/* ---- unsealing ---- */

static bool serves(unsigned int i)
{
	return nonces[i].good && time_before(jiffies, nonces[i].expires);
}

static void renew_nonce(void)
{
	unsigned long life = clamp(nonce_seconds, 1u, WD_UNSEAL_SECONDS_MAX + 0u) * HZ;

	if (serves(latest) && time_before(jiffies + life / 2, nonces[latest].expires))
		return;
	latest = !latest;
	get_random_bytes(nonces[latest].b, WD_SEAL_NONCE_LEN);
	nonces[latest].expires = jiffies + life;
	nonces[latest].good = true;
}

int wd_seal_nonce(struct wd_nonce *nonce, struct netlink_ext_ack *extack)
{
	int err = 0;

	down_write(&seal_sem);
	if (!wd_sealed()) {
		NL_SET_ERR_MSG(extack, "it is not sealed");
		err = -EINVAL;
	} else {
		renew_nonce();
		memcpy(nonce->b, nonces[latest].b, WD_SEAL_NONCE_LEN);
		nonce->seconds = (nonces[latest].expires - jiffies) / HZ;
		strscpy(nonce->host, key.host, sizeof(nonce->host));
	}
	up_write(&seal_sem);
	return err;
}

static int find_nonce(const u8 *b)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nonces); i++)
		if (serves(i) && !crypto_memneq(nonces[i].b, b, WD_SEAL_NONCE_LEN))
			return i;
	return -1;
}

static size_t compose(u8 *to, const struct wd_unseal *ask)
{
	__be32 seconds = cpu_to_be32(ask->seconds);
	size_t host_len = strlen(key.host);
	u8 *at = to;

	memcpy(at, WD_SEAL_DOMAIN, DOMAIN_LEN);
	at += DOMAIN_LEN;
	*at++ = COMMAND_UNSEAL;
	memcpy(at, &seconds, 4);
	at += 4;
	memcpy(at, wd_report_boot_id(), BOOT_LEN);
	at += BOOT_LEN;
	memcpy(at, ask->nonce, WD_SEAL_NONCE_LEN);
	at += WD_SEAL_NONCE_LEN;
	*at++ = host_len;
	memcpy(at, key.host, host_len);
	return at + host_len - to;
}

static int judge(const struct wd_unseal *ask, struct netlink_ext_ack *extack)
{
	u8 statement[STATEMENT_MAX];
	int slot, err;

	if (!wd_sealed()) {
		NL_SET_ERR_MSG(extack, "it is not sealed");
		return -EINVAL;
	}
	slot = find_nonce(ask->nonce);
	if (slot < 0) {
		NL_SET_ERR_MSG(extack, "the nonce is unknown, used or too old; ask for a new one");
		return -ESTALE;
	}
	err = wd_signature_check(key.der, key.len, ask->signature, ask->signature_len, statement,
				 compose(statement, ask));
	if (err == -ENOMEM)
		return err;
	if (err) {
		NL_SET_ERR_MSG(
			extack,
			"the signature is not the publisher's for this host, nonce and time");
		return -EKEYREJECTED;
	}
	nonces[slot].good = false;
	return 0;
}

int wd_unseal(const struct wd_unseal *ask, struct netlink_ext_ack *extack)
{
	int err;

	down_write(&seal_sem);
	err = judge(ask, extack);
	if (!err)
		lift(ask->seconds);
	up_write(&seal_sem);
	if (err == -ESTALE || err == -EKEYREJECTED)
		wd_hooks_seal_refused("unseal");
	return err;
}

void wd_seal_exit(void)
{
	cancel_delayed_work_sync(&again);
	kfree(key.der);
}
