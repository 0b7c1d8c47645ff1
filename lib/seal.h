/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal - what publisher, agent and administrators say to each other about sealed mode
 *
 *   statement   what the publisher signs so that one module lets its policy be changed for a
 *               time (UNSEAL in the module's uapi header)
 *   key         the public key for that, itself signed with the release key that the host knows
 *   challenge, response   the same as text, for a host that the network does not reach
 *   MSG_SEAL, MSG_SEALED   over the line:
 *
 *   agent                                             publisher
 *                                                 <-  SEAL_KEY {key}      after each HELLO
 *     SEALED {request 0, state}    at first and    ->
 *                    whenever the state changes
 *                                                 <-  SEAL {request, verb SEAL}
 *     SEALED {request, state}                      ->  or refused, with text
 *                                                 <-  SEAL {request, verb NONCE}
 *     SEALED {request, state, boot, nonce}         ->
 *                                                 <-  SEAL {request, verb UNSEAL, seconds,
 *                                                           nonce, signature}
 *     SEALED {request, state}                      ->
 */
#ifndef WD_SEAL_H
#define WD_SEAL_H

#include "buf.h"
#include "hash.h"
#include "sign.h"

#define SEAL_DOMAIN "WebDefender unseal v1"	  /* of statements; the module's too */
#define SEAL_KEY_DOMAIN "WebDefender seal key v1" /* of the release key's signature over a key */
#define SEAL_NONCE_LEN 32
#define SEAL_BOOT_LEN 16
#define SEAL_HOST_MAX 64
#define SEAL_SECONDS_MAX 86400
#define SEAL_DER_MAX 544 /* RSAPublicKey (RFC 8017 A.1.1) of at most 4096 bits */
#define SEAL_SIG_MAX 512
#define SEAL_TEXT_MAX 1024  /* a challenge or response, without spaces */
#define SEAL_REASON_MAX 512 /* PROTO_TEXT_MAX */

struct seal_statement {
	uint32_t seconds; /* 1..SEAL_SECONDS_MAX */
	uint8_t boot[SEAL_BOOT_LEN], nonce[SEAL_NONCE_LEN];
	char host[SEAL_HOST_MAX]; /* not "" */
};
bool seal_statement_ok(const struct seal_statement *s);
void seal_statement_put(struct buf *b, const struct seal_statement *s); /* what is signed */

struct seal_key {
	uint8_t der[SEAL_DER_MAX];
	size_t n;
	uint8_t sig[SIGN_SIG_LEN]; /* of the release key, SEAL_KEY_DOMAIN, over der */
};
void seal_key_put(struct buf *b, const struct seal_key *k);
void seal_key_get(struct rd *r, struct seal_key *k);
int seal_key_check(const struct seal_key *k, const struct sign_public *release, struct err *err);
void seal_key_digest(const struct seal_key *k, struct hash *out); /* as the module shows it */

struct seal_challenge {
	uint8_t boot[SEAL_BOOT_LEN], nonce[SEAL_NONCE_LEN];
	char host[SEAL_HOST_MAX];
};
struct seal_response {
	uint32_t seconds;
	uint8_t nonce[SEAL_NONCE_LEN], sig[SEAL_SIG_MAX];
	size_t n;
};
/* "wd-challenge:" or "wd-response:" and base64; spaces and line ends in it do not count. */
int seal_challenge_text(const struct seal_challenge *c, char to[SEAL_TEXT_MAX]);
int seal_challenge_parse(const char *text, struct seal_challenge *c, struct err *err);
int seal_response_text(const struct seal_response *a, char to[SEAL_TEXT_MAX]);
int seal_response_parse(const char *text, struct seal_response *a, struct err *err);

enum seal_verb { SEAL_VERB_SEAL, SEAL_VERB_NONCE, SEAL_VERB_UNSEAL, SEAL_VERB_MAX };
/* NONE: no module, or one that cannot; LIFTED: unsealed for `seconds` more. */
enum seal_state { SEAL_NONE, SEAL_OPEN, SEAL_SEALED, SEAL_LIFTED, SEAL_STATE_MAX };
const char *seal_state_name(uint8_t state);

struct msg_seal {
	uint32_t request; /* not 0 */
	uint8_t verb;
	uint32_t seconds; /* UNSEAL */
	uint8_t nonce[SEAL_NONCE_LEN], sig[SEAL_SIG_MAX];
	size_t n; /* of sig; 0 but for UNSEAL */
};
struct msg_sealed {
	uint32_t request; /* 0: told unasked */
	uint8_t state, refused;
	uint32_t seconds;
	uint8_t boot[SEAL_BOOT_LEN], nonce[SEAL_NONCE_LEN]; /* nonce: answer to NONCE, else zeros */
	struct hash key;	    /* digest of the key that the module holds; zeros: none */
	char text[SEAL_REASON_MAX]; /* refused: why */
};
void msg_seal_put(struct buf *b, const struct msg_seal *m);
void msg_seal_get(struct rd *r, struct msg_seal *m);
void msg_sealed_put(struct buf *b, const struct msg_sealed *m);
void msg_sealed_get(struct rd *r, struct msg_sealed *m);

#endif
