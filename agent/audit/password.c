// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "fsx.h"
#include "password.h"
#include "words.h"

#define ROUNDS 100000
#define ROUNDS_MAX 2000000 /* of a stored one: a file could name a number that takes days */
#define BYTES_MAX 128

static int classes(const char *s)
{
	bool letter = false, digit = false, other = false;

	for (; *s; s++) {
		letter |= isalpha((unsigned char)*s) != 0;
		digit |= isdigit((unsigned char)*s) != 0;
		other |= !isalnum((unsigned char)*s);
	}
	return letter + digit + other;
}

/* aaaa, 1234, dcba */
static bool has_run(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i + 3 < n; i++) {
		int step = s[i + 1] - s[i];

		if (step >= -1 && step <= 1 && s[i + 2] - s[i + 1] == step &&
		    s[i + 3] - s[i + 2] == step)
			return true;
	}
	return false;
}

const char *password_weakness(const char *password, const char *user, const struct list *weak,
			      bool strict)
{
	size_t n = strlen(password);
	int kinds = classes(password);

	if (!n)
		return "it is empty";
	if (!((kinds >= 3 && n >= 8) || (kinds >= 2 && n >= 10)))
		return "fewer than 8 characters of three classes or 10 of two";
	if (!strict)
		return NULL;
	if (words_find(weak, password))
		return "it is among those everybody tries";
	if (*user && strcasestr(password, user))
		return "it contains the account name";
	if (has_run(password))
		return "it holds a run of four characters";
	return NULL;
}

/* "PBKDF2WithHmacSHA512" and "SHA-256" to what OpenSSL calls them. */
static const EVP_MD *digest_of(const char *algorithm, bool *pbkdf2)
{
	static const struct {
		const char *java, *openssl;
	} names[] = {{"SHA1", "SHA1"},	    {"SHA-1", "SHA1"},	   {"SHA", "SHA1"},
		     {"SHA224", "SHA224"},  {"SHA-224", "SHA224"}, {"SHA256", "SHA256"},
		     {"SHA-256", "SHA256"}, {"SHA384", "SHA384"},  {"SHA-384", "SHA384"},
		     {"SHA512", "SHA512"},  {"SHA-512", "SHA512"}, {"MD5", "MD5"}};

	*pbkdf2 = strncasecmp(algorithm, "PBKDF2WithHmac", 14) == 0;
	if (*pbkdf2)
		algorithm += 14;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(algorithm, names[i].java) == 0)
			return EVP_get_digestbyname(names[i].openssl);
	return NULL;
}

static int unhex(const char *s, size_t n, unsigned char *out)
{
	if (n % 2 || n / 2 > BYTES_MAX)
		return -1;
	for (size_t i = 0; i < n; i += 2) {
		char pair[3] = {s[i], s[i + 1], 0};

		if (!isxdigit((unsigned char)s[i]) || !isxdigit((unsigned char)s[i + 1]))
			return -1;
		out[i / 2] = strtoul(pair, NULL, 16);
	}
	return n / 2;
}

/* Tomcat: digest(salt, password), then again and again over the result. */
static int repeated_digest(const EVP_MD *md, const unsigned char *salt, int salt_n,
			   const char *password, long rounds, unsigned char *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int n = EVP_MD_get_size(md);
	int ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) && EVP_DigestUpdate(ctx, salt, salt_n) &&
		 EVP_DigestUpdate(ctx, password, strlen(password)) &&
		 EVP_DigestFinal_ex(ctx, out, &n);

	for (long i = 1; ok && i < rounds; i++)
		ok = EVP_Digest(out, n, out, &n, md, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

struct stored {
	unsigned char salt[BYTES_MAX], hash[BYTES_MAX];
	int salt_n, hash_n;
	long rounds;
};

static int split(const char *text, struct stored *s)
{
	const char *first = strchr(text, '$'), *second = first ? strchr(first + 1, '$') : NULL;

	*s = (struct stored){.rounds = 1};
	if (first && !second)
		return -1;
	if (first) {
		s->salt_n = unhex(text, (size_t)(first - text), s->salt);
		s->rounds = strtol(first + 1, NULL, 10);
		text = second + 1;
	}
	s->hash_n = unhex(text, strlen(text), s->hash);
	return s->salt_n < 0 || s->hash_n <= 0 || s->rounds < 1 || s->rounds > ROUNDS_MAX ? -1 : 0;
}

int password_matches(const char *stored, const char *algorithm, const char *password)
{
	unsigned char got[BYTES_MAX];
	struct stored s;
	bool pbkdf2;
	const EVP_MD *md = digest_of(algorithm, &pbkdf2);

	if (!md || split(stored, &s) < 0)
		return -1;
	if (pbkdf2) {
		if (PKCS5_PBKDF2_HMAC(password, -1, s.salt, s.salt_n, s.rounds, md, s.hash_n,
				      got) != 1)
			return -1;
	} else if (s.hash_n != EVP_MD_get_size(md) ||
		   repeated_digest(md, s.salt, s.salt_n, password, s.rounds, got) < 0) {
		return -1;
	}
	return CRYPTO_memcmp(got, s.hash, s.hash_n) == 0;
}

static char *hex(struct pool *p, const unsigned char *bytes, size_t n)
{
	char *out = pool_alloc(p, n * 2 + 1);

	for (size_t i = 0; i < n; i++)
		snprintf(out + i * 2, 3, "%02x", bytes[i]);
	return out;
}

char *password_hash(struct pool *p, const char *password, struct err *err)
{
	unsigned char salt[16], key[32];

	if (fsx_random(salt, sizeof(salt)) < 0 ||
	    PKCS5_PBKDF2_HMAC(password, -1, salt, sizeof(salt), ROUNDS, EVP_sha512(), sizeof(key),
			      key) != 1) {
		err_set(err, "cannot hash a password");
		return NULL;
	}
	return pool_printf(p, "%s$%d$%s", hex(p, salt, sizeof(salt)), ROUNDS,
			   hex(p, key, sizeof(key)));
}

char *password_generate(struct pool *p, struct err *err)
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.+";
	unsigned char random[20];
	char *out = pool_alloc(p, sizeof(random) + 1);

	do {
		if (fsx_random(random, sizeof(random)) < 0) {
			err_set(err, "no random bytes");
			return NULL;
		}
		for (size_t i = 0; i < sizeof(random); i++)
			out[i] = letters[random[i] % (sizeof(letters) - 1)];
	} while (classes(out) < 3 || has_run(out));
	return out;
}
