// SPDX-License-Identifier: GPL-2.0-only
/* netlink.c - the generic netlink family, see uapi/webdefender.h */
#include <linux/capability.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "agent.h"
#include "arm.h"
#include "attach.h"
#include "compat.h"
#include "filter.h"
#include "hooks.h"
#include "limits.h"
#include "netlink.h"
#include "policy.h"
#include "report.h"
#include "seal.h"
#include "version.h"

static struct genl_family family;

/* ---- what each command takes: everything else is refused ---- */

#define TAKES_MODE [WD_A_MODE] = NLA_POLICY_MAX(NLA_U8, WD_MODE_ENFORCE)
#define TAKES_ROOT [WD_A_ROOT] = {.type = NLA_U32}
#define TAKES_PATH [WD_A_PATH] = {.type = NLA_NUL_STRING, .len = WD_PATH_MAX - 1}
#define TAKES_PATTERN [WD_A_PATTERN] = {.type = NLA_NUL_STRING, .len = WD_FILTER_MAX - 1}
#define TAKES_INO [WD_A_INO] = {.type = NLA_U64}

static struct netlink_range_validation unseal_seconds = {
	.min = 1,
	.max = WD_UNSEAL_SECONDS_MAX,
};

static const struct nla_policy takes_mode[WD_A_MAX + 1] = {TAKES_MODE};
static const struct nla_policy takes_root[WD_A_MAX + 1] = {TAKES_ROOT};
static const struct nla_policy takes_root_mode[WD_A_MAX + 1] = {TAKES_ROOT, TAKES_MODE};
static const struct nla_policy takes_path_mode[WD_A_MAX + 1] = {TAKES_PATH, TAKES_MODE};
static const struct nla_policy takes_inode[WD_A_MAX + 1] = {TAKES_ROOT, TAKES_INO};
static const struct nla_policy takes_device[WD_A_MAX + 1] = {
	TAKES_ROOT, [WD_A_DEV] = {.type = NLA_U64},
	[WD_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, WD_DEVICE_CHAR)};
static const struct nla_policy takes_inner[WD_A_MAX + 1] = {
	TAKES_ROOT, TAKES_PATH, [WD_A_FLAGS] = NLA_POLICY_MASK(NLA_U32, WD_INNER_MOUNT_ONLY)};
static const struct nla_policy takes_filter[WD_A_MAX + 1] = {TAKES_ROOT, TAKES_PATTERN};
static const struct nla_policy takes_key[WD_A_MAX + 1] = {
	[WD_A_SEAL_KEY] = {.type = NLA_BINARY, .len = WD_SEAL_KEY_MAX},
	[WD_A_HOST] = {.type = NLA_NUL_STRING, .len = WD_SEAL_HOST_MAX - 1},
};
static const struct nla_policy takes_flags[WD_A_MAX + 1] = {
	[WD_A_SEAL_FLAGS] = NLA_POLICY_MASK(NLA_U32, WD_SEAL_NO_AGENT),
};
static const struct nla_policy takes_unseal[WD_A_MAX + 1] = {
	[WD_A_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &unseal_seconds),
	[WD_A_NONCE] = NLA_POLICY_EXACT_LEN(WD_SEAL_NONCE_LEN),
	[WD_A_SIGNATURE] = {.type = NLA_BINARY, .len = WD_SEAL_SIGNATURE_MAX},
};
static const struct nla_policy takes_nothing[WD_A_MAX + 1];

static const char *const missing_words[WD_A_MAX + 1] = {
	[WD_A_MODE] = "the mode is missing (WD_A_MODE)",
	[WD_A_ROOT] = "the number of the root is missing (WD_A_ROOT)",
	[WD_A_PATH] = "the path is missing (WD_A_PATH)",
	[WD_A_DEV] = "the device is missing (WD_A_DEV)",
	[WD_A_PATTERN] = "the filter is missing (WD_A_PATTERN)",
	[WD_A_INO] = "the inode number is missing (WD_A_INO)",
	[WD_A_SEAL_KEY] = "the key is missing (WD_A_SEAL_KEY)",
	[WD_A_HOST] = "the host name is missing (WD_A_HOST)",
	[WD_A_SECONDS] = "the seconds are missing (WD_A_SECONDS)",
	[WD_A_NONCE] = "the nonce is missing (WD_A_NONCE)",
	[WD_A_SIGNATURE] = "the signature is missing (WD_A_SIGNATURE)",
};

