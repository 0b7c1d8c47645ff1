// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "keys_seal.h"
#include "roles.h"
#include "seal.h"
#include "sealkey.h"

static uint16_t answer_key(struct keys *k, uint32_t request, struct buf *out)
{
	struct seal_key key;
	struct err err = {""};

	if (sealkey_public(k->seal, &key, &err) ||
	    sign_make(&k->release, SEAL_KEY_DOMAIN, key.der, key.n, key.sig, &err))
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	seal_key_put(out, &key);
	return KEYS_SEAL_KEY_IS;
}

/* Bytes are made here out of typed values: nothing else can be had signed. */
static uint16_t answer_unseal(struct keys *k, uint32_t request, struct rd *r, struct buf *out)
{
	struct seal_statement s;
	uint8_t sig[SEAL_SIG_MAX];
	struct err err = {""};
	size_t n;

	s.seconds = rd_u32(r);
	rd_copy(r, s.boot, sizeof(s.boot));
	rd_copy(r, s.nonce, sizeof(s.nonce));
	rd_str(r, s.host, sizeof(s.host));
	if (!rd_end(r) || !seal_statement_ok(&s) || !host_name_ok(s.host))
		return 0;
	if (sealkey_sign(k->seal, &s, sig, &n, &err))
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	buf_put_blob(out, sig, n);
	return KEYS_UNSEAL_SIGNED;
}

uint16_t keys_seal_answer(struct keys *k, uint16_t type, struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);

	if (type == KEYS_SIGN_UNSEAL)
		return answer_unseal(k, request, r, out);
	return rd_end(r) ? answer_key(k, request, out) : 0;
}
