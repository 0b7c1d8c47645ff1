// SPDX-License-Identifier: Apache-2.0
/* seeds - writes a few good inputs for each harness below DIR, for fuzzing to start from */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>
#include "hassmsg.h"
#include "proto.h"
#include "proto_audit.h"
#include "seal.h"
#include "tree.h"

static const char *top;

static void save(const char *harness, const char *name, const void *p, size_t n)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, harness);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, harness, name);
	f = fopen(path, "w");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void frame(const char *name, uint16_t type, const struct buf *payload)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_put_u32(&b, payload->len);
	buf_put_u16(&b, type);
	buf_put_u16(&b, 0);
	buf_put(&b, payload->data, payload->len);
	save("fuzz_proto", name, b.data, b.len);
	buf_free(&b);
}

static void audits(void)
{
	static const char body[] = "{\"text\": \"\", \"error\": \"\", \"report\": null}";
	struct audit_order order = {.host = "web1",
				    .request = 1,
				    .what = AUDIT_FIX,
				    .base = "/srv/t",
				    .codes = "WT-01",
				    .data = (const uint8_t *)"[]",
				    .n = 2};
	struct msg_audit_report report = {.number = 1, .what = AUDIT_RUN};
	struct msg_audit_order sealed = {.n = 0};
	struct buf b, inner;

	buf_init(&b, 1 << 20);
	buf_init(&inner, 1 << 20);
	audit_order_put(&inner, &order);
	frame("audit-order-inner", 0xff01, &inner);
	sealed.order = inner.data;
	sealed.n = inner.len;
	msg_audit_order_put(&b, &sealed);
	frame("audit-order", MSG_AUDIT_ORDER, &b);
	buf_reset(&b);
	if (audit_pack(&report, body, sizeof(body) - 1, NULL) == 0)
		msg_audit_report_put(&b, &report);
	frame("audit-report", MSG_AUDIT_REPORT, &b);
	free((void *)report.packed);
	buf_free(&inner);
	buf_free(&b);
}

static void messages(void)
{
	static struct msg_hello hello = {
		.version = 1, .agent_version = "0.1", .n_sites = 1, .sites = {{"www", 1, 1}}};
	static struct msg_get get = {.request = 1, .n = 1};
	static struct msg_beat beat = {.number = 1, .n_sites = 1, .sites = {{"www", 1, 2, 3}}};
	static struct msg_progress progress = {.site = "www", .serial = 1};
	static struct msg_object object = {
		.encoded_size = 3, .piece = (const uint8_t *)"abc", .n = 3};
	static struct wd_event event = {.id = "00112233-1", .op = "open", .path = "/srv/www/a"};
	static struct msg_verified verified = {.site = "www", .number = 1};
	static struct msg_hass_sms sms = {.id = 7, .text = "#12 agent-silent web1"};
	static struct msg_hass_sms_end end = {.id = 7, .why = "no phone is stored"};
	struct buf b;

	buf_init(&b, 1 << 20);
#define SAVE(name, type, put, value)                                                               \
	buf_reset(&b);                                                                             \
	put(&b, &value);                                                                           \
	frame(name, type, &b)
	SAVE("hello", MSG_HELLO, msg_hello_put, hello);
	SAVE("get", MSG_GET, msg_get_put, get);
	SAVE("beat", MSG_BEAT, msg_beat_put, beat);
	SAVE("progress", MSG_PROGRESS, msg_progress_put, progress);
	SAVE("verified", MSG_VERIFIED, msg_verified_put, verified);
	SAVE("object", MSG_OBJECT, msg_object_put, object);
	SAVE("sms", MSG_HASS_SMS, msg_hass_sms_put, sms);
	SAVE("sms-end", MSG_HASS_SMS_END, msg_hass_sms_end_put, end);
	SAVE("event", MSG_EVENT, event_put, event);
	buf_free(&b);
}

