// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chan.h"
#include "confine.h"
#include "keys.h"
#include "keys_hass.h"
#include "layout.h"
#include "pki.h"
#include "proto_audit.h"
#include "role.h"
#include "keys_seal.h"
#include "roles.h"
#include "sealkey.h"
#include "tls.h"

#define DAY 86400
#define CLOCK_SLACK DAY /* how far ahead of our clock a release may say it was issued */

static int load_seed(struct keys *k, const char *state, struct err *err)
{
	char *text = layout_slurp(state, LAYOUT_RELEASE_KEY, err);
	struct hash seed; /* a seed has the form of a hash: 32 bytes in hex */
	int result;

	if (!text)
		return -1;
	text[strcspn(text, "\n")] = 0;
	result = hash_parse(text, &seed);
	if (result)
		err_set(err, "%s/%s: not 64 hex digits; put the backup of this file in its place",
			state, LAYOUT_RELEASE_KEY);
	else
		memcpy(k->release.b, seed.b, sizeof(k->release.b));
	explicit_bzero(text, strlen(text));
	explicit_bzero(&seed, sizeof(seed));
	free(text);
	return result;
}

int keys_load(struct keys *k, const char *state, struct err *err)
{
	*k = (struct keys){0};
	if (load_seed(k, state, err) || !(k->ca_key = layout_slurp(state, LAYOUT_CA_KEY, err)) ||
	    !(k->ca_crt = layout_slurp(state, LAYOUT_CA_CRT, err)) ||
	    !(k->seal = sealkey_open(state, err))) {
		keys_free(k);
		return -1;
	}
	return 0;
}

void keys_free(struct keys *k)
{
	sign_wipe(&k->release);
	EVP_PKEY_free(k->seal);
	if (k->ca_key)
		explicit_bzero(k->ca_key, strlen(k->ca_key));
	free(k->ca_key);
	free(k->ca_crt);
	free(k->signed_last);
	*k = (struct keys){0};
}

static struct keys_signed *last_of(struct keys *k, const char *site)
{
	struct keys_signed *more;

	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->signed_last[i].site, site) == 0)
			return &k->signed_last[i];
	more = realloc(k->signed_last, (k->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	k->signed_last = more;
	more = &k->signed_last[k->n++];
	*more = (struct keys_signed){.serial = 0};
	snprintf(more->site, sizeof(more->site), "%s", site);
	return more;
}

/* One release has one encoding: anything else could be read differently by somebody. */
static bool canonical(const struct release *r, const void *p, size_t n)
{
	struct buf b;
	bool same;

	buf_init(&b, RELEASE_BYTES_MAX);
	same = !release_encode(r, &b, NULL) && b.len == n && !memcmp(b.data, p, n);
	buf_free(&b);
	return same;
}

static int judge(const struct release *r, const struct keys_signed *last, struct err *err)
{
	int64_t now = time(NULL);

	if (r->serial <= last->serial)
		return err_set(err, "serial %llu of %s is not above %llu, which was signed before",
			       (unsigned long long)r->serial, r->site,
			       (unsigned long long)last->serial);
	if (r->expires <= r->issued || r->issued < 0 ||
	    r->expires - r->issued > (int64_t)RELEASE_DAYS_MAX * DAY)
		return err_set(err, "a release of %s may live 1 to %d days", r->site,
			       RELEASE_DAYS_MAX);
	if (r->issued > now + CLOCK_SLACK)
		return err_set(err, "a release of %s says it was issued in the future", r->site);
	return 0;
}

static int sign_release(struct keys *k, const uint8_t *p, size_t n, uint8_t sig[SIGN_SIG_LEN],
			struct err *err)
{
	struct release r;
	struct keys_signed *last;

	if (release_decode(p, n, &r, err))
		return -1;
	if (!canonical(&r, p, n))
		return err_set(err, "the release is not in its canonical encoding");
	last = last_of(k, r.site);
	if (!last)
		return err_set(err, "out of memory");
	if (judge(&r, last, err) || sign_make(&k->release, RELEASE_DOMAIN, p, n, sig, err))
		return -1;
	last->serial = r.serial;
	return 0;
}

uint16_t keys_refused(struct buf *out, uint32_t request, const struct err *err)
{
	buf_reset(out);
	buf_put_u32(out, request);
	buf_put_str(out, err->text);
	return KEYS_REFUSED;
}

static uint16_t answer_sign(struct keys *k, struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);
	uint8_t sig[SIGN_SIG_LEN];
	const uint8_t *bytes;
	struct err err;
	size_t n;

	bytes = rd_blob(r, RELEASE_BYTES_MAX, &n);
	if (!rd_end(r))
		return 0;
	if (sign_release(k, bytes, n, sig, &err))
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	buf_put(out, sig, sizeof(sig));
	return KEYS_SIGNED;
}

/* Only what is an order, in the one encoding it has, and of today. */
static int sign_order(struct keys *k, const uint8_t *p, size_t n, uint8_t sig[SIGN_SIG_LEN],
		      struct err *err)
{
	static struct audit_order o; /* large */
	struct rd r = rd_over(p, n);
	int64_t now = time(NULL);
	struct buf b;
	bool same;

	audit_order_get(&r, &o);
	if (!rd_end(&r))
		return err_set(err, "this is no order");
	if (o.issued > now + CLOCK_SLACK || o.issued < now - CLOCK_SLACK)
		return err_set(err, "an order is issued now, not at another time");
	buf_init(&b, AUDIT_ORDER_MAX);
	audit_order_put(&b, &o);
	same = buf_ok(&b) && b.len == n && !memcmp(b.data, p, n);
	buf_free(&b);
	if (!same)
		return err_set(err, "the order is not in its canonical encoding");
	return sign_make(&k->release, AUDIT_ORDER_DOMAIN, p, n, sig, err);
}

