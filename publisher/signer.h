/* SPDX-License-Identifier: Apache-2.0 */
/* signer - the engine's end of the keys role; requests wait while it is being restarted */
#ifndef WD_PUBLISHER_SIGNER_H
#define WD_PUBLISHER_SIGNER_H

#include <event2/event.h>
#include "release.h"

struct signer;

struct signer *signer_start(struct event_base *base, const char *state);
void signer_stop(struct signer *s); /* NULL is fine; nobody is called any more */

/* Exactly one call of done: err NULL when it worked. */
typedef void signer_signed(void *arg, const uint8_t *sig, const char *err);
typedef void signer_issued(void *arg, const char *pem, const char *err);

void signer_sign(struct signer *s, const struct release *r, signer_signed *done, void *arg);
void signer_issue(struct signer *s, const char *uri, const char *csr, int days, signer_issued *done,
		  void *arg);
/* Any other request: `answer` is the type its answer has, done gets that without the number. */
typedef void signer_answered(void *arg, struct rd *r, const char *err);
void signer_ask(struct signer *s, uint16_t type, uint16_t answer, const struct buf *payload,
		signer_answered *done, void *arg);
/* names: "DNS:a.example,IP:10.0.0.5" */
void signer_issue_console(struct signer *s, const char *names, const char *csr, signer_issued *done,
			  void *arg);
/* An encoded order to audit (lib/proto_audit.h). */
void signer_order(struct signer *s, const void *order, size_t n, signer_signed *done, void *arg);
pid_t signer_pid(const struct signer *s);

#endif