static void tree_and_release(void)
{
	struct entry e[] = {
		{.name = (char *)"a", .type = ENTRY_FILE, .mode = 0644, .size = 3},
		{.name = (char *)"b", .type = ENTRY_DIR, .mode = 0755},
		{.name = (char *)"c", .target = (char *)"a", .type = ENTRY_LINK, .size = 1}};
	struct release r = {.site = "www", .serial = 1, .issued = 1, .expires = 2};
	struct tree *t = tree_new();
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 3; i++)
		tree_add(t, &e[i]);
	tree_encode(t, &b, NULL);
	save("fuzz_tree", "three", b.data, b.len);
	buf_reset(&b);
	release_encode(&r, &b, NULL);
	save("fuzz_release", "one", b.data, b.len);
	filters_add(&r.filters, "uploads/", NULL);
	filters_add(&r.filters, "data/*.mdb", NULL);
	buf_reset(&b);
	release_encode(&r, &b, NULL);
	save("fuzz_release", "filters", b.data, b.len);
	save("fuzz_filter", "glob", "data/*.mdb\0data/x.mdb", 21);
	save("fuzz_filter", "dir", "uploads/\0uploads/a", 18);
	buf_free(&b);
	tree_free(t);
}

static void objects(void)
{
	uint8_t b[512] = {0, 200, 3, 'W', 'D', 'O', 1};
	char text[200];
	size_t n;

	memset(text, 'x', sizeof(text));
	n = ZSTD_compress(b + 7, sizeof(b) - 7, text, sizeof(text), 3);
	save("fuzz_depot", "packed", b, 7 + n);
	b[6] = 0;
	memcpy(b + 7, text, sizeof(text));
	save("fuzz_depot", "plain", b, 7 + sizeof(text));
}

/* Host, who acknowledged, note, and the stored event (fuzz_event_text.c). */
static void events(void)
{
	static const char empty[] = "web1\0\0\0{ \t }";
	static const char plain[] =
		"web1\0ada\0seen to\0{\"id\":\"aaaa-1\",\"path\":\"/srv/www/index.html\",\"uid\":33}";
	static const char hostile[] =
		"web1\0\0\0{\"id\":\"=1\",\"path\":\"=HYPERLINK(\\\"x\\\")<img "
		"src=x>\\r\\n\",\"comm\":\"+\\u0022,@\",\"uid\":-1}";

	save("fuzz_event_text", "plain", plain, sizeof(plain) - 1);
	save("fuzz_event_text", "hostile", hostile, sizeof(hostile) - 1);
	save("fuzz_event_text", "empty", empty, sizeof(empty) - 1);
}

/* A query and what it is sought in; a block (fuzz_event_search.c). */
static void searches(void)
{
	static const char words[] =
		"\2Page7 /srv/\0web1 /srv/www/page71.html\0web1 page7\0/SRV p\xc3\xa4ge7";
	static const char syntax[] = "\2foo \"bar* OR -baz:(\0foo bar or baz\0foo";
	/* The first part is as long as a key keeps of it; in the text it goes on. */
	static const char first[] = "\2aaaaaaaaaaaaaaaaaa/x\0aaaaaaaaaaaaaaaaaaa/x";
	static const char block[] = "\1\4page\0\2\0\1\0\2\5page7\0\1\0\2";

	save("fuzz_event_search", "words", words, sizeof(words) - 1);
	save("fuzz_event_search", "syntax", syntax, sizeof(syntax) - 1);
	save("fuzz_event_search", "first", first, sizeof(first) - 1);
	save("fuzz_event_search", "block", block, sizeof(block) - 1);
}

