/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto - what agent and publisher say to each other (doc/PROTOCOL)
 *
 * Over TLS 1.3 with both ends proven (tls.h), framed by chan.h, either side having
 * opened the connection. The agent speaks first:
 *
 *   agent                                        publisher
 *     HELLO {who, what is applied}           ->
 *                                            <-  WELCOME        or BYE {reason}
 *     CERT_REQUEST {csr}    (first time, or   ->
 *                       two thirds expired)  <-  CERT {pem}     then the agent reconnects
 *                                            <-  RELEASE        now, and when there is a new one
 *     PROGRESS {fetching}                    ->
 *     GET {objects the vault lacks}          ->
 *                                            <-  OBJECT* | OBJECT_MISSING  for each
 *     PROGRESS {applied | refused, why}      ->
 *     EVENT (again after a reconnect,         ->
 *            until acknowledged)             <-  EVENT_ACK
 *     EVIDENCE (pieces, in order)            ->
 *                                            <-  EVIDENCE_ACK {bytes kept}
 *     BEAT every WELCOME.beat seconds        ->
 *                                            <-  BEAT_ACK        three missed: an alarm
 *                                            <-  VERIFY {site}   check the whole tree now
 *     VERIFIED {how far, what was found}     ->  if VERIFY had a number
 *     HASS, HASS_KEY, HASS_BOX, HASS_MAC, ... about the hardware unit: hassmsg.h
 *     TELEMETRY {how busy, which services}   ->  with every BEAT (telemetry.h)
 *                                            <-  SERVICE {str name, u8 act}  start, stop, restart
 *     BYE {reason} from either side before it closes on purpose.
 *
 * Objects are asked for by hash. A hash comes only out of a release that this host was
 * sent, so knowing it is the permission to have it.
 *
 * Every message has put and get; get fails (rd->failed) on anything out of bounds and the
 * caller ends with rd_end(). An unknown type is an error: versions are settled in HELLO.
 */
#ifndef WD_PROTO_H
#define WD_PROTO_H

#include "buf.h"
#include "event.h"
#include "hash.h"
#include "release.h"

#define PROTO_VERSION 1
#define PROTO_SITES_MAX 64
#define PROTO_GET_MAX 1024	     /* objects in one GET */
#define PROTO_PIECE_MAX (256u << 10) /* bytes of an object or of evidence in one message */
#define PROTO_TEXT_MAX 512
#define PROTO_PEM_MAX 16384

enum msg_type {
	/* agent to publisher */
	MSG_HELLO = 0x0101,
	MSG_CERT_REQUEST = 0x0102,
	MSG_GET = 0x0103,
	MSG_PROGRESS = 0x0104,
	MSG_BEAT = 0x0105,
	MSG_EVENT = 0x0106,
	MSG_EVIDENCE = 0x0107,
	MSG_VERIFIED = 0x0108,
	MSG_HASS = 0x0141,
	MSG_HASS_KEY = 0x0142,
	MSG_HASS_SMS_END = 0x0143,
	MSG_AUDIT_REPORT = 0x0151, /* proto_audit.h */
	MSG_TELEMETRY = 0x0121,
	MSG_SEALED = 0x0161,
	/* publisher to agent */
	MSG_WELCOME = 0x0201,
	MSG_CERT = 0x0202,
	MSG_RELEASE = 0x0203,
	MSG_OBJECT = 0x0204,
	MSG_OBJECT_MISSING = 0x0205,
	MSG_BEAT_ACK = 0x0206,
	MSG_EVENT_ACK = 0x0207,
	MSG_EVIDENCE_ACK = 0x0208,
	MSG_VERIFY = 0x0209,
	MSG_HASS_BOX = 0x0241,
	MSG_HASS_MAC = 0x0242,
	MSG_HASS_KEY_ACK = 0x0243,
	MSG_HASS_SMS = 0x0244,
	MSG_AUDIT_ORDER = 0x0251,
	MSG_AUDIT_ACK = 0x0252,
	MSG_SERVICE = 0x0221,
	MSG_SEAL = 0x0261,
	MSG_SEAL_KEY = 0x0262,
	/* both */
	MSG_BYE = 0x0301,
};
const char *msg_name(uint16_t type);

enum source_kind { SOURCE_NONE, SOURCE_KMOD, SOURCE_FANOTIFY };

struct msg_hello {
	uint16_t version;
	char agent_version[32];
	char boot_id[33]; /* hex, the module's; "" without */
	uint8_t source;	  /* enum source_kind */
	uint16_t n_sites;
	struct hello_site {
		char site[RELEASE_SITE_MAX];
		uint64_t serial;  /* applied; 0 = none */
		uint64_t highest; /* ever accepted */
	} sites[PROTO_SITES_MAX];
};

struct msg_welcome {
	uint16_t version;
	char publisher_version[32];
	int64_t time;  /* seconds since 1970 */
	uint32_t beat; /* seconds between beats, 1..3600 */
};

struct msg_get {
	uint32_t request; /* chosen by the agent, comes back in the answers */
	uint16_t n;
	struct get_item {
		struct hash hash;
		uint64_t offset; /* of the encoded form: what is there already */
	} items[PROTO_GET_MAX];
};

struct msg_object {
	uint32_t request;
	struct hash hash;
	uint64_t encoded_size, offset;
	const uint8_t *piece; /* in place when got */
	size_t n;
};

