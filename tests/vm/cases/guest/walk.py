# SPDX-License-Identifier: Apache-2.0
"""walk DIR - one line for everything below DIR: bytes, attributes, extended attributes.

Not the time of last access, which reading changes, nor the inode number and time of
inode change unless --inodes: a restored file is a new inode.
"""
import hashlib
import os
import stat
import sys


def line(path, inodes):
    st = os.lstat(path)
    parts = [path, oct(st.st_mode), st.st_uid, st.st_gid, st.st_mtime_ns]
    if not stat.S_ISDIR(st.st_mode):
        parts += [st.st_size, st.st_nlink]
    if inodes:
        parts += [st.st_ino, st.st_ctime_ns]
    if stat.S_ISLNK(st.st_mode):
        parts.append(os.readlink(path))
    elif stat.S_ISREG(st.st_mode):
        with open(path, "rb") as file:
            parts.append(hashlib.sha256(file.read()).hexdigest())
    for name in sorted(os.listxattr(path, follow_symlinks=False)):
        parts.append((name, os.getxattr(path, name, follow_symlinks=False)))
    return repr(parts)


inodes = "--inodes" in sys.argv
top = os.path.join(sys.argv[1], "")
print(line(top, inodes))
for directory, names, files in os.walk(top):
    names.sort()
    for name in sorted(names + files):
        print(line(os.path.join(directory, name), inodes))
