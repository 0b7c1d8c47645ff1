// SPDX-License-Identifier: Apache-2.0
/* input.c - see input.h */
#include "input.h"

#include <linux/netlink.h>
#include <string.h>

#include "webdefender.h"

/* ---- right ones ---- */

static void attr(struct step *s, unsigned int type, const void *data, size_t len)
{
	struct nlattr a = {.nla_len = NLA_HDRLEN + len, .nla_type = type};

	if (s->len + NLA_HDRLEN + NLA_ALIGN(len) > STEP_ROOM)
		return;
	memset(s->bytes + s->len, 0, NLA_HDRLEN + NLA_ALIGN(len));
	memcpy(s->bytes + s->len, &a, sizeof(a));
	memcpy(s->bytes + s->len + NLA_HDRLEN, data, len);
	s->len += NLA_HDRLEN + NLA_ALIGN(len);
}

static struct step *message(struct input *in, uint8_t cmd)
{
	struct step *s = &in->step[in->count++];

	*s = (struct step){.kind = STEP_MESSAGE, .a = cmd};
	s->b = cmd == WD_CMD_ROOT_GET || cmd == WD_CMD_FILTER_GET;
	return s;
}

static void text(struct step *s, unsigned int type, const char *t)
{
	attr(s, type, t, strlen(t) + 1);
}

/* Numbers of roots are the how many-th, see run_message(). */
static void add_root_of(struct step *s)
{
	uint32_t first = 0;

	attr(s, WD_A_ROOT, &first, 4);
}

static void mode_of(struct step *s, uint8_t mode)
{
	attr(s, WD_A_MODE, &mode, 1);
}

static void with_root(struct input *in, const char *path)
{
	text(message(in, WD_CMD_ROOT_ADD), WD_A_PATH, path);
}

static void seed_message(struct input *in, uint8_t cmd, const char *key, size_t key_len)
{
	static const uint8_t zeros[256];
	static const char *const filters[] = {"b/", "*.log", "a/*.mdb", "x?y*"};
	uint64_t number = 4242;
	uint32_t flags = 0, seconds = 60;
	struct step *s;

	if (cmd == WD_CMD_ROOT_ADD)
		return with_root(in, "/l");
	with_root(in, "/a");
	s = message(in, cmd);
	switch (cmd) {
	case WD_CMD_MODE_SET:
		return mode_of(s, WD_MODE_AUDIT);
	case WD_CMD_ROOT_SET:
		mode_of(s, WD_MODE_OFF);
		return add_root_of(s);
	case WD_CMD_ROOT_DEL:
		return add_root_of(s);
	case WD_CMD_INODE_ADD:
	case WD_CMD_INODE_DEL:
		attr(s, WD_A_INO, &number, 8);
		return add_root_of(s);
	case WD_CMD_DEVICE_ADD:
		attr(s, WD_A_DEV, &number, 8);
		return add_root_of(s);
	case WD_CMD_FILTER_ADD:
	case WD_CMD_FILTER_DEL:
		text(s, WD_A_PATTERN, filters[chance(4)]);
		return add_root_of(s);
	case WD_CMD_SEAL:
		return attr(s, WD_A_SEAL_FLAGS, &flags, 4);
	case WD_CMD_SEAL_KEY:
		attr(s, WD_A_SEAL_KEY, key_len ? key : "0", key_len ? key_len : 1);
		/* Cut: the right one is taken once only, and nothing is looked at afterwards. */
		s->bytes[NLA_HDRLEN + chance(8)] ^= 1;
		return text(s, WD_A_HOST, "host");
	case WD_CMD_UNSEAL:
		attr(s, WD_A_SECONDS, &seconds, 4);
		attr(s, WD_A_NONCE, zeros, WD_SEAL_NONCE_LEN);
		return attr(s, WD_A_SIGNATURE, zeros, sizeof(zeros));
	}
}

static void say(struct step *s, const char *t)
{
	s->len = strlen(t);
	memcpy(s->bytes, t, s->len);
}

/*
 * Behind the commands: reading and writing each file of sysfs, then each operation on files.
 * Several in one input: adding its root is what takes most of the time.
 */
#define TOGETHER (INPUT_STEPS - 1)
#define FILES 64

