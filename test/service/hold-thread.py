"""Holds one thread of a process where it stands, as a disk that no longer answers would, until this ends."""

import ctypes
import os
import sys

PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
thread = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
    if libc.ptrace(request, thread, None, None) != 0:
        sys.exit(f"ptrace refused: errno {ctypes.get_errno()}")
WALL = 0x40000000
os.waitpid(thread, WALL)
print("held", flush=True)
# A process is gone only when whoever holds one of its threads has seen the end of that, too.
os.waitpid(thread, WALL)
