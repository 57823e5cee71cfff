"""Kernels of several signals of one source, from their cross relations.

With y_i = k_i * x, every pair has ``y_i * k_j - y_j * k_i = 0``: a homogeneous linear system for
all kernels at once. White noise adds a multiple of the identity to its normal matrix, and so leaves
the eigenvector of the least eigenvalue where it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["cross_relation"]


def cross_relation(
    frames: Sequence[NDArray[np.float64]], taps: int
) -> tuple[NDArray[np.float64], ...]:
    """Return a kernel of `taps` samples for each signal, up to one factor and one shift."""
    windows = [np.lib.stride_tricks.sliding_window_view(frame, taps)[:, ::-1] for frame in frames]
    count = len(frames)
    grams = [[one.T @ other for other in windows] for one in windows]
    total = sum(grams[k][k] for k in range(count))
    # |y_i * k_j - y_j * k_i|^2 over the pairs: k_j has the power of all others on its diagonal.
    matrix = np.block(
        [
            [total - grams[i][i] if i == j else -grams[j][i] for j in range(count)]
            for i in range(count)
        ]
    )
    from scipy.linalg import eigh

    _, vector = eigh(matrix, subset_by_index=[0, 0])
    kernels = vector[:, 0].reshape(count, taps)
    first = kernels.ravel()[int(np.argmax(np.abs(kernels)))]
    return tuple(kernels * (math.copysign(1.0, first) * math.sqrt(count)))