struct msg_object_missing {
	uint32_t request;
	struct hash hash;
	char why[PROTO_TEXT_MAX];
};

enum progress_state {
	PROGRESS_FETCHING,
	PROGRESS_APPLYING,
	PROGRESS_APPLIED,
	PROGRESS_REFUSED,
	PROGRESS_MAX
};

struct msg_progress {
	char site[RELEASE_SITE_MAX];
	uint64_t serial;
	uint8_t state;		   /* enum progress_state */
	uint64_t objects, wanted;  /* fetched so far, needed in all */
	uint64_t bytes;		   /* encoded, fetched for this release */
	uint64_t changed, removed; /* entries written and taken away */
	char text[PROTO_TEXT_MAX]; /* refused: why */
};

struct msg_verify {
	char site[RELEASE_SITE_MAX]; /* "" = all; then without a number */
	uint64_t number;	     /* comes back in each VERIFIED; 0: none is wanted */
};

enum verified_state { VERIFIED_RUNNING, VERIFIED_DONE, VERIFIED_NOT, VERIFIED_MAX };

struct msg_verified {
	uint64_t number; /* of the VERIFY */
	char site[RELEASE_SITE_MAX];
	uint8_t state;
	uint64_t files, of; /* compared so far, in the release */
	uint64_t wrong, restored, removed;
	uint64_t waiting, failed;  /* not put right */
	char text[PROTO_TEXT_MAX]; /* not: why */
};

/* health: the agent's own judgement, worst of all its parts */
enum beat_health { HEALTH_OK, HEALTH_WARN, HEALTH_BAD, HEALTH_MAX };

struct msg_beat {
	uint64_t number; /* since the agent's start, from 1 */
	int64_t time;	 /* ns since 1970 */
	uint8_t source, health;
	uint64_t events, dropped;  /* kernel: last sequence number; lost */
	uint32_t pending;	   /* paths not yet put right */
	char note[PROTO_TEXT_MAX]; /* why health is not OK */
	uint16_t n_sites;
	struct beat_site {
		char site[RELEASE_SITE_MAX];
		uint64_t serial;
		uint8_t mode;	  /* 0 off 1 audit 2 enforce 255 unknown */
		int64_t verified; /* end of the last clean whole verification, s since 1970 */
	} sites[PROTO_SITES_MAX];
};

struct msg_evidence {
	char id[EVENT_ID_MAX + 16]; /* file name without directory */
	uint64_t size, offset;
	struct hash hash;  /* of the whole file */
	struct hash chain; /* hash over (previous chain, hash, id) */
	const uint8_t *piece;
	size_t n;
};

struct msg_evidence_ack {
	char id[EVENT_ID_MAX + 16];
	uint64_t have; /* bytes kept; == size: done */
};

void msg_hello_put(struct buf *b, const struct msg_hello *m);
void msg_hello_get(struct rd *r, struct msg_hello *m);
void msg_welcome_put(struct buf *b, const struct msg_welcome *m);
void msg_welcome_get(struct rd *r, struct msg_welcome *m);
void msg_get_put(struct buf *b, const struct msg_get *m);
void msg_get_get(struct rd *r, struct msg_get *m);
void msg_object_put(struct buf *b, const struct msg_object *m);
void msg_object_get(struct rd *r, struct msg_object *m);
void msg_object_missing_put(struct buf *b, const struct msg_object_missing *m);
void msg_object_missing_get(struct rd *r, struct msg_object_missing *m);
void msg_progress_put(struct buf *b, const struct msg_progress *m);
void msg_progress_get(struct rd *r, struct msg_progress *m);
void msg_verify_put(struct buf *b, const struct msg_verify *m);
void msg_verify_get(struct rd *r, struct msg_verify *m);
void msg_verified_put(struct buf *b, const struct msg_verified *m);
void msg_verified_get(struct rd *r, struct msg_verified *m);
void msg_beat_put(struct buf *b, const struct msg_beat *m);
void msg_beat_get(struct rd *r, struct msg_beat *m);
void msg_evidence_put(struct buf *b, const struct msg_evidence *m);
void msg_evidence_get(struct rd *r, struct msg_evidence *m);
void msg_evidence_ack_put(struct buf *b, const struct msg_evidence_ack *m);
void msg_evidence_ack_get(struct rd *r, struct msg_evidence_ack *m);

/*
 * The small ones:
 *   CERT_REQUEST, CERT   str PEM (< PROTO_PEM_MAX)     BEAT_ACK   u64 number
 *   EVENT                event_put()                   EVENT_ACK  str id
 *   RELEASE              signed_release_put()          AUDIT_ACK  u64 number
 *   BYE                  str reason (< PROTO_TEXT_MAX)
 *   HASS_KEY             HASSMSG_SEALED bytes          HASS_KEY_ACK  32 bytes SHA-256 of them
 */

/*
 * The enrolment bundle (a file, JSON): {"webdefender-enrolment": 1, "host": NAME,
 * "ca": PEM, "cert": PEM, "key": PEM, "release_key": 64 hex digits,
 * "publisher": "HOST:PORT" or "", "expires": seconds since 1970, "sites": [NAME...]}.
 * The certificate in it serves for one thing: to send CERT_REQUEST. Once the host has come
 * back with the certificate issued for its own new key, the bundle is worth nothing.
 */
#define ENROL_FORMAT 1

#endif
