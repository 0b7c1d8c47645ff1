/* SPDX-License-Identifier: Apache-2.0 */
/* request - what a browser asks: a page, or a call of the API */
#ifndef WD_CONSOLE_REQUEST_H
#define WD_CONSOLE_REQUEST_H

#include "console/console.h"

void request_serve(struct evhttp_request *req, void *console);

#endif