static uint16_t answer_order(struct keys *k, struct rd *r, struct buf *out)
{
	uint32_t request = rd_u32(r);
	uint8_t sig[SIGN_SIG_LEN];
	const uint8_t *bytes;
	struct err err;
	size_t n;

	bytes = rd_blob(r, AUDIT_ORDER_MAX, &n);
	if (!rd_end(r))
		return 0;
	if (sign_order(k, bytes, n, sig, &err))
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	buf_put(out, sig, sizeof(sig));
	return KEYS_SIGNED;
}

static char *issue(struct keys *k, const char *csr, const char *uri, uint32_t days, struct err *err)
{
	size_t prefix = strlen(TLS_URI_HOST);

	if (strncmp(uri, TLS_URI_HOST, prefix) || !host_name_ok(uri + prefix)) {
		err_set(err, "certificates are issued to %sNAME only, not to \"%s\"", TLS_URI_HOST,
			uri);
		return NULL;
	}
	if (days < 1 || days > CERT_DAYS_MAX) {
		err_set(err, "a certificate may live 1 to %d days, not %u", CERT_DAYS_MAX, days);
		return NULL;
	}
	return pki_issue(k->ca_key, k->ca_crt, csr, uri, days, err);
}

static uint16_t answer_issue(struct keys *k, struct rd *r, struct buf *out)
{
	char uri[TLS_PEER_MAX], csr[PROTO_PEM_MAX], *pem;
	uint32_t request = rd_u32(r), days = rd_u32(r);
	struct err err;

	rd_str(r, uri, sizeof(uri));
	rd_str(r, csr, sizeof(csr));
	if (!rd_end(r))
		return 0;
	pem = issue(k, csr, uri, days, &err);
	if (!pem)
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	buf_put_str(out, pem);
	free(pem);
	return KEYS_ISSUED;
}

/* Names of a web server, and nothing that would be another kind of name, or an option. */
static bool names_ok(char *names)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-:";
	char *rest = names, *name;

	while ((name = strsep(&rest, ","))) {
		size_t prefix = !strncmp(name, "DNS:", 4) ? 4 : !strncmp(name, "IP:", 3) ? 3 : 0;

		if (!prefix || !name[prefix] || strspn(name, letters) != strlen(name))
			return false;
		if (rest)
			rest[-1] = ',';
	}
	return true;
}

static uint16_t answer_console(struct keys *k, struct rd *r, struct buf *out)
{
	char names[1024], csr[PROTO_PEM_MAX], copy[1024], *pem = NULL;
	uint32_t request = rd_u32(r);
	struct err err;

	rd_str(r, names, sizeof(names));
	rd_str(r, csr, sizeof(csr));
	if (!rd_end(r))
		return 0;
	memcpy(copy, names, sizeof(copy));
	if (names_ok(copy))
		pem = pki_issue_server(k->ca_key, k->ca_crt, csr, TLS_URI_CONSOLE, names,
				       CONSOLE_CERT_DAYS, &err);
	else
		err_set(&err, "\"%s\" are not names of a web server", names);
	if (!pem)
		return keys_refused(out, request, &err);
	buf_put_u32(out, request);
	buf_put_str(out, pem);
	free(pem);
	return KEYS_ISSUED;
}

uint16_t keys_answer(struct keys *k, uint16_t type, const void *p, size_t n, struct buf *out)
{
	struct rd r = rd_over(p, n);

	if (type == KEYS_SIGN_RELEASE)
		return answer_sign(k, &r, out);
	if (type == KEYS_SIGN_ORDER)
		return answer_order(k, &r, out);
	if (type == KEYS_ISSUE_CERT)
		return answer_issue(k, &r, out);
	if (type == KEYS_HASS_BOX || type == KEYS_HASS_MAC)
		return keys_hass_answer(k, type, &r, out);
	if (type == KEYS_ISSUE_CONSOLE)
		return answer_console(k, &r, out);
	if (type == KEYS_SEAL_KEY || type == KEYS_SIGN_UNSEAL)
		return keys_seal_answer(k, type, &r, out);
	return 0;
}

struct keys_role {
	struct keys keys;
	struct event_base *base;
	struct chan *engine;
};

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct keys_role *role = arg;
	struct buf out;
	uint16_t answer;

	buf_init(&out, CHAN_PAYLOAD_MAX);
	answer = keys_answer(&role->keys, type, p, n, &out);
	if (!answer) {
		log_err("the engine sent a malformed request of type 0x%04x: ending", type);
		event_base_loopexit(role->base, NULL);
	} else if (chan_send_buf(role->engine, answer, &out)) {
		event_base_loopexit(role->base, NULL);
	}
	buf_free(&out);
}

static void on_closed(void *arg, const char *reason)
{
	struct keys_role *role = arg;

	(void)reason; /* the engine ended: so do we */
	role->engine = NULL;
	event_base_loopexit(role->base, NULL);
}

int keys_main(const char *state)
{
	static const struct chan_ops ops = {.message = on_message, .closed = on_closed};
	char root[LAYOUT_PATH_MAX];
	struct keys_role role = {0};
	struct err err;

	if (keys_load(&role.keys, state, &err))
		log_fatal("%s", err.text);
	role.base = event_base_new();
	if (!role.base ||
	    confine("webdefender-keys", layout_path(root, state, "keys"), false, &err))
		log_fatal("keys: %s", role.base ? err.text : "out of memory");
	role.engine = chan_new_fd(role.base, ROLE_FD, &ops, &role);
	if (!role.engine)
		log_fatal("keys: out of memory");
	event_base_dispatch(role.base);
	chan_close(role.engine);
	event_base_free(role.base);
	keys_free(&role.keys);
	return 0;
}
