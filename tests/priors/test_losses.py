"""The proximal map of every loss against its value: no sample can be moved to a lower sum."""

import numpy as np
import pytest

from sigdeconv import losses


@pytest.mark.parametrize("rho", [0.3, 4.0])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", losses.registry)
def test_prox_is_the_minimum(name, masked, rho):
    rng = np.random.default_rng(0)
    y, v = 3 * rng.random(40), 3 * rng.random(40)
    m = np.linspace(0.05, 1.0, 40) if masked else None
    loss = losses.registry.get(name)().for_noise(0.3)
    found = loss.prox(v, rho, y, m)

    def total(z):
        return loss.value(z, y, m) + rho * np.sum((z - v) ** 2) / 2

    least = total(found)
    for step in (1e-3, -1e-3, 0.1, -0.1):
        for k in range(y.size):
            moved = found.copy()
            moved[k] += step
            assert total(moved) >= least - 1e-12, (k, step)