static int missing(struct genl_info *info, int attr)
{
	if (info->attrs[attr])
		return 0;
	if (info->extack)
		info->extack->_msg = missing_words[attr];
	return -EINVAL;
}

/* ---- replies ---- */

static struct sk_buff *reply_new(const struct genl_info *info, u8 cmd, void **head)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*head = genlmsg_put_reply(skb, (struct genl_info *)info, &family, 0, cmd);
	if (*head)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int reply_send(struct genl_info *info, struct sk_buff *skb, void *head, int err)
{
	if (err) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_reply(skb, info);
}

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, WD_A_PAD);
}

static int put_boot(struct sk_buff *skb)
{
	return nla_put(skb, WD_A_BOOT_ID, 16, wd_report_boot_id()) ||
	       put_u64(skb, WD_A_SEQ, wd_report_stat(WD_STAT_EVENTS));
}

static int put_seal(struct sk_buff *skb)
{
	const u8 *digest = wd_seal_key_digest();

	return nla_put_u32(skb, WD_A_KEEPER_PID, wd_agent_keeper_pid()) ||
	       nla_put_u32(skb, WD_A_SECONDS, wd_seal_seconds()) ||
	       (digest && nla_put(skb, WD_A_SEAL_KEY, 32, digest));
}

static int put_info(struct sk_buff *skb)
{
	return nla_put_string(skb, WD_A_VERSION, WD_MODULE_VERSION) || put_boot(skb) ||
	       nla_put_u8(skb, WD_A_MODE, wd_policy_mode()) ||
	       nla_put_u8(skb, WD_A_SEALED, wd_sealed()) ||
	       nla_put_u32(skb, WD_A_AGENT_PID, wd_agent_pid()) ||
	       put_u64(skb, WD_A_DROPPED, wd_report_stat(WD_STAT_DROPPED)) ||
	       nla_put_u32(skb, WD_A_ARMED_DIRTY, wd_arm_dirty()) ||
	       nla_put_u32(skb, WD_A_HOOKS, wd_attached_count()) ||
	       nla_put_string(skb, WD_A_HOOKS_MISSING, wd_attached_missing()) || put_seal(skb);
}

static int put_layers(struct sk_buff *skb, const struct wd_root *root)
{
	unsigned int missed, guarded = wd_root_layers(root, &missed);

	return (guarded && nla_put_u32(skb, WD_A_LAYERS, guarded)) ||
	       (missed && nla_put_u32(skb, WD_A_LAYERS_MISSED, missed));
}

static int put_root(struct sk_buff *skb, const struct wd_root *root)
{
	const struct dentry *dentry = root->path.dentry;

	return nla_put_u32(skb, WD_A_ROOT, root->id) ||
	       nla_put_string(skb, WD_A_PATH, root->name) ||
	       nla_put_u8(skb, WD_A_MODE, root->mode) ||
	       put_u64(skb, WD_A_DEV, new_encode_dev(dentry->d_sb->s_dev)) ||
	       put_u64(skb, WD_A_INO, d_inode(dentry)->i_ino) ||
	       put_u64(skb, WD_A_DENIED, atomic64_read(&root->denied)) ||
	       put_u64(skb, WD_A_REPORTED, atomic64_read(&root->reported)) ||
	       nla_put_u32(skb, WD_A_ARMED_DIRTY, atomic_read(&root->dirty)) ||
	       put_layers(skb, root);
}

/* ---- commands ---- */

static int do_info(struct sk_buff *skb, struct genl_info *info)
{
	void *head;

	skb = reply_new(info, WD_CMD_INFO, &head);
	return skb ? reply_send(info, skb, head, put_info(skb)) : -ENOMEM;
}

static int do_mode_set(struct sk_buff *skb, struct genl_info *info)
{
	int err = missing(info, WD_A_MODE);

	if (!err)
		wd_policy_set_mode(nla_get_u8(info->attrs[WD_A_MODE]));
	return err;
}

static int do_root_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *mode = info->attrs[WD_A_MODE];
	void *head;
	u32 id;
	int err = missing(info, WD_A_PATH);

	if (err)
		return err;
	/* Before anything changes: the answer must not fail afterwards. */
	skb = reply_new(info, WD_CMD_ROOT_ADD, &head);
	if (!skb)
		return -ENOMEM;
	err = wd_policy_add_root(nla_data(info->attrs[WD_A_PATH]),
				 mode ? nla_get_u8(mode) : WD_MODE_DEFAULT, &id, info->extack);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return reply_send(info, skb, head, nla_put_u32(skb, WD_A_ROOT, id));
}

