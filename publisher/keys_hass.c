// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "hassmsg.h"
#include "keys_hass.h"
#include "roles.h"

#define DOMAIN "wdhass1" /* doc/PROTOCOL.serial; 7 bytes, then the letter, then the nonce */
#define DOMAIN_LEN 7

static int make_box(const struct keys *k, struct msg_hass_box *m, struct err *err)
{
	struct box_secret secret;
	int bad =
		box_derive(&k->release, &secret, err) || box_public_of(&secret, &m->key, err) ||
		sign_make(&k->release, HASSMSG_BOX_DOMAIN, m->key.b, sizeof(m->key.b), m->sig, err);

	box_wipe(&secret);
	return bad ? -1 : 0;
}

/* The name is bound into the seal: one host's key does not open as another's. */
static int make_mac(const struct keys *k, const char *host, const uint8_t *sealed,
		    struct msg_hass_mac *m, struct err *err)
{
	uint8_t message[DOMAIN_LEN + 1 + HASSMSG_NONCE], key[HASSMSG_KEY];
	struct box_secret secret;
	unsigned int n = 0;
	int bad;

	memcpy(message, DOMAIN, DOMAIN_LEN);
	message[DOMAIN_LEN] = m->letter;
	memcpy(message + DOMAIN_LEN + 1, m->nonce, HASSMSG_NONCE);
	bad = box_derive(&k->release, &secret, err) ||
	      box_open(&secret, HASSMSG_KEY_DOMAIN, host, sealed, HASSMSG_SEALED, key, err);
	if (!bad && !HMAC(EVP_sha1(), key, sizeof(key), message, sizeof(message), m->mac, &n))
		bad = err_set(err, "HMAC-SHA-1 is not to be had");
	explicit_bzero(key, sizeof(key));
	box_wipe(&secret);
	return bad ? -1 : 0;
}

static uint16_t answer_box(struct keys *k, uint32_t request, struct buf *out)
{
	struct msg_hass_box m;
	struct err err = {""};

	if (make_box(k, &m, &err))
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	msg_hass_box_put(out, &m);
	return KEYS_HASS_BOXED;
}

static uint16_t answer_mac(struct keys *k, uint32_t request, struct rd *r, struct buf *out)
{
	struct msg_hass_mac m;
	char host[HOST_NAME_MAX_WD];
	const uint8_t *sealed;
	struct err err = {""};
	size_t n;

	rd_str(r, host, sizeof(host));
	m.letter = rd_u8(r);
	rd_copy(r, m.nonce, sizeof(m.nonce));
	sealed = rd_blob(r, HASSMSG_SEALED, &n);
	if (!rd_end(r) || n != HASSMSG_SEALED || !host_name_ok(host) ||
	    (m.letter != HASSMSG_VOUCH && m.letter != HASSMSG_CUT))
		return 0;
	if (make_mac(k, host, sealed, &m, &err))
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	msg_hass_mac_put(out, &m);
	return KEYS_HASS_MADE;
}

uint16_t keys_hass_answer(struct keys *k, uint16_t type, struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);

	if (type == KEYS_HASS_MAC)
		return answer_mac(k, request, r, out);
	return rd_end(r) ? answer_box(k, request, out) : 0;
}
