"""Element-wise work in blocks that fit the cache, on as many threads as the transforms have.

A chain of NumPy operations on a large array is bound by memory: each reads and writes all of it.
Done block by block the chain costs one pass, and its temporaries are small. Arrays of other
namespaces are taken in one piece, since their libraries have threads of their own.
"""

from __future__ import annotations

import concurrent.futures
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sigdeconv._array import Array, namespace

__all__ = ["Blocks"]

BLOCK = 1 << 16  # samples of a block: 256 KiB in single precision


class Blocks:
    """Run a function of an index, some rows of an array, over all of its rows.

    Parameters
    ----------
    workers : int
        Number of threads.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: concurrent.futures.ThreadPoolExecutor | None = None

    def run(
        self, function: Callable[[Any], Any], like: Array, rows: int | None = None
    ) -> list[Any]:
        """Return what ``function(rows)`` gives for every block of rows of an array as `like`.

        A block has as many `rows` as told, or as fit the cache.
        """
        n = like.shape[0]
        if namespace(like) is not np or n == 0:
            return [function(...)]
        rows = rows or max(BLOCK * n // max(math.prod(like.shape), 1), 1)
        slices = [(slice(k, min(k + rows, n)), ...) for k in range(0, n, rows)]
        if self.workers < 2 or len(slices) < 4:
            return [function(s) for s in slices]
        if self._pool is None:
            self._pool = concurrent.futures.ThreadPoolExecutor(self.workers - 1)
        found: list[Any] = [None] * len(slices)
        todo = iter(range(len(slices)))  # shared: who is done takes the next

        def work() -> None:
            for k in todo:
                found[k] = function(slices[k])

        others = [self._pool.submit(work) for _ in range(self.workers - 1)]
        work()  # this thread is one of the workers
        for other in others:
            other.result()
        return found