static int do_root_del(struct sk_buff *skb, struct genl_info *info)
{
	return missing(info, WD_A_ROOT)
		       ?: wd_policy_del_root(nla_get_u32(info->attrs[WD_A_ROOT]), info->extack);
}

static int do_root_set(struct sk_buff *skb, struct genl_info *info)
{
	return missing(info, WD_A_ROOT) ?: missing(info, WD_A_MODE) ?:
	       wd_policy_set_root_mode(nla_get_u32(info->attrs[WD_A_ROOT]),
				       nla_get_u8(info->attrs[WD_A_MODE]), info->extack);
}

static int do_register(struct sk_buff *skb, struct genl_info *info)
{
	void *head;
	int err;

	skb = reply_new(info, WD_CMD_AGENT_REGISTER, &head);
	if (!skb)
		return -ENOMEM;
	err = wd_agent_register();
	if (err) {
		nlmsg_free(skb);
		if (err == -EACCES) {
			wd_hooks_seal_refused("register");
			GENL_SET_ERR_MSG(info,
					 "sealed: only a child of the keeper may follow the agent");
			return -EPERM;
		}
		wd_hooks_policy_refused();
		GENL_SET_ERR_MSG(info, "another agent is registered and lives");
		return err;
	}
	return reply_send(info, skb, head, put_boot(skb));
}

static int do_unregister(struct sk_buff *skb, struct genl_info *info)
{
	int err = wd_agent_unregister();

	if (err) {
		wd_hooks_policy_refused();
		GENL_SET_ERR_MSG(info, "the caller is not the registered agent");
	}
	return err;
}

static int do_inode(struct genl_info *info, int (*change)(struct wd_root *root, u64 ino))
{
	struct wd_root *root;
	int err = missing(info, WD_A_ROOT) ?: missing(info, WD_A_INO);

	if (err)
		return err;
	if ((wd_agent_pid() || wd_sealed()) && !wd_agent_is_current()) {
		wd_hooks_policy_refused();
		GENL_SET_ERR_MSG(info, "while an agent lives, or sealed, only it may do this");
		return -EPERM;
	}
	mutex_lock(&wd_policy_lock);
	root = wd_root_find(nla_get_u32(info->attrs[WD_A_ROOT]));
	if (root) {
		err = change(root, nla_get_u64(info->attrs[WD_A_INO]));
	} else {
		GENL_SET_ERR_MSG(info, "there is no root of this number");
		err = -ENOENT;
	}
	mutex_unlock(&wd_policy_lock);
	return err;
}

static int do_inode_add(struct sk_buff *skb, struct genl_info *info)
{
	int err = do_inode(info, wd_root_inode_add);

	if (err == -ENOSPC)
		GENL_SET_ERR_MSG(info, "as many inodes are registered as can be");
	return err;
}

static int do_inode_del(struct sk_buff *skb, struct genl_info *info)
{
	return do_inode(info, wd_root_inode_del);
}

static int do_inner_add(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *flags = info->attrs[WD_A_FLAGS];
	bool mount_only = flags && (nla_get_u32(flags) & WD_INNER_MOUNT_ONLY);
	void *head;
	int err = missing(info, WD_A_ROOT) ?: missing(info, WD_A_PATH);

	if (err)
		return err;
	skb = reply_new(info, WD_CMD_INNER_ADD, &head);
	if (!skb)
		return -ENOMEM;
	err = wd_policy_add_inner(nla_get_u32(info->attrs[WD_A_ROOT]),
				  nla_data(info->attrs[WD_A_PATH]), &mount_only, info->extack);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return reply_send(info, skb, head,
			  nla_put_u32(skb, WD_A_FLAGS, mount_only ? WD_INNER_MOUNT_ONLY : 0));
}

static int do_device_add(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *flags = info->attrs[WD_A_FLAGS];
	int err = missing(info, WD_A_ROOT) ?: missing(info, WD_A_DEV);
	struct wd_root *root;

	if (err)
		return err;
	mutex_lock(&wd_policy_lock);
	root = wd_root_find(nla_get_u32(info->attrs[WD_A_ROOT]));
	if (root)
		err = wd_root_device_add(root, new_decode_dev(nla_get_u64(info->attrs[WD_A_DEV])),
					 flags && (nla_get_u32(flags) & WD_DEVICE_CHAR));
	mutex_unlock(&wd_policy_lock);
	if (!root) {
		GENL_SET_ERR_MSG(info, "there is no root of this number");
		return -ENOENT;
	}
	if (err == -ENOSPC)
		GENL_SET_ERR_MSG(info, "as many devices are registered as can be");
	return err;
}

