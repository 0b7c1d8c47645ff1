// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "kernel_line.h"

_Static_assert(SEAL_NONCE_LEN == WD_SEAL_NONCE_LEN && SEAL_HOST_MAX == WD_SEAL_HOST_MAX &&
		       SEAL_DER_MAX == WD_SEAL_KEY_MAX && SEAL_SIG_MAX == WD_SEAL_SIGNATURE_MAX &&
		       SEAL_SECONDS_MAX == WD_UNSEAL_SECONDS_MAX &&
		       sizeof(SEAL_DOMAIN) == sizeof(WD_SEAL_DOMAIN),
	       "lib/seal.h and the module agree");

int kernel_keep(struct kernel *k, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];

	return kernel_talk(k, kernel_command(k, buf, WD_CMD_AGENT_KEEPER, NLM_F_ACK), "a keeper",
			   NULL, NULL, err);
}

int kernel_seal_key(struct kernel *k, const uint8_t *der, size_t n, const char *host,
		    struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_SEAL_KEY, NLM_F_ACK);

	mnl_attr_put(h, WD_A_SEAL_KEY, n, der);
	mnl_attr_put_strz(h, WD_A_HOST, host);
	return kernel_talk(k, h, "the seal key", NULL, NULL, err);
}

int kernel_seal(struct kernel *k, bool without_agent, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_SEAL, NLM_F_ACK);

	if (without_agent)
		mnl_attr_put_u32(h, WD_A_SEAL_FLAGS, WD_SEAL_NO_AGENT);
	return kernel_talk(k, h, "to be sealed", NULL, NULL, err);
}

static void read_nonce(void *arg, const struct attrs *t)
{
	struct kernel_nonce *out = arg;

	attr_bytes(t, WD_A_NONCE, out->nonce, sizeof(out->nonce));
	attr_bytes(t, WD_A_BOOT_ID, out->boot, sizeof(out->boot));
	attr_text(t, WD_A_HOST, out->host, sizeof(out->host));
	out->seconds = attr_uint(t, WD_A_SECONDS);
}

int kernel_seal_nonce(struct kernel *k, struct kernel_nonce *out, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];

	memset(out, 0, sizeof(*out));
	return kernel_talk(k, kernel_command(k, buf, WD_CMD_SEAL_NONCE, NLM_F_ACK), "a nonce",
			   read_nonce, out, err);
}

int kernel_unseal(struct kernel *k, uint32_t seconds, const uint8_t nonce[SEAL_NONCE_LEN],
		  const uint8_t *sig, size_t n, struct err *err)
{
	char buf[KERNEL_REQUEST_MAX];
	struct nlmsghdr *h = kernel_command(k, buf, WD_CMD_UNSEAL, NLM_F_ACK);

	mnl_attr_put_u32(h, WD_A_SECONDS, seconds);
	mnl_attr_put(h, WD_A_NONCE, SEAL_NONCE_LEN, nonce);
	mnl_attr_put(h, WD_A_SIGNATURE, n, sig);
	return kernel_talk(k, h, "to be unsealed", NULL, NULL, err);
}
