// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "sysdir.h"

struct sysdir {
	const char *dir;
	bool below; /* what is below it is the system's as well */
	const char *why;
};

/* What is not `below` often holds sites: /var/www, /home/user/public_html, /root/site. */
static const struct sysdir sysdirs[] = {
	{"/", false, "every program writes somewhere below it"},
	{"/usr", false, "package upgrades write there"},
	{"/usr/bin", true, "package upgrades write there"},
	{"/usr/sbin", true, "package upgrades write there"},
	{"/usr/lib", true, "package upgrades write there"},
	{"/usr/lib32", true, "package upgrades write there"},
	{"/usr/lib64", true, "package upgrades write there"},
	{"/usr/libx32", true, "package upgrades write there"},
	{"/usr/libexec", true, "package upgrades write there"},
	{"/usr/include", true, "package upgrades write there"},
	{"/usr/share", false, "package upgrades write there"},
	{"/usr/local", false, "administrators install there"},
	{"/etc", true, "the system's configuration changes at run time"},
	{"/var", false, "logs, spools and databases are written there"},
	{"/var/lib", false, "databases and package state are written there"},
	{"/var/lib/dpkg", true, "package upgrades write there"},
	{"/var/lib/webdefender", true, "the agent keeps its own state there"},
	{"/var/log", true, "logs are written there"},
	{"/var/run", true, "running services write there"},
	{"/var/tmp", true, "everybody writes there"},
	{"/var/cache", true, "caches are written there"},
	{"/var/spool", true, "mail and jobs are written there"},
	{"/bin", true, "package upgrades write there"},
	{"/sbin", true, "package upgrades write there"},
	{"/lib", true, "package upgrades write there"},
	{"/lib32", true, "package upgrades write there"},
	{"/lib64", true, "package upgrades write there"},
	{"/libx32", true, "package upgrades write there"},
	{"/boot", true, "kernel upgrades write there"},
	{"/dev", true, "it is the kernel's"},
	{"/proc", true, "it is the kernel's"},
	{"/sys", true, "it is the kernel's"},
	{"/run", true, "running services write there"},
	{"/tmp", false, "everybody writes there"},
	{"/root", false, "it is root's home"},
	{"/home", false, "it holds the homes of all users"},
	{"/srv", false, "it holds all sites: protect each one by itself"},
	{"/opt", false, "add-on packages install there"},
	{"/mnt", false, "other file systems are mounted there"},
	{"/media", false, "other file systems are mounted there"},
};

static bool inside(const char *dir, const char *of)
{
	size_t n = strlen(of);

	if (!strcmp(of, "/"))
		return true;
	return !strncmp(dir, of, n) && (dir[n] == '/' || !dir[n]);
}

bool sysdir_overlap(const char *a, const char *b)
{
	return inside(a, b) || inside(b, a);
}

int sysdir_check(const char *dir, struct err *err)
{
	for (size_t i = 0; i < sizeof(sysdirs) / sizeof(*sysdirs); i++) {
		const struct sysdir *s = &sysdirs[i];

		if (!strcmp(dir, s->dir) || (s->below && inside(dir, s->dir)))
			return err_set(err, "%s is the system's own: %s", dir, s->why);
	}
	return 0;
}

bool sysdir_plain(const char *dir)
{
	size_t n = strlen(dir);

	if (dir[0] != '/' || strstr(dir, "//") || strstr(dir, "/./") || strstr(dir, "/../"))
		return false;
	if (n > 1 && dir[n - 1] == '/')
		return false;
	if (n >= 2 && !strcmp(dir + n - 2, "/."))
		return false;
	return n < 3 || strcmp(dir + n - 3, "/..");
}