static void seed_other(struct input *in, unsigned int n)
{
	static const char *const words[] = {"off", "audit\n", "0", "1\n", "+b/", "-b/\n", "+*.log"};
	struct step *s = &in->step[in->count++];
	bool sysfs = n < 2 * FILES;

	*s = (struct step){.kind = sysfs ? STEP_SYSFS : STEP_FILE, .a = n / 2 % FILES, .b = n % 2};
	if (sysfs)
		say(s, words[chance(7)]);
}

bool input_seed(struct input *in, unsigned int i, const char *key, size_t key_len)
{
	unsigned int n;

	in->count = 0;
	if (i < WD_CMD_MAX) {
		seed_message(in, i + 1, key, key_len);
		return true;
	}
	n = (i - WD_CMD_MAX) * TOGETHER;
	with_root(in, "/a");
	while (in->count < INPUT_STEPS)
		seed_other(in, n++);
	return n <= 2 * FILES + 2 * 16 + TOGETHER;
}

/* ---- varied ---- */

static void flip(struct step *s)
{
	if (s->len)
		s->bytes[chance(s->len)] ^= 1u << chance(8);
}

static void set(struct step *s)
{
	static const unsigned char odd[] = {0,	  1,	2,    3,   4,	5,   8,
					    0x7f, 0x80, 0xff, '/', '.', '*', '\n'};

	if (s->len)
		s->bytes[chance(s->len)] = odd[chance(sizeof(odd))];
}

static void cut(struct step *s)
{
	unsigned int at = s->len ? chance(s->len) : 0, n = s->len ? 1 + chance(s->len - at) : 0;

	memmove(s->bytes + at, s->bytes + at + n, s->len - at - n);
	s->len -= n;
}

static void grow(struct step *s, const struct step *from)
{
	unsigned int at = chance(s->len + 1), n = from->len ? 1 + chance(from->len) : 0;

	if (s->len + n > STEP_ROOM)
		return;
	memmove(s->bytes + at + n, s->bytes + at, s->len - at);
	memcpy(s->bytes + at, from->bytes, n);
	s->len += n;
}

static void add_likely(struct step *s)
{
	static const char *const texts[] = {
		"/",  "/a",    "/a/b",	"/c",	    "/l",   "/l/b",   "/a/../c",
		"//", "b/",    "*.log", "b/*.x",    "*",    "?a*b?c", "x/y/z.t",
		"",   "/none", "b",	"*a*a*a*a", "../a", "h",      "audit"};
	uint64_t number = chance(2) ? chance(4) : 1ull << chance(64);

	switch (chance(6)) {
	case 0:
		return text(s, chance(2) ? WD_A_PATH : WD_A_PATTERN, texts[chance(21)]);
	case 1:
		return text(s, chance(WD_A_MAX + 2), texts[chance(21)]);
	case 2:
		return add_root_of(s);
	case 3:
		return mode_of(s, chance(4));
	default:
		return attr(s, chance(WD_A_MAX + 2), &number, 1u << chance(4));
	}
}

static void vary_step(struct step *s, const struct step *other)
{
	switch (chance(9)) {
	case 0:
		return flip(s);
	case 1:
		return set(s);
	case 2:
		return cut(s);
	case 3:
		return grow(s, other);
	case 4:
		s->a = chance(4) ? s->a + chance(5) - 2 : chance(256);
		return;
	case 5:
		s->b ^= 1u << chance(8);
		return;
	default:
		/* A text alone is no attribute: most of them are made of them. */
		if (s->kind == STEP_MESSAGE)
			return add_likely(s);
		return set(s);
	}
}

void input_vary(struct input *in, const struct input *other)
{
	unsigned int n = 1 + chance(4);

	while (n--) {
		const struct step *from = &other->step[chance(other->count)];
		unsigned int at = chance(in->count);

		switch (chance(6)) {
		case 0:
			if (in->count < INPUT_STEPS)
				in->step[in->count++] = *from;
			break;
		case 1:
			if (in->count > 1) {
				memmove(&in->step[at], &in->step[at + 1],
					(in->count - at - 1) * sizeof(*from));
				in->count--;
			}
			break;
		case 2:
			in->step[at] = *from;
			break;
		default:
			vary_step(&in->step[at], from);
		}
	}
}