static int do_filter(struct genl_info *info,
		     int (*change)(u32 id, const char *text, struct netlink_ext_ack *extack))
{
	return missing(info, WD_A_ROOT) ?: missing(info, WD_A_PATTERN) ?:
	       change(nla_get_u32(info->attrs[WD_A_ROOT]), nla_data(info->attrs[WD_A_PATTERN]),
		      info->extack);
}

static int do_filter_add(struct sk_buff *skb, struct genl_info *info)
{
	return do_filter(info, wd_policy_add_filter);
}

static int do_filter_del(struct sk_buff *skb, struct genl_info *info)
{
	return do_filter(info, wd_policy_del_filter);
}

/* ---- the seal ---- */

static int do_keeper(struct sk_buff *skb, struct genl_info *info)
{
	int err = wd_agent_keep();

	if (err == -EBUSY)
		GENL_SET_ERR_MSG(info, "another keeper is registered and lives");
	else if (err)
		GENL_SET_ERR_MSG(info,
				 "the agent itself, or who inherits orphans, cannot be keeper");
	return err;
}

static int do_seal_key(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *key = info->attrs[WD_A_SEAL_KEY];

	return missing(info, WD_A_SEAL_KEY) ?: missing(info, WD_A_HOST) ?:
	       wd_seal_give_key(nla_data(key), nla_len(key), nla_data(info->attrs[WD_A_HOST]),
				info->extack);
}

static int do_seal(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *flags = info->attrs[WD_A_SEAL_FLAGS];

	return wd_seal(flags ? nla_get_u32(flags) : 0, info->extack);
}

static int put_nonce(struct sk_buff *skb, const struct wd_nonce *nonce)
{
	return nla_put(skb, WD_A_NONCE, WD_SEAL_NONCE_LEN, nonce->b) ||
	       nla_put(skb, WD_A_BOOT_ID, 16, wd_report_boot_id()) ||
	       nla_put_string(skb, WD_A_HOST, nonce->host) ||
	       nla_put_u32(skb, WD_A_SECONDS, nonce->seconds);
}

static int do_seal_nonce(struct sk_buff *skb, struct genl_info *info)
{
	struct wd_nonce nonce;
	void *head;
	int err = wd_seal_nonce(&nonce, info->extack);

	if (err)
		return err;
	skb = reply_new(info, WD_CMD_SEAL_NONCE, &head);
	return skb ? reply_send(info, skb, head, put_nonce(skb, &nonce)) : -ENOMEM;
}

static int do_unseal(struct sk_buff *skb, struct genl_info *info)
{
	struct wd_unseal ask;
	int err = missing(info, WD_A_SECONDS) ?:
		  missing(info, WD_A_NONCE) ?:
		  missing(info, WD_A_SIGNATURE);

	if (err)
		return err;
	ask = (struct wd_unseal){
		.seconds = nla_get_u32(info->attrs[WD_A_SECONDS]),
		.nonce = nla_data(info->attrs[WD_A_NONCE]),
		.signature = nla_data(info->attrs[WD_A_SIGNATURE]),
		.signature_len = nla_len(info->attrs[WD_A_SIGNATURE]),
	};
	return wd_unseal(&ask, info->extack);
}

/* ---- the dumps of roots and of their filters ---- */

static int may(const struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	/* Of the caller, and of who opened the socket: no privileged helper can be misled. */
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "CAP_SYS_ADMIN in the initial user namespace is needed");
	return -EPERM;
}

static int dump_start(struct netlink_callback *cb)
{
	return may(cb->skb, cb->extack);
}

/*
 * cb->args[0] is the number of the last root sent, for numbers only grow. Answers
 * 0 when done, so that usually all is over within the caller's one system call.
 */
static int dump_roots(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct wd_root *root;
	unsigned int i;
	int err = 0;

	mutex_lock(&wd_policy_lock);
	for (i = 0; !err && (root = wd_root_at(i)); i++) {
		void *head;

		if (root->id <= cb->args[0])
			continue;
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				   NLM_F_MULTI, WD_CMD_ROOT_GET);
		if (!head || put_root(skb, root)) {
			if (head)
				genlmsg_cancel(skb, head);
			err = -EMSGSIZE;
			break;
		}
		genlmsg_end(skb, head);
		cb->args[0] = root->id;
	}
	mutex_unlock(&wd_policy_lock);
	return err && skb->len ? skb->len : err;
}

