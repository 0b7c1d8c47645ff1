// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "conf.h"
#include "filter.h"
#include "kernel_line.h"

_Static_assert(MODE_OFF == (int)WD_MODE_OFF && MODE_AUDIT == (int)WD_MODE_AUDIT &&
		       MODE_ENFORCE == (int)WD_MODE_ENFORCE,
	       "modes are the same numbers everywhere");
_Static_assert(FILTER_MAX == WD_FILTER_MAX && FILTERS_MAX == WD_FILTERS_MAX,
	       "what a release may say fits the module");

static void get_boot_id(const struct attrs *t, char to[33])
{
	const struct nlattr *at = t->v[WD_A_BOOT_ID];
	const uint8_t *b = at ? mnl_attr_get_payload(at) : NULL;

	to[0] = '\0';
	if (!at || mnl_attr_get_payload_len(at) != 16)
		return;
	for (int i = 0; i < 16; i++)
		snprintf(to + 2 * i, 3, "%02x", b[i]);
}

void kernel_read_info(void *arg, const struct attrs *t)
{
	struct kernel_info *i = arg;

	attr_text(t, WD_A_VERSION, i->version, sizeof(i->version));
	get_boot_id(t, i->boot_id);
	i->mode = attr_uint(t, WD_A_MODE);
	i->sealed = attr_uint(t, WD_A_SEALED);
	i->agent_pid = attr_uint(t, WD_A_AGENT_PID);
	i->seq = attr_uint(t, WD_A_SEQ);
	i->dropped = attr_uint(t, WD_A_DROPPED);
	i->armed_dirty = attr_uint(t, WD_A_ARMED_DIRTY);
	i->hooks = attr_uint(t, WD_A_HOOKS);
	attr_text(t, WD_A_HOOKS_MISSING, i->hooks_missing, sizeof(i->hooks_missing));
	i->keeper_pid = attr_uint(t, WD_A_KEEPER_PID);
	i->seal_seconds = attr_uint(t, WD_A_SECONDS);
	attr_bytes(t, WD_A_SEAL_KEY, i->seal_key.b, HASH_LEN);
}

int kernel_info(struct kernel *k, struct kernel_info *out, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];

	memset(out, 0, sizeof(*out));
	return kernel_talk(k, kernel_command(k, buf, WD_CMD_INFO, NLM_F_ACK), "its state",
			   kernel_read_info, out, err);
}

int kernel_set_default(struct kernel *k, uint8_t mode, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_MODE_SET, NLM_F_ACK);

	mnl_attr_put_u8(h, WD_A_MODE, mode);
	return kernel_talk(k, h, "the mode", NULL, NULL, err);
}

static void read_number(void *arg, const struct attrs *t)
{
	*(uint32_t *)arg = attr_uint(t, WD_A_ROOT);
}

int kernel_root_add(struct kernel *k, const char *path, int mode, uint32_t *number, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX], what[300];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_ROOT_ADD, NLM_F_ACK);

	if (strlen(path) >= WD_PATH_MAX) {
		errno = ENAMETOOLONG;
		return err_sys(err, "%.100s...", path);
	}
	mnl_attr_put_strz(h, WD_A_PATH, path);
	if (mode >= 0)
		mnl_attr_put_u8(h, WD_A_MODE, mode);
	snprintf(what, sizeof(what), "to protect %.250s", path);
	return kernel_talk(k, h, what, read_number, number, err);
}

int kernel_root_del(struct kernel *k, uint32_t number, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_ROOT_DEL, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	return kernel_talk(k, h, "to drop the root", NULL, NULL, err);
}

int kernel_root_set(struct kernel *k, uint32_t number, uint8_t mode, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_ROOT_SET, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_u8(h, WD_A_MODE, mode);
	return kernel_talk(k, h, "the root's mode", NULL, NULL, err);
}

struct root_reader {
	void (*each)(void *arg, const struct kernel_root *r);
	void *arg;
};

static void read_root(void *arg, const struct attrs *t)
{
	struct root_reader *reader = arg;
	struct kernel_root r;

	memset(&r, 0, sizeof(r));
	r.number = attr_uint(t, WD_A_ROOT);
	attr_text(t, WD_A_PATH, r.path, sizeof(r.path));
	r.mode = attr_uint(t, WD_A_MODE);
	r.dev = attr_uint(t, WD_A_DEV);
	r.ino = attr_uint(t, WD_A_INO);
	r.denied = attr_uint(t, WD_A_DENIED);
	r.reported = attr_uint(t, WD_A_REPORTED);
	r.armed_dirty = attr_uint(t, WD_A_ARMED_DIRTY);
	r.layers = attr_uint(t, WD_A_LAYERS);
	r.layers_missed = attr_uint(t, WD_A_LAYERS_MISSED);
	reader->each(reader->arg, &r);
}

