/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_conf - who is told what, by which way (the API's Notifications document)
 *
 * The document is JSON, checked field by field when it is changed: a change is taken whole or
 * not at all, and an error names the field and what to give instead. Secrets (the mail
 * password, the webhook's key) are kept apart and never shown.
 */
#ifndef WD_PUBLISHER_NOTIFY_CONF_H
#define WD_PUBLISHER_NOTIFY_CONF_H

#include <jansson.h>

#include "alarm_kinds.h"
#include "log.h"

enum channel { CHANNEL_MAIL, CHANNEL_SMS, CHANNEL_WEBHOOK, CHANNEL_SYSLOG, CHANNELS };
const char *channel_name(enum channel c);
int channel_parse(const char *name); /* -1: there is none */

#define NOTIFY_LIST_MAX 16     /* recipients */
#define NOTIFY_ADDRESS_MAX 254 /* bytes of a mail address */
#define NOTIFY_CA_MAX 65536    /* bytes of PEM */

/* What the engine itself asks often; the channels' own fields stay JSON. */
struct notify_conf {
	bool enabled[CHANNELS];
	double fold;			       /* seconds of a window */
	int burst;			       /* messages of a kind in one window */
	double escalate_after, escalate_every; /* seconds; 0: never */
	int retry; /* seconds after the first failure; then three times as long each time */
	bool tell_cleared;
	bool quiet, critical_breaks;
	int quiet_from, quiet_to; /* minutes of the local day */
	int sustained;		  /* seconds that a limit must be passed for */
	struct {
		enum alarm_severity severity;
		bool channel[CHANNELS];
		int limit; /* percent, days, seconds; where the kind has one */
	} kinds[ALARM_KINDS];
};

/* The document without and with secrets; both new references. */
json_t *notify_defaults(void);
/*
 * A new document: `doc` with `change` laid over it, or NULL and why. secrets: an object with
 * what was stored; it is changed when the change is good.
 */
json_t *notify_apply(const json_t *doc, json_t *secrets, const json_t *change, struct err *err);
void notify_read(struct notify_conf *c, const json_t *doc);
/* Adds password_set and key_set. */
json_t *notify_public(const json_t *doc, const json_t *secrets);

#endif