/* What browsers send: the first byte says what it is (fuzz_http_api.c). */
static void console_calls(void)
{
	static const char *const calls[] = {
		"/api/v1/events?limit=3&q=a%20b&from=2026-01-31T12:00:00Z",
		"/api/v1/events/web1/aaaa-1/evidence",
		"/api/v1/sites/www/push",
		"/api/v1/users/ada/reset",
		"/api/v1/sessions/0011223344556677",
		"/api/v1/logs/tamper/export?format=csv",
	};
	static const char body[] = "\4{\"name\":\"ada\",\"a\":[1,{\"b\":null}],\"site\":\"x\"}";
	static const char cookie[] = "\5a=b; __Host-wd=00ff; c=d";
	char text[256], name[16];

	for (int i = 0; i < 6; i++) {
		for (int method = 0; method < 4; method++) {
			int n = snprintf(text, sizeof(text), "%c%s", method, calls[i]);

			snprintf(name, sizeof(name), "call%d-%d", i, method);
			save("fuzz_http_api", name, text, n);
		}
	}
	save("fuzz_http_api", "body", body, sizeof(body) - 1);
	save("fuzz_http_api", "cookie", cookie, sizeof(cookie) - 1);
}

/* Evidence as agents pack it: a tar (ustar) of meta.json and one file, in zstd. */
static void put_member(char *at, const char *name, const char *text)
{
	unsigned sum = 0;

	memset(at, 0, 1024);
	snprintf(at, 100, "%s", name);
	snprintf(at + 100, 8, "%07o", 0600);
	snprintf(at + 124, 12, "%011o", (unsigned)strlen(text) % 01000);
	memset(at + 148, ' ', 8);
	at[156] = '0';
	memcpy(at + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)at[i];
	snprintf(at + 148, 8, "%06o", sum);
	memcpy(at + 512, text, strlen(text));
}

static void evidence(void)
{
	static char tar[3072], packed[4096];
	size_t n;

	put_member(tar, "meta.json", "{}\n");
	put_member(tar + 1024, "site/index.html", "<h1>defaced</h1>\n");
	n = ZSTD_compress(packed, sizeof(packed), tar, sizeof(tar), 3);
	save("fuzz_evidence_text", "good", packed, n);
	save("fuzz_evidence_text", "plain", tar, sizeof(tar));
}

static void seal(const char *name, uint8_t which, const void *p, size_t n)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_put_u8(&b, which);
	buf_put(&b, p, n);
	save("fuzz_seal", name, b.data, b.len);
	buf_free(&b);
}

static void seals(void)
{
	struct msg_seal m = {.request = 1, .verb = SEAL_VERB_UNSEAL, .seconds = 600, .n = 16};
	struct msg_sealed s = {.request = 1, .state = SEAL_SEALED, .text = "why"};
	struct seal_challenge c = {.host = "web1"};
	struct seal_response a = {.seconds = 600, .n = 16};
	struct seal_key k = {.n = 16};
	char text[SEAL_TEXT_MAX];
	struct buf b;

	buf_init(&b, 4096);
	msg_seal_put(&b, &m);
	seal("seal", 0, b.data, b.len);
	buf_reset(&b);
	msg_sealed_put(&b, &s);
	seal("sealed", 1, b.data, b.len);
	buf_reset(&b);
	seal_key_put(&b, &k);
	seal("key", 2, b.data, b.len);
	buf_free(&b);
	if (!seal_challenge_text(&c, text))
		seal("challenge", 3, text, strlen(text));
	if (!seal_response_text(&a, text))
		seal("response", 3, text, strlen(text));
}

static void mount_tables(void)
{
	static const char table[] =
		"21 1 254:0 / / rw - ext4 /dev/vda rw\n"
		"29 21 8:2 / /home rw shared:1 - ext4 x rw\n30 21 8:2 / /srv/www/h rw - ext4 x rw\n"
		"31 30 0:8 /a\\040b /srv/www/h/a\\012c rw - tmpfs x rw\n"
		"32 21 254:0 /var/log /srv/www/l rw - ext4 x rw\n";

	static const char layers[] = "254:16 /l1/site\n0:41 /a b\n254:16 /up/site\n";

	save("fuzz_inner", "table", table, sizeof(table) - 1);
	save("fuzz_layers", "list", layers, sizeof(layers) - 1);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	top = argv[1];
	messages();
	audits();
	tree_and_release();
	objects();
	events();
	searches();
	console_calls();
	evidence();
	seals();
	mount_tables();
	return 0;
}
