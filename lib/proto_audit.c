// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "proto_audit.h"

const char *audit_what_name(uint8_t what)
{
	static const char *const names[AUDIT_WHAT_MAX] = {"run",  "preview", "fix",
							  "undo", "waivers", "advisories"};

	return what < AUDIT_WHAT_MAX ? names[what] : "unknown";
}

const char *audit_state_name(uint8_t state)
{
	static const char *const names[AUDIT_STATE_MAX] = {"done", "refused", "failed"};

	return state < AUDIT_STATE_MAX ? names[state] : "unknown";
}

/* These become words of a command: nothing but what such names are made of. */
static bool made_of(const char *s, const char *more)
{
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(more, *s))
			return false;
	return true;
}

static bool order_ok(const struct audit_order *o)
{
	return *o->host && made_of(o->host, "-_.") && o->what < AUDIT_WHAT_MAX && o->issued >= 0 &&
	       (!*o->base || *o->base == '/') && made_of(o->codes, "-,") && made_of(o->id, "-/") &&
	       isalnum((unsigned char)(*o->id ? *o->id : 'x')) && made_of(o->key, "") &&
	       made_of(o->sig, "");
}

void audit_order_put(struct buf *b, const struct audit_order *o)
{
	buf_put_str(b, o->host);
	buf_put_u64(b, o->request);
	buf_put_i64(b, o->issued);
	buf_put_u8(b, o->what);
	buf_put_str(b, o->base);
	buf_put_str(b, o->codes);
	buf_put_str(b, o->id);
	buf_put_blob(b, o->data, o->n);
	buf_put_str(b, o->key);
	buf_put_str(b, o->sig);
}

void audit_order_get(struct rd *r, struct audit_order *o)
{
	rd_str(r, o->host, sizeof(o->host));
	o->request = rd_u64(r);
	o->issued = rd_i64(r);
	o->what = rd_u8(r);
	rd_str(r, o->base, sizeof(o->base));
	rd_str(r, o->codes, sizeof(o->codes));
	rd_str(r, o->id, sizeof(o->id));
	o->data = rd_blob(r, AUDIT_DATA_MAX, &o->n);
	rd_str(r, o->key, sizeof(o->key));
	rd_str(r, o->sig, sizeof(o->sig));
	if (!r->failed && !order_ok(o))
		r->failed = true;
}

void msg_audit_order_put(struct buf *b, const struct msg_audit_order *m)
{
	buf_put_blob(b, m->order, m->n);
	buf_put(b, m->sig, sizeof(m->sig));
}

void msg_audit_order_get(struct rd *r, struct msg_audit_order *m)
{
	m->order = rd_blob(r, AUDIT_ORDER_MAX, &m->n);
	rd_copy(r, m->sig, sizeof(m->sig));
}

void msg_audit_report_put(struct buf *b, const struct msg_audit_report *m)
{
	buf_put_u64(b, m->number);
	buf_put_u64(b, m->request);
	buf_put_u8(b, m->what);
	buf_put_u8(b, m->state);
	buf_put_u32(b, m->size);
	buf_put_blob(b, m->packed, m->n);
}

void msg_audit_report_get(struct rd *r, struct msg_audit_report *m)
{
	m->number = rd_u64(r);
	m->request = rd_u64(r);
	m->what = rd_u8(r);
	m->state = rd_u8(r);
	m->size = rd_u32(r);
	m->packed = rd_blob(r, AUDIT_PACKED_MAX, &m->n);
	if (!m->number || m->number > INT64_MAX || m->request > INT64_MAX ||
	    m->what >= AUDIT_WHAT_MAX || m->state >= AUDIT_STATE_MAX || m->size > AUDIT_BODY_MAX)
		r->failed = true;
}

char *audit_unpack(const struct msg_audit_report *m, struct err *err)
{
	char *body = malloc((size_t)m->size + 1);
	size_t n;

	if (!body) {
		err_set(err, "out of memory");
		return NULL;
	}
	n = ZSTD_decompress(body, m->size, m->packed, m->n); /* never past size */
	if (ZSTD_isError(n) || n != m->size || memchr(body, 0, n)) {
		err_set(err, "the body of an audit does not unpack to %u bytes of text", m->size);
		free(body);
		return NULL;
	}
	body[n] = 0;
	return body;
}

int audit_pack(struct msg_audit_report *m, const char *body, size_t n, struct err *err)
{
	size_t cap = ZSTD_compressBound(n), packed;
	uint8_t *to;

	m->packed = NULL;
	if (n > AUDIT_BODY_MAX)
		return err_set(err, "the report is longer than %u bytes", AUDIT_BODY_MAX);
	to = malloc(cap);
	if (!to)
		return err_set(err, "out of memory");
	packed = ZSTD_compress(to, cap, body, n, 6);
	if (ZSTD_isError(packed) || packed > AUDIT_PACKED_MAX) {
		free(to);
		return err_set(err, "the report is longer than %u bytes, packed", AUDIT_PACKED_MAX);
	}
	m->packed = to;
	m->n = packed;
	m->size = n;
	return 0;
}
