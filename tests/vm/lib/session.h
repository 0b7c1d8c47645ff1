/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - one command after the other on one serial port of the guest */
#ifndef SESSION_H
#define SESSION_H

/* Serves the port for ever; returns only when the port cannot be used at all. */
void session_serve(const char *port);

#endif
