#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""long_body.py PORT TIMES - clients that send 4 MiB and only then read; how many were answered 413."""
import socket
import ssl
import sys

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
body = b"x" * (4 << 20)
answered = 0
for _ in range(int(sys.argv[2])):
    try:
        with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as plain:
            with context.wrap_socket(plain) as s:
                s.sendall(
                    b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body) + body
                )
                answered += s.recv(4096).startswith(b"HTTP/1.1 413 ")
    except OSError:
        pass
print(f"{answered} of {sys.argv[2]}")
