// SPDX-License-Identifier: Apache-2.0
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "role.h"
#include "sandbox.h"

static int change_identity(const struct role_limits *l, struct err *err)
{
	struct passwd *pw = NULL;

	if (geteuid() != 0)
		return 0; /* started without rights: nothing to give up */
	if (l->user) {
		pw = getpwnam(l->user);
		if (!pw)
			return err_set(
				err, "user \"%s\" does not exist: create it (adduser --system %s)",
				l->user, l->user);
	}
	if (l->root && (chroot(l->root) < 0 || chdir("/") < 0))
		return err_sys(err, "cannot chroot to %s", l->root);
	if (pw && (setgroups(0, NULL) < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
		   setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0))
		return err_sys(err, "cannot become user \"%s\"", l->user);
	return 0;
}

int role_confine(const struct role_limits *l, struct err *err)
{
	if (change_identity(l, err) < 0)
		return -1;
	/* Changing the identity has cleared this. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(err, "prctl");
	return sandbox_enter(l->network, l->write_files, err);
}
