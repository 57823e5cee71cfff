"""What a variational method does at every weight: the numbers that all rules of choice are made of.

The problem is solved for the data and for the data with a little of a random probe added, side by
side (Ramani, Blu & Unser 2008, doi:10.1109/TIP.2008.2001404), from smooth to sharp, each solution
being the start of the next.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sigdeconv._array import Array, random_generator, to_numpy
from sigdeconv.inverse._curve import Numbers, Points
from sigdeconv.inverse._stage import make_stage
from sigdeconv.inverse._variational import (
    Setting,
    make_admm,
    noise_of_residual,
    reweight,
    unmasked,
)
from sigdeconv.operators.convolution import Convolution

__all__ = ["variational_points"]

CLOSE = 0.02  # change in an iteration, as a fraction of the residual, that ends a weight
LEAST, MOST = 20, 150  # iterations at a weight


def variational_points(
    y: Array, A: Convolution, setting: Setting, weights: Numbers, noise: float, rng: Any
) -> Points:
    """Return the numbers at each weight, which rise.

    Parameters
    ----------
    y : array
        The data, multiplied by the operator's mask.
    A : Convolution
        The operator.
    setting : Setting
        Everything but the weight; its data term is the Gaussian one.
    weights : ndarray
        From the least to the largest.
    noise : float
        Variance of the noise.
    rng : int, Generator or None
        Seed of the probe.
    """
    data = to_numpy(unmasked(y, A))
    m = np.ones(data.shape) if A.mask is None else np.broadcast_to(A.mask, data.shape) ** 2
    z = random_generator(rng).choice([-1.0, 1.0], size=data.shape)
    step = 0.1 * math.sqrt(noise) or 1e-3 * float(np.std(data)) or 1.0
    both = np.stack([data, data + (step * z).astype(data.dtype)])
    stage = make_stage(A, data)
    loss = setting.loss_of(both, A.mask, 1.0)
    last = float(weights[-1])
    admm = make_admm(stage, both, loss, setting, last)
    rows, estimates = [], []
    for weight in map(float, weights[::-1]):
        reweight(admm, setting.prior, weight, weight / last)
        last = weight
        for k in range(MOST):
            before = admm.u
            admm.step()
            change = math.sqrt(float(np.mean((admm.u - before) ** 2)))
            close = CLOSE * noise_of_residual(loss, admm.Hu[stage.data])
            if k >= LEAST and change <= close:
                break
        fit = admm.Hu[stage.data].astype(float)
        x = np.clip(stage.domain_of(admm.u[0]), setting.low, setting.high)
        misfit = float(np.sum(m * (fit[0] - data) ** 2))
        freedom = float(np.sum((m > 0) * z * (fit[1] - fit[0]))) / step
        rows.append((misfit, _price(admm, setting), freedom))
        estimates.append(x[A.window] + 0)
    misfit, penalty, freedom = np.array(rows[::-1]).T
    samples = float(np.sum(m > 0))
    return Points(samples, misfit, penalty, freedom, estimates=estimates[::-1])


def _price(admm: Any, setting: Setting) -> float:
    """Return the price of the first of two estimates, by what its split holds."""
    return float(setting.prior.value(admm.terms[0].z[:, 0, ...]))
