"""What the process may use of the machine: its cores and its memory.

A container or a batch system gives less than the machine has: affinity, control groups (versions 1
and 2) and limits of the process are read, and OMP_NUM_THREADS is obeyed.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import pathlib
import threading
from collections.abc import Iterator

__all__ = ["allowed", "cores", "free_memory", "on_threads", "quota"]

PROC, GROUPS = pathlib.Path("/proc"), pathlib.Path("/sys/fs/cgroup")


def cores() -> int:
    """Return how many cores the process may use: OMP_NUM_THREADS, or its affinity and quota."""
    told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if told.isdigit() and int(told) > 0:
        return int(told)
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(own, math.ceil(min(_own_quota(), own))), 1)


def quota(proc: pathlib.Path = PROC, groups: pathlib.Path = GROUPS) -> float:
    """Return the cores that the control groups of the process allow, infinity without a limit.

    Parameters
    ----------
    proc, groups : path
        See `free_memory`.
    """
    found = math.inf
    for folder in _folders("cpu", proc, groups):
        newer = _words(folder / "cpu.max")
        older = [*_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us")]
        for pair in (newer, older):
            if len(pair) == 2 and pair[0].isdigit() and int(pair[1]) > 0:
                found = min(found, int(pair[0]) / int(pair[1]))
    return found


_told = threading.local()


@contextlib.contextmanager
def on_threads(number: int | None) -> Iterator[None]:
    """Let what this thread does by itself use so many threads at most; None: as usual."""
    before, _told.number = getattr(_told, "number", None), number
    try:
        yield
    finally:
        _told.number = before


def allowed() -> int:
    """Return how many threads this thread may use: `cores`, or what `on_threads` says."""
    return getattr(_told, "number", None) or cores()


@functools.cache
def _own_quota() -> float:
    return quota()


def free_memory(proc: pathlib.Path = PROC, groups: pathlib.Path = GROUPS) -> float:
    """Return the bytes that the process may still take, infinity where nothing says.

    Parameters
    ----------
    proc, groups : path
        Where the kernel tells of processes and of control groups.
    """
    free = _named(proc / "meminfo", "MemAvailable:", 1024)
    found = [math.inf if free is None else free]
    for folder in _folders("memory", proc, groups):
        for most, used, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit, now = _words(folder / most), _words(folder / used)
            if limit and now and limit[0].isdigit() and now[0].isdigit():
                kept = _named(folder / "memory.stat", cache, 1) or 0  # given back when it is asked
                found.append(max(int(limit[0]) - int(now[0]) + kept, 0))
    found += _under_limit(proc)
    return float(min(found))


def _under_limit(proc: pathlib.Path) -> list[float]:
    """Return what the limit on the addresses of the process leaves, where there is one."""
    try:
        import resource
    except ImportError:
        return []
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    used = _named(proc / "self" / "status", "VmSize:", 1024)
    return [] if limit == resource.RLIM_INFINITY or used is None else [max(limit - used, 0.0)]


def _folders(controller: str, proc: pathlib.Path, groups: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield the folders of the control groups of the process, and of those that hold them."""
    for line in _text(proc / "self" / "cgroup").splitlines():
        _, names, path = [*line.split(":", 2), "", ""][:3]
        if names and controller not in names.split(","):
            continue
        root = groups / (controller if names else "")
        inner = root / path.lstrip("/")
        yield root
        while inner != root and root in inner.parents:
            yield inner
            inner = inner.parent


def _text(path: pathlib.Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _words(path: pathlib.Path) -> list[str]:
    return _text(path).split()


def _named(path: pathlib.Path, name: str, unit: int) -> float | None:
    """Return the number behind a name, times its unit."""
    for line in _text(path).splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == name and words[1].isdigit():
            return float(int(words[1]) * unit)
    return None
