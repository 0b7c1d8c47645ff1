/* SPDX-License-Identifier: Apache-2.0 */
/* undeploy - how an application is taken away, so that it can be brought back */
#ifndef WD_AUDIT_UNDEPLOY_H
#define WD_AUDIT_UNDEPLOY_H

#include "plan.h"

/* Its descriptor, its element in server.xml, its directory and archive in appBase. */
void undeploy_plan(struct audit *a, struct finding *f, const struct app *app);

#endif
