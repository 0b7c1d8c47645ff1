/* SPDX-License-Identifier: Apache-2.0 */
/* conf - /etc/webdefender/agent.conf (agent.conf(5)), read once and checked completely */
#ifndef WD_CONF_H
#define WD_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "log.h"
#include "proto.h"

#define CONF_DIR_MAX 2048
#define CONF_ADDRESS_MAX 272

enum conf_mode { MODE_OFF, MODE_AUDIT, MODE_ENFORCE, MODE_MAX };
const char *conf_mode_name(uint8_t mode); /* "unknown" out of range */
int conf_mode_parse(const char *text);	  /* -1: no such mode */

struct conf_site {
	char name[RELEASE_SITE_MAX];
	char dir[CONF_DIR_MAX];
	uint8_t mode;
	uid_t uid;
	gid_t gid;
};

/* off: never; manual: when told to; auto: also by itself, once all is armed. */
enum conf_seal { CONF_SEAL_OFF, CONF_SEAL_MANUAL, CONF_SEAL_AUTO, CONF_SEAL_MAX };

enum conf_dial { DIAL_NONE, DIAL_CONNECT, DIAL_LISTEN };

/* hass { ... }: the hardware unit on a serial port. */
struct conf_hass {
	char port[256]; /* "": there is none */
	int speed;
	uint32_t away; /* seconds without the publisher until that is an alarm */
};

struct conf {
	enum conf_dial dial;
	char address[CONF_ADDRESS_MAX]; /* HOST:PORT to dial, ADDR:PORT to listen on */
	struct conf_site sites[PROTO_SITES_MAX];
	int n_sites;
	uint64_t evidence_max;		/* bytes */
	uint32_t audit_interval;	/* seconds; 0: only when asked */
	uint32_t audit_quiet;		/* seconds without a change of packages before an audit */
	bool audit_guide;		/* criterion */
	char metrics[CONF_ADDRESS_MAX]; /* where Prometheus may ask; "": nowhere */
	uint32_t verify_every;		/* seconds; 0: as the event source needs it */
	enum log_level level;
	uint8_t seal; /* enum conf_seal */
	struct conf_hass hass;
};

/* A complete configuration, or -1 and "FILE:LINE: what is wrong, what to do". */
int conf_load(const char *file, struct conf *c, struct err *err);
/* "64M", "2G", "1000"; -1: not a size. */
int conf_size(const char *text, uint64_t *out);

#endif
