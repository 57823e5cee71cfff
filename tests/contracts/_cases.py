"""Scenes, kernels and exceptions of the contract tests; what is registered is read, not listed.

A method is held to every contract unless it stands among the exceptions here, with the reason.
"""

import functools

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry

METHODS = tuple(registry)
RESTORING = tuple(name for name in registry if registry.get(name).kind == "inverse")

# The default of the inverse filter is the plain division, which shows what noise does to it.
OPTIONS = {"inverse_filter": {"threshold": "auto"}}

# In three dimensions the default has 52 bands; lines and pictures have it.
LIGHT = {("wavelet_l1", 3): {"wavelet": "haar"}}

# A constant more in the data is a constant more in the estimate, but for these.
NO_LEVEL = {
    "nnls": "its estimate is at least zero",
    "richardson_lucy": "its estimate is at least zero",
    "blind_richardson_lucy": "its estimate is at least zero",
    "ictm": "its estimate is at least zero",
    "stark_parker": "its estimate is at least zero by default",
    "sparse": "a level is a spike everywhere",
    "adjoint": "it restores no values",
    "scaled_adjoint": "it restores no values",
}
# They blur once more instead of dividing, so they do not fall as the kernel grows.
NO_UNIT = {"adjoint": "A^T y grows with the kernel"}

KERNELS = {  # number of axes -> odd and even
    1: (sd.psf.gaussian(1.4, ndim=1), np.array([0.1, 0.3, 0.4, 0.2])),
    2: (sd.psf.gaussian((1.1, 0.8), shape=(7, 5)), np.outer([0.1, 0.3, 0.4, 0.2], [0.3, 0.7])),
    3: (sd.psf.gaussian((0.6, 0.8, 0.7), shape=(3, 3, 3)), np.full((2, 2, 2), 0.125)),
}


def by_weight(name):
    """Tell whether a method solves its problem again and again to find a weight for its prior."""
    entry = registry.get(name)
    return entry.iterates and entry.strength is not None and entry.strength.parameter == "weight"


def each(names):
    """Return cases of names, of which those that search a weight take their time."""
    return [pytest.param(n, marks=pytest.mark.slow if by_weight(n) else ()) for n in names]


def options(name, ndim=1):
    """Return the parameters of a method that restores what it can."""
    return OPTIONS.get(name, {}) | LIGHT.get((name, ndim), {})


def function(name, ndim=1):
    """Return the public function with those parameters."""
    return functools.partial(registry.get(name).function, **options(name, ndim))


@functools.cache
def plain(name, ndim=1, boundary=None, dtype=np.float64):
    """Return the estimate from what a camera saw of the usual scene; read only."""
    y = seen(ndim).y.astype(dtype)
    x = function(name, ndim)(y, KERNELS[ndim][0], boundary=boundary)
    x.flags.writeable = False
    return x


def scene(ndim, name=""):
    """Return a scene from 0 to 1: steps, coins, balls; spikes for a method that asks for few."""
    rng = np.random.default_rng(0)
    if name == "sparse":
        shape = {1: (150,), 2: (30, 28), 3: (9, 10, 9)}[ndim]
        return np.where(rng.random(shape) < 0.02, 0.5 + rng.random(shape), 0.0)
    if ndim == 1:
        return np.repeat(rng.random(12), 12)
    if ndim == 2:
        return sd.datasets.coins()[110:140, 40:68]
    z, y, x = np.indices((9, 10, 9))
    balls = [(3, 4, 3, 2.5), (6, 6, 5, 2.4), (5, 2, 6, 1.9)]
    inside = [(z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 < r**2 for a, b, c, r in balls]
    return 0.1 + 0.8 * np.any(inside, axis=0)


@functools.cache
def seen(ndim, parity=0, noise=0.01, name=""):
    """Return what a camera saw of a scene."""
    return sd.simulate(scene(ndim, name), KERNELS[ndim][parity], noise=noise, rng=1)


def unlike(a, b):
    """Return the root mean square of a difference, relative to the spread of `b`."""
    return float(np.sqrt(np.mean((np.asarray(a) - b) ** 2)) / (np.std(b) or 1.0))


def tolerance(name, single=False):
    """Return how much two runs may differ, by the mathematics of a method.

    Closed forms, and iterations whose end does not depend on rounding, differ by it alone. A
    solver that ends within a part of the noise may end one step apart; a proximal map that is not
    continuous jumps, and rounding decides on which side.
    """
    entry = registry.get(name)
    if entry.needs == "spectrum" and entry.iterates:
        return 3e-2
    return 2e-3 if single else 1e-8