static int dump_filter(struct sk_buff *skb, struct netlink_callback *cb, const struct wd_root *root,
		       const struct wd_filter *filter)
{
	void *head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				 NLM_F_MULTI, WD_CMD_FILTER_GET);

	if (!head)
		return -EMSGSIZE;
	if (nla_put_u32(skb, WD_A_ROOT, root->id) ||
	    nla_put_string(skb, WD_A_PATTERN, filter->text)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* cb->args[0]: the last root whose filters were all sent; cb->args[1]: how many of the next's. */
static int dump_filters(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct wd_filters *set;
	struct wd_root *root;
	unsigned int i;
	int err = 0;

	mutex_lock(&wd_policy_lock);
	for (i = 0; !err && (root = wd_root_at(i)); i++) {
		if (root->id <= cb->args[0])
			continue;
		set = wd_filters(root);
		for (; !err && set && cb->args[1] < set->nr; cb->args[1] += !err)
			err = dump_filter(skb, cb, root, set->at[cb->args[1]]);
		if (!err) {
			cb->args[0] = root->id;
			cb->args[1] = 0;
		}
	}
	mutex_unlock(&wd_policy_lock);
	return err && skb->len ? skb->len : err;
}

/* ---- events ---- */

static int put_text(struct sk_buff *skb, const struct wd_record *record)
{
	const char *path = record->text;
	const char *path2 = path + record->path_len;
	const char *detail = path2 + record->path2_len;

	return nla_put(skb, WD_A_PATH, record->path_len, path) ||
	       (record->path2_len && nla_put(skb, WD_A_PATH2, record->path2_len, path2)) ||
	       (record->detail_len && nla_put(skb, WD_A_DETAIL, record->detail_len, detail));
}

static int put_actor(struct sk_buff *skb, const struct wd_record *record, const char *exe)
{
	return nla_put_u32(skb, WD_A_PID, record->pid) ||
	       nla_put_u32(skb, WD_A_TGID, record->tgid) ||
	       nla_put_u32(skb, WD_A_UID, record->uid) ||
	       nla_put_u32(skb, WD_A_EUID, record->euid) ||
	       nla_put_u32(skb, WD_A_LOGINUID, record->loginuid) ||
	       nla_put_string(skb, WD_A_COMM, record->comm) || nla_put_string(skb, WD_A_EXE, exe);
}

static int put_event(struct sk_buff *skb, const struct wd_record *record, const char *exe)
{
	return put_u64(skb, WD_A_SEQ, record->seq) || put_u64(skb, WD_A_TIME, record->time) ||
	       nla_put_u32(skb, WD_A_OP, record->op) ||
	       nla_put_u8(skb, WD_A_VERDICT, record->verdict) ||
	       nla_put_u32(skb, WD_A_ROOT, record->root) || put_text(skb, record) ||
	       put_u64(skb, WD_A_DEV, record->dev) || put_u64(skb, WD_A_INO, record->ino) ||
	       put_actor(skb, record, exe) ||
	       (record->flags && nla_put_u32(skb, WD_A_FLAGS, record->flags)) ||
	       (record->repeat > 1 && nla_put_u32(skb, WD_A_REPEAT, record->repeat)) ||
	       put_u64(skb, WD_A_DROPPED, wd_report_stat(WD_STAT_DROPPED));
}

/* The numbers with their headers come to less than this. */
#define EVENT_FIXED 256

static size_t event_size(const struct wd_record *record, const char *exe)
{
	return EVENT_FIXED + record->size + strlen(exe);
}

int wd_netlink_send(const struct wd_record *record, const char *exe)
{
	struct sk_buff *skb;
	void *head;

	if (!genl_has_listeners(&family, &init_net, 0))
		return -ESRCH;
	skb = genlmsg_new(event_size(record, exe), GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	head = genlmsg_put(skb, 0, 0, &family, 0, WD_CMD_EVENT);
	if (WARN_ON_ONCE(!head || put_event(skb, record, exe))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
}

/* ---- the family ---- */

/* They hold the seal themselves, for writing. */
static bool is_about_seal(u8 cmd)
{
	return cmd == WD_CMD_SEAL_KEY || cmd == WD_CMD_SEAL || cmd == WD_CMD_SEAL_NONCE ||
	       cmd == WD_CMD_UNSEAL;
}

/* What is not named here changes policy: a new command is refused while sealed. */
static bool is_allowed_sealed(u8 cmd)
{
	return cmd == WD_CMD_INFO || cmd == WD_CMD_AGENT_REGISTER ||
	       cmd == WD_CMD_AGENT_UNREGISTER || cmd == WD_CMD_INODE_ADD ||
	       cmd == WD_CMD_INODE_DEL || cmd == WD_CMD_DEVICE_ADD /* guards more, never less */;
}

static int hold_seal(u8 cmd, struct netlink_ext_ack *extack)
{
	if (is_about_seal(cmd))
		return 0;
	wd_seal_hold();
	/* A release may come while sealed: the agent checked who signed it, and is who it was. */
	if ((cmd == WD_CMD_FILTER_ADD || cmd == WD_CMD_FILTER_DEL || cmd == WD_CMD_INNER_ADD) &&
	    wd_agent_is_current())
		return 0;
	if (is_allowed_sealed(cmd) || !wd_sealed())
		return 0;
	wd_seal_release();
	wd_hooks_seal_refused("command");
	NL_SET_ERR_MSG(extack, "sealed: the publisher must unseal first");
	return -EPERM;
}

static int pre_doit(const wd_genl_doit *ops, struct sk_buff *skb, struct genl_info *info)
{
	int err = may(skb, info->extack);

	if (!err)
		return hold_seal(ops->cmd, info->extack);
	if (ops->cmd != WD_CMD_INFO)
		wd_hooks_policy_refused();
	return err;
}

static void post_doit(const wd_genl_doit *ops, struct sk_buff *skb, struct genl_info *info)
{
	if (!is_about_seal(ops->cmd))
		wd_seal_release();
}

#define COMMAND(name, fn, takes)                                                                   \
	{                                                                                          \
		.cmd = name, .doit = fn, .policy = takes, .maxattr = WD_A_MAX                      \
	}

static const struct genl_ops commands[] = {
	COMMAND(WD_CMD_INFO, do_info, takes_nothing),
	COMMAND(WD_CMD_MODE_SET, do_mode_set, takes_mode),
	COMMAND(WD_CMD_ROOT_ADD, do_root_add, takes_path_mode),
	COMMAND(WD_CMD_ROOT_DEL, do_root_del, takes_root),
	COMMAND(WD_CMD_ROOT_SET, do_root_set, takes_root_mode),
	{
		.cmd = WD_CMD_ROOT_GET,
		.start = dump_start,
		.dumpit = dump_roots,
		.policy = takes_nothing,
		.maxattr = WD_A_MAX,
	},
	COMMAND(WD_CMD_AGENT_REGISTER, do_register, takes_nothing),
	COMMAND(WD_CMD_AGENT_UNREGISTER, do_unregister, takes_nothing),
	COMMAND(WD_CMD_INODE_ADD, do_inode_add, takes_inode),
	COMMAND(WD_CMD_INODE_DEL, do_inode_del, takes_inode),
	COMMAND(WD_CMD_DEVICE_ADD, do_device_add, takes_device),
	COMMAND(WD_CMD_INNER_ADD, do_inner_add, takes_inner),
	COMMAND(WD_CMD_FILTER_ADD, do_filter_add, takes_filter),
	COMMAND(WD_CMD_FILTER_DEL, do_filter_del, takes_filter),
	{
		.cmd = WD_CMD_FILTER_GET,
		.start = dump_start,
		.dumpit = dump_filters,
		.policy = takes_nothing,
		.maxattr = WD_A_MAX,
	},
	COMMAND(WD_CMD_AGENT_KEEPER, do_keeper, takes_nothing),
	COMMAND(WD_CMD_SEAL_KEY, do_seal_key, takes_key),
	COMMAND(WD_CMD_SEAL, do_seal, takes_flags),
	COMMAND(WD_CMD_SEAL_NONCE, do_seal_nonce, takes_nothing),
	COMMAND(WD_CMD_UNSEAL, do_unseal, takes_unseal),
};

static const struct genl_multicast_group groups[] = {
	{.name = WD_GENL_GROUP_EVENTS, WD_MCGRP_CAP},
};

static struct genl_family family = {
	.name = WD_GENL_NAME,
	.version = WD_GENL_VERSION,
	.maxattr = WD_A_MAX,
	.module = THIS_MODULE,
	.ops = commands,
	.n_ops = ARRAY_SIZE(commands),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.pre_doit = pre_doit,
	.post_doit = post_doit,
	.parallel_ops = true, /* scanning a large file system must not hold up other families */
};

int wd_netlink_init(void)
{
	return genl_register_family(&family);
}

void wd_netlink_exit(void)
{
	genl_unregister_family(&family);
}
