/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity - who this host is to the publisher
 *
 * The bundle's certificate serves only to ask for one of our own, whose key is made here and
 * never leaves. Key and certificate are one file, so that one rename switches both.
 */
#ifndef WD_IDENTITY_H
#define WD_IDENTITY_H

#include <stdbool.h>
#include "log.h"
#include "sign.h"
#include "state.h"

struct identity {
	char state[STATE_PATH_MAX];
	char host[64];
	struct sign_public release_key;
	bool own;   /* agent.pem is there */
	bool spare; /* bundle.pem is still there */
	char *key;  /* of the request under way */
};

/* -1, errno ENOENT: not enrolled. */
int identity_open(struct identity *i, const char *state, struct err *err);
void identity_close(struct identity *i);
/* The file to prove oneself with now, holding certificate and key. */
const char *identity_file(const struct identity *i, char to[STATE_PATH_MAX]);
const char *identity_ca(const struct identity *i, char to[STATE_PATH_MAX]);
/* Is it time to ask for a (new) certificate? */
bool identity_due(const struct identity *i);
/* A request for a new key; caller frees. NULL: err. */
char *identity_request(struct identity *i, struct err *err);
/* The answer to it: checked against key and CA, then switched to. */
int identity_accept(struct identity *i, const char *cert, struct err *err);
/* The publisher has taken our own certificate: the bundle's is worth nothing any more. */
void identity_confirmed(struct identity *i);

#endif
