"""A quick search of weights, for contracts that hold whatever the weight is."""

import dataclasses

import pytest

from sigdeconv.solvers.variational import sure
from tests.contracts._cases import plain


@pytest.fixture(scope="module")
def one_probe():
    """Measure the effective parameters with one random probe, however few the data are.

    Few data are probed by four, with four times as many iterations, which makes the weight better
    and takes sixteen times as long.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sure, "SURE", dataclasses.replace(sure.SURE, few_samples=0))
        plain.cache_clear()
        yield
        plain.cache_clear()
