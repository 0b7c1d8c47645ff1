/* SPDX-License-Identifier: Apache-2.0 */
/* conf - publisher.conf (doc/publisher.conf.5); what is not in the file has its default */
#ifndef WD_PUBLISHER_CONF_H
#define WD_PUBLISHER_CONF_H

#include <stdint.h>
#include "log.h"

struct conf {
	char listen[280];     /* "" = do not listen */
	char address[280];    /* what enrolment bundles tell hosts; "" = as given to init */
	int settle;	      /* ms without a change before a publish */
	int rescan;	      /* s between looks where inotify cannot be relied upon */
	int release_days;     /* lifetime of a release */
	int keep_releases;    /* per site; older ones and what only they need are dropped */
	int certificate_days; /* lifetime of a host's certificate */
	int beat;	      /* s between heartbeats */
	int max_connections;
	char metrics[280];	  /* where Prometheus may ask; "" = nowhere */
	int keep_metrics;	  /* days */
	int keep_events;	  /* days */
	uint64_t evidence_max;	  /* bytes a host */
	char advisories_key[280]; /* a file: who may say which versions are fixed */
	enum log_level log_level;

	char console[280]; /* where the web console listens; "" = there is none */
	char www[1024];	   /* its pages */
	char console_crt[1024], console_key[1024]; /* "" = made by our own CA */
	char console_names[1024]; /* in that certificate: DNS:... and IP:..., by commas */
};

/* A file that is not there gives the defaults. */
int conf_load(struct conf *c, const char *path, struct err *err);

#endif