int kernel_roots(struct kernel *k, void (*each)(void *arg, const struct kernel_root *r), void *arg,
		 struct err *err)
{
	struct root_reader reader = {each, arg};
	char buf[KERNEL_REQUEST_MAX];

	return kernel_talk(k, kernel_command(k, buf, WD_CMD_ROOT_GET, NLM_F_DUMP), "its roots",
			   read_root, &reader, err);
}

struct root_search {
	const char *path;
	struct kernel_root *out;
	bool found;
};

static void match_root(void *arg, const struct kernel_root *r)
{
	struct root_search *s = arg;

	if (strcmp(r->path, s->path))
		return;
	*s->out = *r;
	s->found = true;
}

int kernel_root_find(struct kernel *k, const char *path, struct kernel_root *out, struct err *err)
{
	struct root_search s = {path, out, false};

	if (kernel_roots(k, match_root, &s, err))
		return -1;
	if (s.found)
		return 0;
	errno = ENOENT;
	return err_set(err, "%.300s is not a protected root", path);
}

static void read_mount_only(void *arg, const struct attrs *t)
{
	*(bool *)arg = attr_uint(t, WD_A_FLAGS) & WD_INNER_MOUNT_ONLY;
}

int kernel_inner_add(struct kernel *k, uint32_t number, const char *path, bool *mount_only,
		     struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_INNER_ADD, NLM_F_ACK);

	if (strlen(path) >= WD_PATH_MAX) {
		errno = ENAMETOOLONG;
		return err_sys(err, "%.100s...", path);
	}
	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_strz(h, WD_A_PATH, path);
	if (*mount_only)
		mnl_attr_put_u32(h, WD_A_FLAGS, WD_INNER_MOUNT_ONLY);
	return kernel_talk(k, h, path, read_mount_only, mount_only, err);
}

int kernel_device_add(struct kernel *k, uint32_t number, dev_t dev, bool is_char, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_DEVICE_ADD, NLM_F_ACK);
	uint64_t low = minor(dev) & 0xff, high = minor(dev) & ~0xffu;

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_u64(h, WD_A_DEV, low | (uint64_t)major(dev) << 8 | high << 12);
	if (is_char)
		mnl_attr_put_u32(h, WD_A_FLAGS, WD_DEVICE_CHAR);
	return kernel_talk(k, h, "a device below the root", NULL, NULL, err);
}

int kernel_inode_add(struct kernel *k, uint32_t number, uint64_t ino, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_INODE_ADD, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_u64(h, WD_A_INO, ino);
	return kernel_talk(k, h, "a file with several names", NULL, NULL, err);
}

static int change_filter(struct kernel *k, enum wd_cmd cmd, uint32_t number, const char *text,
			 struct err *err)
{
	char buf[KERNEL_REQUEST_MAX], what[300];
	struct nlmsghdr *h = kernel_command(k, buf, cmd, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_ROOT, number);
	mnl_attr_put_strz(h, WD_A_PATTERN, text);
	snprintf(what, sizeof(what), "the filter %.250s", text);
	return kernel_talk(k, h, what, NULL, NULL, err);
}

int kernel_filter_add(struct kernel *k, uint32_t number, const char *text, struct err *err)
{
	if (filter_check(text, err)) {
		errno = EINVAL;
		return -1;
	}
	return change_filter(k, WD_CMD_FILTER_ADD, number, text, err);
}

int kernel_filter_del(struct kernel *k, uint32_t number, const char *text, struct err *err)
{
	if (strlen(text) >= WD_FILTER_MAX) {
		errno = ENOENT;
		return err_set(err, "there is no such filter");
	}
	return change_filter(k, WD_CMD_FILTER_DEL, number, text, err);
}

struct filter_reader {
	void (*each)(void *arg, uint32_t number, const char *text);
	void *arg;
};

static void read_filter(void *arg, const struct attrs *t)
{
	struct filter_reader *reader = arg;
	char text[WD_FILTER_MAX];

	attr_text(t, WD_A_PATTERN, text, sizeof(text));
	reader->each(reader->arg, attr_uint(t, WD_A_ROOT), text);
}

int kernel_filters(struct kernel *k, void (*each)(void *arg, uint32_t number, const char *text),
		   void *arg, struct err *err)
{
	struct filter_reader reader = {each, arg};
	char buf[KERNEL_REQUEST_MAX];

	return kernel_talk(k, kernel_command(k, buf, WD_CMD_FILTER_GET, NLM_F_DUMP), "its filters",
			   read_filter, &reader, err);
}

int kernel_register(struct kernel *k, uint64_t *seq, struct err *err)
{
	struct kernel_info i;
	char buf[KERNEL_REQUEST_MAX];

	memset(&i, 0, sizeof(i));
	if (kernel_talk(k, kernel_command(k, buf, WD_CMD_AGENT_REGISTER, NLM_F_ACK), "to register",
			kernel_read_info, &i, err))
		return -1;
	*seq = i.seq;
	return 0;
}
