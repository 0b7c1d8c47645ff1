// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advisories.h"
#include "wdpub.h"

#define SECONDS_MAX 120
#define SIG_MAX 4096

static int show(struct wdpub *w, json_t *answer)
{
	if (!answer)
		return wdpub_status(w);
	if (w->json)
		print_json(answer);
	else if (!int_of(answer, "serial"))
		puts("there are no advisories here yet: wdpub advisories update FILE|URL");
	else
		printf("serial %" PRIu64 " of %s%s\n", (uint64_t)int_of(answer, "serial"),
		       str_of(answer, "issued"),
		       true_of(answer, "stale") ? ": too old to answer anything" : "");
	return EXIT_DONE;
}

int cmd_advisories_show(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "",
		    "Shows which advisory data the hosts are judged by.", &words, 0, 0);
	return show(w,
		    wdpub_call(w, json_pack("{s:s}", "cmd", "advisories"), NULL, NULL, NULL, NULL));
}

/* ---- fetching ---- */

struct sink {
	FILE *to;
	size_t left;
};

static size_t on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct sink *s = arg;

	if (size * n > s->left)
		return 0; /* which ends the transfer */
	s->left -= size * n;
	return fwrite(p, size, n, s->to);
}

static int fail(const char *url, const char *why)
{
	fprintf(stderr, "wdpub: %s: %s\n", url, why);
	return -1;
}

/* Over HTTPS alone, also where it redirects to. The signature is what is trusted in the end. */
static int fetch(const char *url, const char *file, size_t max)
{
	struct sink s = {fopen(file, "wxe"), max};
	char why[CURL_ERROR_SIZE] = "";
	CURL *c = curl_easy_init();
	CURLcode r = CURLE_FAILED_INIT;

	if (s.to && c) {
		curl_easy_setopt(c, CURLOPT_URL, url);
		curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
		curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "https");
		curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(c, CURLOPT_MAXREDIRS, 3L);
		curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
		curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)SECONDS_MAX);
		curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)max);
		curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_bytes);
		curl_easy_setopt(c, CURLOPT_WRITEDATA, &s);
		curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
		r = curl_easy_perform(c);
	}
	curl_easy_cleanup(c);
	if (!s.to)
		return fail(file, strerror(errno));
	if (fclose(s.to) && !r)
		return fail(file, strerror(errno));
	if (!s.left || r == CURLE_WRITE_ERROR)
		return fail(url, "longer than advisories can be");
	return r ? fail(url, *why ? why : curl_easy_strerror(r)) : 0;
}

static json_t *ask(struct wdpub *w, const char *file)
{
	return wdpub_call(w, json_pack("{s:s, s:s}", "cmd", "advisories-update", "file", file),
			  NULL, NULL, NULL, NULL);
}

static int update_from_url(struct wdpub *w, const char *url)
{
	char dir[] = "/tmp/wdpub-XXXXXX", file[64], sig[64], sig_url[2048];
	int status = EXIT_COULD_NOT;

	if ((size_t)snprintf(sig_url, sizeof(sig_url), "%s.sig", url) >= sizeof(sig_url)) {
		fail(url, "the address is too long");
		return status;
	}
	if (!mkdtemp(dir)) {
		fail(dir, strerror(errno));
		return status;
	}
	snprintf(file, sizeof(file), "%s/data", dir);
	snprintf(sig, sizeof(sig), "%s/data.sig", dir);
	if (!fetch(url, file, ADVISORIES_MAX) && !fetch(sig_url, sig, SIG_MAX))
		status = show(w, ask(w, file));
	unlink(file);
	unlink(sig);
	rmdir(dir);
	return status;
}

int cmd_advisories_update(struct wdpub *w, int argc, char **argv)
{
	struct words words = {.n = 0};
	char *real;
	int status;

	wdpub_parse(w, argc, argv, NULL, NULL, NULL, "FILE|URL",
		    "Takes advisory data in, if its signature (FILE.sig) is right and its serial is"
		    " not older than what is here, and tells the hosts. A URL is https://.",
		    &words, 1, 1);
	if (strstr(words.v[0], "://")) {
		if (strncmp(words.v[0], "https://", 8)) {
			fail(words.v[0], "only https:// is fetched");
			return EXIT_COULD_NOT;
		}
		return update_from_url(w, words.v[0]);
	}
	real = realpath(words.v[0], NULL); /* the daemon's directory is another */
	if (!real) {
		fail(words.v[0], strerror(errno));
		return EXIT_COULD_NOT;
	}
	status = show(w, ask(w, real));
	free(real);
	return status;
}
