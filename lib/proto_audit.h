/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto_audit - what is said of audits (doc/PROTOCOL, "Audits")
 *
 *   agent                                        publisher
 *     AUDIT_REPORT {what, state, body}       ->  by schedule, or as the answer to an order
 *                                            <-  AUDIT_ACK {number}   kept
 *                                            <-  AUDIT_ORDER {order, signature}
 *
 * An order changes a server, so it is signed like a release: the role that speaks to the
 * network cannot make one.
 */
#ifndef WD_PROTO_AUDIT_H
#define WD_PROTO_AUDIT_H

#include "buf.h"
#include "log.h"
#include "sign.h"

#define AUDIT_ORDER_DOMAIN "webdefender audit order v1"
#define AUDIT_BODY_MAX (4u << 20)     /* JSON */
#define AUDIT_PACKED_MAX (512u << 10) /* the same, as it travels */
#define AUDIT_ORDER_MAX (512u << 10)  /* an order, encoded */
#define AUDIT_DATA_MAX (256u << 10)   /* waivers, advisories */
#define AUDIT_CODES_MAX 256
#define AUDIT_ID_MAX 64
#define AUDIT_BASE_MAX 1024
#define AUDIT_HOST_MAX 64
#define AUDIT_ORDER_LIFE 86400 /* seconds an order is good for */

enum audit_what {
	AUDIT_RUN,
	AUDIT_PREVIEW,
	AUDIT_FIX,
	AUDIT_UNDO,
	AUDIT_WAIVERS,	  /* data: a JSON list, replaces what is there */
	AUDIT_ADVISORIES, /* data, key, signature: see lib/advisories.h */
	AUDIT_WHAT_MAX
};
enum audit_state { AUDIT_DONE, AUDIT_REFUSED, AUDIT_FAILED, AUDIT_STATE_MAX };
const char *audit_what_name(uint8_t what);
const char *audit_state_name(uint8_t state);

struct audit_order {
	char host[AUDIT_HOST_MAX];
	uint64_t request;
	int64_t issued; /* s since 1970 */
	uint8_t what;
	char base[AUDIT_BASE_MAX];   /* "" all servers, else an absolute path */
	char codes[AUDIT_CODES_MAX]; /* "" all, else "WT-01,WT-04" */
	char id[AUDIT_ID_MAX];	     /* of a run to undo, "20261122-..." or with "/WT-01" */
	const uint8_t *data;	     /* in place when got */
	size_t n;
	char key[2 * SIGN_KEY_LEN + 1], sig[2 * SIGN_SIG_LEN + 1]; /* hex, or "" */
};

struct msg_audit_order {
	const uint8_t *order; /* audit_order_put(), in place when got */
	size_t n;
	uint8_t sig[SIGN_SIG_LEN];
};

struct msg_audit_report {
	uint64_t number, request;
	uint8_t what, state;
	uint32_t size;	       /* of the body, unpacked */
	const uint8_t *packed; /* zstd, in place when got */
	size_t n;
};

void audit_order_put(struct buf *b, const struct audit_order *o);
void audit_order_get(struct rd *r, struct audit_order *o);
void msg_audit_order_put(struct buf *b, const struct msg_audit_order *m);
void msg_audit_order_get(struct rd *r, struct msg_audit_order *m);
void msg_audit_report_put(struct buf *b, const struct msg_audit_report *m);
void msg_audit_report_get(struct rd *r, struct msg_audit_report *m);

/* The body of a report, NUL behind it; caller frees. NULL: not what it says it is. */
char *audit_unpack(const struct msg_audit_report *m, struct err *err);
/* Sets packed (caller frees), n and size. */
int audit_pack(struct msg_audit_report *m, const char *body, size_t n, struct err *err);

#endif
