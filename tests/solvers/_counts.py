"""Data of counts for the tests of Richardson-Lucy."""

import numpy as np

import sigdeconv as sd


def kernel(shape):
    h = np.random.default_rng(1).random(shape)
    return h / h.sum()


def small(shape=(6, 7), peak=50, boundary="unknown"):
    """Return counts and an operator that leaves no dof."""
    A = sd.Convolution.for_data(kernel((2, 3)) + np.eye(2, 3), shape, boundary=boundary)
    rng = np.random.default_rng(2)
    return rng.poisson(A(peak * rng.random(A.shape))).astype(float), A


def solve(y, A, **options):
    return sd.deconvolve(y, A, method="richardson_lucy", **options)


def matrix(A):
    eye = np.eye(int(np.prod(A.shape)))
    return np.stack([A(e.reshape(A.shape)).ravel() for e in eye], axis=1)
