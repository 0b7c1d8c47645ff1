/* SPDX-License-Identifier: Apache-2.0 */
/* wdctl - what its subcommands share; each is a file wdctl_NAME.c */
#ifndef WD_WDCTL_H
#define WD_WDCTL_H

#include <argp.h>
#include <jansson.h>
#include <libsmartcols/libsmartcols.h>
#include <stdbool.h>
#include "log.h"
#include "state.h"

/* Exit statuses; argp's own errors are WDCTL_USAGE too. */
enum { WDCTL_OK = 0, WDCTL_WRONG = 1, WDCTL_FAILED = 2, WDCTL_USAGE = 64 };

struct wdctl {
	const char *state, *config, *socket;
};

int cmd_status(struct wdctl *w, int argc, char **argv);
int cmd_mode(struct wdctl *w, int argc, char **argv);
int cmd_protect(struct wdctl *w, int argc, char **argv);
int cmd_unprotect(struct wdctl *w, int argc, char **argv);
int cmd_filter(struct wdctl *w, int argc, char **argv);
int cmd_events(struct wdctl *w, int argc, char **argv);
int cmd_verify(struct wdctl *w, int argc, char **argv);
int cmd_restore(struct wdctl *w, int argc, char **argv);
int cmd_evidence(struct wdctl *w, int argc, char **argv);
int cmd_seal(struct wdctl *w, int argc, char **argv);
int cmd_unseal(struct wdctl *w, int argc, char **argv);
int cmd_enrol(struct wdctl *w, int argc, char **argv);
int cmd_hass(struct wdctl *w, int argc, char **argv);

/* "wdctl: ..." on standard error; WDCTL_FAILED. */
int wdctl_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Is a daemon listening on the socket? */
bool wdctl_daemon(const struct wdctl *w);
/* A request; NULL: said why on standard error, with how to start the daemon if it is not there. */
json_t *wdctl_call(const struct wdctl *w, json_t *request, void (*row)(void *arg, json_t *j),
		   void (*progress)(void *arg, json_t *j), void *arg);
void wdctl_print(json_t *j);				  /* one line of JSON */
const char *wdctl_text(const json_t *j, const char *key); /* "" if it is not there */
long long wdctl_int(const json_t *j, const char *key);

/* A table to standard output; columns "NAME" or ">NAME" (right-aligned). */
struct libscols_table *wdctl_table(const char *const *columns);
/* One line, as many texts as columns. */
void wdctl_line(struct libscols_table *t, const char *const *cells);
void wdctl_show(struct libscols_table *t); /* prints and frees */
/* Bytes for people into to[16]: "70.1M". */
const char *wdctl_bytes(unsigned long long n, char to[16]);
const char *wdctl_when(long long seconds, char to[32]); /* local time, "never" for 0 */

#endif
