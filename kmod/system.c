// SPDX-License-Identifier: GPL-2.0-only
/* system.c - directories that the running system writes in */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/path.h>

#include "root.h"
#include "system.h"

/* As agent/sysdir.c, which says why for each. below: so is all that lies in it. */
static const struct {
	const char *path;
	bool below;
} directories[] = {
	{"/", false},	       {"/usr", false},		{"/usr/bin", true},
	{"/usr/sbin", true},   {"/usr/lib", true},	{"/usr/share", false},
	{"/usr/local", false}, {"/etc", true},		{"/var", false},
	{"/var/lib", false},   {"/var/lib/dpkg", true}, {"/var/lib/webdefender", true},
	{"/var/log", true},    {"/var/tmp", true},	{"/var/cache", true},
	{"/var/spool", true},  {"/bin", true},		{"/sbin", true},
	{"/lib", true},	       {"/lib64", true},	{"/boot", true},
	{"/dev", true},	       {"/run", true},		{"/tmp", false},
	{"/root", false},      {"/home", false},	{"/srv", false},
	{"/opt", false},       {"/mnt", false},		{"/media", false},
};

/* One that holds it, or is it, or lies in it where that counts. */
static bool is_part(struct dentry *dir, const char *path, bool below)
{
	struct path at;
	bool yes;

	if (kern_path(path, LOOKUP_FOLLOW, &at))
		return false;
	yes = dir->d_sb == at.dentry->d_sb &&
	      (is_subdir(at.dentry, dir) || (below && is_subdir(dir, at.dentry)));
	path_put(&at);
	return yes;
}

const char *wd_system_why(struct dentry *dir)
{
	unsigned int i;

	if (wd_root_is_pseudo(dir->d_sb))
		return "it is on a file system of the kernel itself";
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		if (is_part(dir, directories[i].path, directories[i].below))
			return "the running system writes there";
	return NULL;
}
