// SPDX-License-Identifier: Apache-2.0
/* faultseal.c - giving a key, and the commands of a sealed module, whose allocations fail */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "faultmod.h"
#include "faults.h"
#include "nl.h"

static int give_key(void)
{
	struct nl_message m;
	char der[WD_SEAL_KEY_MAX];
	int fd = open(key_file, O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, der, sizeof(der));

	close(fd);
	nl_start(&m, WD_CMD_SEAL_KEY, NLM_F_ACK);
	nl_add(&m, WD_A_SEAL_KEY, der, len > 0 ? len : 0);
	nl_add(&m, WD_A_HOST, "web1", 5);
	return nl_talk(&m);
}

static bool sealed(void)
{
	return !info() && nl_answer(0, WD_A_SEALED);
}

/* Once it is, what comes is refused. */
static bool was_sealed;

static void note_sealed(void)
{
	was_sealed = sealed();
}

static int seal(void)
{
	uint32_t flags = 0;

	return command(WD_CMD_SEAL, WD_A_SEAL_FLAGS, &flags, 4);
}

static void check_seal(int err, unsigned int n)
{
	bool is = sealed();

	if (was_sealed && (!err || !is))
		problem("sealed a second time", n);
	if (!was_sealed && err && err != ENOBUFS && is)
		problem("sealed, and said that it was refused", n);
	if (!err && !is)
		problem("not sealed, and said that it was", n);
}

/* Forged: whatever fails on the way, it is never taken. */
static int unseal(void)
{
	static const unsigned char zeros[256];
	uint32_t seconds = 60;
	unsigned char nonce[WD_SEAL_NONCE_LEN];
	struct nl_message m;

	if (command(WD_CMD_SEAL_NONCE, 0, NULL, 0) || nl_bytes(0, WD_A_NONCE, nonce, sizeof(nonce)))
		return ENOMEM;
	nl_start(&m, WD_CMD_UNSEAL, NLM_F_ACK);
	nl_add(&m, WD_A_SECONDS, &seconds, 4);
	nl_add(&m, WD_A_NONCE, nonce, sizeof(nonce));
	nl_add(&m, WD_A_SIGNATURE, zeros, sizeof(zeros));
	return nl_talk(&m);
}

static void check_sealed(int err, unsigned int n)
{
	if (!err || !sealed())
		problem("a forged signature unsealed", n);
}

static int loosen(void)
{
	return set_mode(WD_MODE_OFF);
}

static void check_not_loosened(int err, unsigned int n)
{
	if (!err)
		problem("sealed, and the mode was set", n);
	if (!guarded())
		problem("sealed, it does not guard any more", n);
}

static const struct scene in_seal[] = {
	{"sealing", note_sealed, seal, check_seal},
	{"unsealing with a forged signature", NULL, unseal, check_sealed},
	{"the mode while sealed", NULL, loosen, check_not_loosened},
};

static const struct scene key_scene = {"giving a key", NULL, give_key, NULL};

void play_key(const char *file)
{
	key_file = file;
	play(&key_scene);
}

void play_sealed(const char *root_dir, const char *file)
{
	dir = root_dir;
	play_key(file);
	with_root();
	command(WD_CMD_AGENT_REGISTER, 0, NULL, 0);
	PLAY_ALL(in_seal);
}
