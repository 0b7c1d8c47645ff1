// SPDX-License-Identifier: Apache-2.0
/*
 * nlkinds - each kind of malformed message to webdefender.ko by its name
 *
 * usage: nlkinds
 *
 * Prints "ok malformed-NAME" or "not ok malformed-NAME - why" for each: it must be refused with
 * the right error and the right words. A few never reach the module, for generic netlink itself
 * refuses them, without words: there the error alone is asked for.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "nl.h"

#define ATTRS 4

struct attr {
	unsigned int type;
	unsigned int len;
	const void *data; /* NULL: zeros */
};

struct kind {
	const char *name;
	uint8_t cmd;
	uint16_t flags;
	int err;
	const char *words; /* any of them, with | between; NULL: there are none */
	int cut;	   /* so many bytes more, or fewer, at the end */
	int lie;	   /* the last attribute says this length */
	struct attr attrs[ATTRS];
};

static const uint32_t no_root = 0x7fff0000;
static const uint8_t enforce = WD_MODE_ENFORCE, mode_3 = 3, mode_255 = 255;
static const uint32_t second = 1, two = 2, too_many = WD_UNSEAL_SECONDS_MAX + 1, zero;
static const char path[] = "/nowhere", text[] = "*.log";

#define KIND(n, c, f, e, w, ...)                                                                   \
	{                                                                                          \
		.name = n, .cmd = WD_CMD_##c, .flags = f, .err = e, .words = w, .attrs = {         \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define BENT(n, c, e, w, how, ...)                                                                 \
	{                                                                                          \
		.name = n, .cmd = WD_CMD_##c, .err = e, .words = w, how, .attrs = { __VA_ARGS__ }  \
	}
#define MODE(value)                                                                                \
	{                                                                                          \
		WD_A_MODE, 1, &(value)                                                             \
	}
#define ROOT                                                                                       \
	{                                                                                          \
		WD_A_ROOT, 4, &no_root                                                             \
	}
#define PATH                                                                                       \
	{                                                                                          \
		WD_A_PATH, sizeof(path), path                                                      \
	}
#define INO                                                                                        \
	{                                                                                          \
		WD_A_INO, 8, NULL                                                                  \
	}
#define SECONDS(value)                                                                             \
	{                                                                                          \
		WD_A_SECONDS, 4, &(value)                                                          \
	}
#define NONCE(len)                                                                                 \
	{                                                                                          \
		WD_A_NONCE, len, NULL                                                              \
	}
#define SIGNATURE(len)                                                                             \
	{                                                                                          \
		WD_A_SIGNATURE, len, NULL                                                          \
	}
#define PATTERN                                                                                    \
	{                                                                                          \
		WD_A_PATTERN, sizeof(text), text                                                   \
	}
#define HOST                                                                                       \
	{                                                                                          \
		WD_A_HOST, 2, "h"                                                                  \
	}

#define LENGTH "invalid attribute length"
#define POLICY "failed policy validation"
#define RANGE "integer out of range"
#define SIZE "size out of range"
#define OTHER "Unsupported attribute"
#define REST "bytes leftover"

static const struct kind kinds[] = {
	/* ---- attributes that are none of the command's ---- */
	KIND("unknown-attribute", MODE_SET, 0, EINVAL, "Unknown attribute type", MODE(enforce),
	     {WD_A_MAX + 1, 4, NULL}),
	KIND("far-unknown-attribute", INFO, 0, EINVAL, "Unknown attribute type", {0x3fff, 4, NULL}),
	KIND("another-commands-attribute", MODE_SET, 0, EINVAL, OTHER, MODE(enforce), PATH),
	KIND("answers-attribute", INFO, 0, EINVAL, OTHER, {WD_A_VERSION, 2, "1"}),
	KIND("padding-attribute", INFO, 0, EINVAL, OTHER, {WD_A_PAD, 0, NULL}),
	KIND("attribute-of-type-0", INFO, 0, EINVAL, "Unsupported attribute|Unknown attribute",
	     {0, 4, NULL}),
	KIND("attribute-to-a-dump", ROOT_GET, NLM_F_DUMP, EINVAL, OTHER, PATH),
	KIND("attribute-to-the-other-dump", FILTER_GET, NLM_F_DUMP, EINVAL, OTHER, ROOT),
	KIND("nested-flag", ROOT_DEL, 0, EINVAL, "NLA_F_NESTED",
	     {WD_A_ROOT | NLA_F_NESTED, 4, &no_root}),
	/* ---- lengths ---- */
	KIND("number-empty", ROOT_DEL, 0, EINVAL, LENGTH, {WD_A_ROOT, 0, NULL}),
	KIND("number-short", ROOT_DEL, 0, EINVAL, LENGTH, {WD_A_ROOT, 3, NULL}),
	KIND("number-long", ROOT_DEL, 0, EINVAL, LENGTH, {WD_A_ROOT, 8, NULL}),
	KIND("mode-of-four-bytes", MODE_SET, 0, EINVAL, LENGTH, {WD_A_MODE, 4, NULL}),
	KIND("inode-of-four-bytes", INODE_ADD, 0, EINVAL, LENGTH, ROOT, {WD_A_INO, 4, NULL}),
	KIND("device-of-four-bytes", DEVICE_ADD, 0, EINVAL, LENGTH, ROOT, {WD_A_DEV, 4, NULL}),
	KIND("seconds-of-two-bytes", UNSEAL, 0, EINVAL, LENGTH, {WD_A_SECONDS, 2, NULL}),
	KIND("flags-of-one-byte", SEAL, 0, EINVAL, LENGTH, {WD_A_SEAL_FLAGS, 1, NULL}),
	KIND("nonce-short", UNSEAL, 0, ERANGE, SIZE, SECONDS(second), NONCE(31), SIGNATURE(256)),
	KIND("nonce-long", UNSEAL, 0, ERANGE, SIZE, SECONDS(second), NONCE(33), SIGNATURE(256)),
	KIND("signature-long", UNSEAL, 0, ERANGE, POLICY, SECONDS(second), NONCE(32),
	     SIGNATURE(513)),
	KIND("key-long", SEAL_KEY, 0, ERANGE, POLICY, {WD_A_SEAL_KEY, WD_SEAL_KEY_MAX + 1, NULL},
	     HOST),
	/* ---- texts ---- */
	KIND("path-without-end", ROOT_ADD, 0, EINVAL, POLICY, {WD_A_PATH, sizeof(path) - 1, path}),
	KIND("path-empty-attribute", ROOT_ADD, 0, EINVAL, POLICY, {WD_A_PATH, 0, NULL}),
	KIND("path-empty", ROOT_ADD, 0, EINVAL, "must be absolute", {WD_A_PATH, 1, ""}),
	KIND("path-relative", ROOT_ADD, 0, EINVAL, "must be absolute", {WD_A_PATH, 5, "home"}),
	KIND("path-long", ROOT_ADD, 0, ERANGE, POLICY, {WD_A_PATH, WD_PATH_MAX + 1, NULL}),
	KIND("host-without-end", SEAL_KEY, 0, EINVAL, POLICY, {WD_A_SEAL_KEY, 9, NULL},
	     {WD_A_HOST, 1, "h"}),
	KIND("filter-without-end", FILTER_ADD, 0, EINVAL, POLICY, ROOT, {WD_A_PATTERN, 5, text}),
	/* ---- values ---- */
	KIND("mode-3", MODE_SET, 0, ERANGE, RANGE, MODE(mode_3)),
	KIND("mode-255", ROOT_SET, 0, ERANGE, RANGE, ROOT, MODE(mode_255)),
	KIND("mode-3-of-a-new-root", ROOT_ADD, 0, ERANGE, RANGE, PATH, MODE(mode_3)),
	KIND("seconds-none", UNSEAL, 0, ERANGE, RANGE, SECONDS(zero), NONCE(32), SIGNATURE(256)),
	KIND("seconds-many", UNSEAL, 0, ERANGE, RANGE, SECONDS(too_many), NONCE(32),
	     SIGNATURE(256)),
	KIND("seal-flag-unknown", SEAL, 0, EINVAL, "reserved bit set", {WD_A_SEAL_FLAGS, 4, &two}),
	KIND("root-of-no-number", ROOT_DEL, 0, ENOENT, "there is no root of this number", ROOT),
	KIND("set-of-no-number", ROOT_SET, 0, ENOENT, "there is no root of this number", ROOT,
	     MODE(enforce)),
	KIND("inode-of-no-root", INODE_ADD, 0, ENOENT, "there is no root of this number", ROOT,
	     INO),
	KIND("inode-gone-of-no-root", INODE_DEL, 0, ENOENT, "there is no root of this number", ROOT,
	     INO),
	KIND("device-of-no-root", DEVICE_ADD, 0, ENOENT, "there is no root of this number", ROOT,
	     {WD_A_DEV, 8, NULL}),
	KIND("filter-of-no-root", FILTER_ADD, 0, ENOENT, "there is no root of this number", ROOT,
	     PATTERN),
	KIND("filter-gone-of-no-root", FILTER_DEL, 0, ENOENT, "there is no root of this number",
	     ROOT, PATTERN),
	KIND("path-of-nothing", ROOT_ADD, 0, ENOENT, "there is no such directory", PATH),
	KIND("key-that-is-none", SEAL_KEY, 0, EINVAL, "this is no RSAPublicKey",
	     {WD_A_SEAL_KEY, 64, NULL}, HOST),
	KIND("nonce-while-unsealed", SEAL_NONCE, 0, EINVAL, "it is not sealed"),
	KIND("unseal-while-unsealed", UNSEAL, 0, EINVAL, "it is not sealed", SECONDS(second),
	     NONCE(32), SIGNATURE(256)),
	KIND("seal-without-key", SEAL, 0, ENOKEY, "no key was given"),
	KIND("unregister-of-a-stranger", AGENT_UNREGISTER, 0, EPERM,
	     "the caller is not the registered agent"),
	/* ---- what is missing ---- */
	KIND("no-mode", MODE_SET, 0, EINVAL, "the mode is missing"),
	KIND("no-path", ROOT_ADD, 0, EINVAL, "the path is missing", MODE(enforce)),
	KIND("no-root-to-remove", ROOT_DEL, 0, EINVAL, "the number of the root is missing"),
	KIND("no-root-to-set", ROOT_SET, 0, EINVAL, "the number of the root is missing",
	     MODE(enforce)),
	KIND("no-mode-to-set", ROOT_SET, 0, EINVAL, "the mode is missing", ROOT),
	KIND("no-inode", INODE_ADD, 0, EINVAL, "the inode number is missing", ROOT),
	KIND("no-root-of-the-inode", INODE_DEL, 0, EINVAL, "the number of the root is missing",
	     INO),
	KIND("no-device", DEVICE_ADD, 0, EINVAL, "the device is missing", ROOT),
	KIND("no-filter", FILTER_ADD, 0, EINVAL, "the filter is missing", ROOT),
	KIND("no-root-of-the-filter", FILTER_DEL, 0, EINVAL, "the number of the root is missing",
	     PATTERN),
	KIND("no-key", SEAL_KEY, 0, EINVAL, "the key is missing", HOST),
	KIND("no-host", SEAL_KEY, 0, EINVAL, "the host name is missing", {WD_A_SEAL_KEY, 64, NULL}),
	KIND("no-nonce", UNSEAL, 0, EINVAL, "the nonce is missing", SECONDS(second),
	     SIGNATURE(256)),
	KIND("no-seconds", UNSEAL, 0, EINVAL, "the seconds are missing", NONCE(32), SIGNATURE(256)),
	KIND("no-signature", UNSEAL, 0, EINVAL, "the signature is missing", SECONDS(second),
	     NONCE(32)),
	/* ---- the message itself ---- */
	BENT("attribute-shorter-than-its-head", ROOT_DEL, EINVAL, REST, .lie = 3, ROOT),
	BENT("attribute-longer-than-the-message", ROOT_DEL, EINVAL, REST, .lie = 200, ROOT),
	BENT("bytes-behind-the-attributes", INFO, EINVAL, REST, .cut = 3),
	BENT("attribute-cut", ROOT_DEL, EINVAL, REST, .cut = -2, ROOT),
	BENT("head-cut", INFO, EINVAL, NULL, .cut = -2),
	KIND("no-command", UNSPEC, 0, EOPNOTSUPP, NULL),
	KIND("command-of-the-future", MAX + 1, 0, EOPNOTSUPP, NULL),
	KIND("event-sent-by-us", EVENT, 0, EOPNOTSUPP, NULL),
	KIND("dump-of-what-is-no-list", MODE_SET, NLM_F_DUMP, EOPNOTSUPP, NULL, MODE(enforce)),
	KIND("list-without-dump", ROOT_GET, 0, EOPNOTSUPP, NULL),
};

static void make(struct nl_message *m, const struct kind *k)
{
	static const unsigned char zeros[WD_PATH_MAX + 1];
	struct nlattr *last = NULL;
	unsigned int i;

	nl_start(m, k->cmd, k->flags | NLM_F_ACK);
	for (i = 0; i < ATTRS && (k->attrs[i].type || k->attrs[i].len); i++) {
		last = (void *)((char *)m + m->n.nlmsg_len);
		nl_add(m, k->attrs[i].type, k->attrs[i].data ? k->attrs[i].data : zeros,
		       k->attrs[i].len);
	}
	if (k->lie && last)
		last->nla_len = k->lie;
	if (k->cut > 0)
		memset((char *)m + m->n.nlmsg_len, 0, k->cut);
	m->n.nlmsg_len += k->cut;
}

/* One of several, with | between. */
static bool says(const char *said, const char *words)
{
	while (words) {
		const char *end = strchr(words, '|');
		char one[128];

		snprintf(one, sizeof(one), "%.*s", end ? (int)(end - words) : (int)strlen(words),
			 words);
		if (strstr(said, one))
			return true;
		words = end ? end + 1 : NULL;
	}
	return false;
}

int main(void)
{
	unsigned int failed = 0;
	struct nl_message m;
	size_t i;

	nl_open("nlkinds");
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct kind *k = &kinds[i];
		int err;

		make(&m, k);
		err = nl_talk(&m);
		if (err == k->err && (!k->words || says(nl_words(), k->words))) {
			printf("ok malformed-%s\n", k->name);
			continue;
		}
		failed++;
		printf("not ok malformed-%s - %s: '%s', and not %s: '%s'\n", k->name, strerror(err),
		       nl_words(), strerror(k->err), k->words ? k->words : "");
	}
	return failed ? 1 : 0;
}
