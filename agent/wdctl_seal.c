// SPDX-License-Identifier: Apache-2.0
/*
 * Sealing is asked of the daemon, so that it knows that this host is to be sealed; without one
 * of the module. Unsealing needs the publisher: where the network does not reach it, a
 * challenge and its response travel as text, straight to and from the module.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel.h"
#include "seal.h"
#include "wdctl.h"

struct seal_args {
	bool json, modules_disabled, lockdown;
	const char *response;
};

enum { OPT_MODULES = 256, OPT_LOCKDOWN, OPT_RESPONSE };

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct seal_args *a = as->input;

	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case OPT_MODULES:
		a->modules_disabled = true;
		return 0;
	case OPT_LOCKDOWN:
		a->lockdown = true;
		return 0;
	case OPT_RESPONSE:
		a->response = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(as, "unexpected word \"%s\"", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option seal_options[] = {
	{"modules-disabled", OPT_MODULES, NULL, 0,
	 "then set kernel.modules_disabled: no module is loaded or removed until the next boot", 0},
	{"lockdown", OPT_LOCKDOWN, NULL, 0,
	 "then raise the kernel's lockdown to integrity, until the next boot", 0},
	{"json", 'j', NULL, 0, "one JSON object", 0},
	{0}};
static const struct argp seal_argp = {
	seal_options,
	parse,
	NULL,
	"Seals: root on this host can then change neither what is protected nor the module nor the"
	" agent, until the publisher unseals it (wdpub unseal) or the next boot.",
	NULL,
	NULL,
	NULL};

static const struct argp_option unseal_options[] = {
	{"response", OPT_RESPONSE, "TEXT", 0, "what `wdpub unseal --challenge` printed", 0},
	{"json", 'j', NULL, 0, "one JSON object", 0},
	{0}};
static const struct argp unseal_argp = {
	unseal_options,
	parse,
	NULL,
	"Unsealing is the publisher's: run `wdpub unseal HOST --for 10m` there. Where the network"
	" does not reach it, this prints a challenge to be carried there by hand, and takes the"
	" response.",
	NULL,
	NULL,
	NULL};

/* After sealing: what only a boot takes back is not done for a seal that then fails. */
static int raise_kernel(const char *file, const char *word)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);

	if (fd >= 0)
		close(fd);
	return done ? 0 : wdctl_fail("sealed, but %s cannot be set to %s: %m", file, word);
}

static int seal_module(void)
{
	struct err err = {""};
	struct kernel *k = kernel_open(&err);
	int rc = !k || kernel_seal(k, false, &err) ? wdctl_fail("%s", err.text) : 0;

	kernel_close(k);
	return rc;
}

static int seal_by_daemon(const struct wdctl *w)
{
	json_t *answer = wdctl_call(w, json_pack("{s:s}", "cmd", "seal"), NULL, NULL, NULL);
	bool ok = json_is_true(json_object_get(answer, "ok"));

	if (answer && !ok)
		wdctl_fail("%s", wdctl_text(answer, "error"));
	json_decref(answer);
	return ok ? 0 : WDCTL_FAILED;
}

int cmd_seal(struct wdctl *w, int argc, char **argv)
{
	struct seal_args a = {.json = false};
	int rc = 0;

	argp_parse(&seal_argp, argc, argv, 0, NULL, &a);
	rc = wdctl_daemon(w) ? seal_by_daemon(w) : seal_module();
	if (!rc && a.modules_disabled)
		rc = raise_kernel("/proc/sys/kernel/modules_disabled", "1");
	if (!rc && a.lockdown)
		rc = raise_kernel("/sys/kernel/security/lockdown", "integrity");
	if (rc)
		return rc;
	puts(a.json ? "{\"sealed\":true}"
		    : "sealed: `wdpub unseal HOST --for 10m` at the publisher lifts it for a time");
	return WDCTL_OK;
}

static int show_challenge(struct kernel *k, bool json)
{
	struct seal_challenge c;
	struct kernel_nonce nonce;
	struct err err = {""};
	char text[SEAL_TEXT_MAX];

	if (kernel_seal_nonce(k, &nonce, &err))
		return wdctl_fail("%s", err.text);
	memcpy(c.boot, nonce.boot, sizeof(c.boot));
	memcpy(c.nonce, nonce.nonce, sizeof(c.nonce));
	memcpy(c.host, nonce.host, sizeof(c.host));
	if (seal_challenge_text(&c, text))
		return wdctl_fail("out of memory");
	if (json)
		printf("{\"challenge\":\"%s\",\"seconds\":%u}\n", text, nonce.seconds);
	else
		printf("Only the publisher can unseal: there, `wdpub unseal %s --for 10m`.\n"
		       "If the network does not reach it, carry this there within %u minutes:\n\n"
		       "wdpub unseal %s --for 10m --challenge %s\n\n"
		       "and its response back: wdctl unseal --response TEXT\n",
		       nonce.host, nonce.seconds / 60, nonce.host, text);
	return WDCTL_OK;
}

static int take_response(struct kernel *k, const char *text, bool json)
{
	struct seal_response a;
	struct err err = {""};

	if (seal_response_parse(text, &a, &err) ||
	    kernel_unseal(k, a.seconds, a.nonce, a.sig, a.n, &err))
		return wdctl_fail("%s", err.text);
	if (json)
		printf("{\"sealed\":false,\"seconds\":%u}\n", a.seconds);
	else
		printf("unsealed for %u seconds, then sealed again by itself\n", a.seconds);
	return WDCTL_OK;
}

int cmd_unseal(struct wdctl *w, int argc, char **argv)
{
	struct seal_args a = {.json = false};
	struct err err = {""};
	struct kernel *k;
	int rc;

	(void)w;
	argp_parse(&unseal_argp, argc, argv, 0, NULL, &a);
	k = kernel_open(&err);
	if (!k)
		return wdctl_fail("%s", err.text);
	rc = a.response ? take_response(k, a.response, a.json) : show_challenge(k, a.json);
	kernel_close(k);
	return rc;
}
