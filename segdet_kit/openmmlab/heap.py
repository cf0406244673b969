"""What the C library does with memory that was freed."""

from __future__ import annotations

import ctypes
import platform

OPTIONS = {"M_TRIM_THRESHOLD": (-1, -1), "M_TOP_PAD": (-2, 64 * 1024**2), "M_MMAP_MAX": (-4, 0)}
"""glibc's names, numbers and our values: never give back, grow by 64 MiB, map no tensor on its own."""


def keep_freed_memory() -> None:
    """Let this process keep freed memory for its next tensors.

    glibc hands large tensors back to the kernel as they die, and each iteration of a training on a CPU then
    waits until the kernel has zeroed them anew. Costs some memory: more is held than is needed at once.
    Does nothing where the C library is another. Cannot be undone.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for number, value in OPTIONS.values():
            mallopt(number, value)
