/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol - from the publisher's bundle (end of proto.h) to a state directory and a configuration
 *
 * The bundle travelled by hand: it is checked completely before anything is written.
 */
#ifndef WD_ENROL_H
#define WD_ENROL_H

#include "conf.h"
#include "sign.h"

#define ENROL_BYTES_MAX (128u << 10)

struct enrolment {
	char host[64];
	char *ca, *cert, *key; /* PEM */
	char release_key[65];
	char publisher[CONF_ADDRESS_MAX]; /* "" : not in it */
	int64_t expires;
	char sites[PROTO_SITES_MAX][RELEASE_SITE_MAX];
	int n_sites;
};

int enrol_parse(const char *text, size_t n, struct enrolment *e, struct err *err);
void enrol_free(struct enrolment *e);
/* Writes DIR/trust. A host that is enrolled already is left alone, unless forced. */
int enrol_unpack(const struct enrolment *e, const char *state, bool force, struct err *err);

struct enrol_site {
	const char *name, *dir;
};
/* Writes a configuration where there is none: 0, 1: there is one, -1. */
int enrol_configure(const struct enrolment *e, const char *file, const struct enrol_site *sites,
		    int n, const char *mode, enum conf_dial dial, const char *address,
		    struct err *err);

#endif
