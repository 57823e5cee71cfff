"""A quick search of weights, for what holds whatever the weight is."""

import contextlib
import dataclasses

import pytest

from sigdeconv.solvers.variational import sure


@contextlib.contextmanager
def one_probe():
    """Measure the effective parameters with one random probe, however few the data are.

    Few data are probed by four, with four times as many iterations, which makes the weight better
    and takes sixteen times as long.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sure, "SURE", dataclasses.replace(sure.SURE, few_samples=0))
        yield
