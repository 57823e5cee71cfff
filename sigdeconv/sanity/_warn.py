"""The checks put together, and the one place that warns."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable

import numpy as np

from sigdeconv._array import Array, to_numpy
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution
from sigdeconv.problem import Observation
from sigdeconv.result import Result
from sigdeconv.sanity._data import few_bits, saturated
from sigdeconv.sanity._kernel import kernel_faults
from sigdeconv.sanity._outliers import stand_out

__all__ = [
    "ResultWarning",
    "SanityWarning",
    "check",
    "say",
    "warn_about",
    "warn_of_doubts",
]

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class SanityWarning(UserWarning):
    """Data or kernel are probably not what the user thinks they are.

    Examples
    --------
    >>> import warnings
    >>> import sigdeconv as sd
    >>> warnings.simplefilter("error", sd.sanity.SanityWarning)  # doubt stops the script
    >>> warnings.simplefilter("default", sd.sanity.SanityWarning)
    """


class ResultWarning(SanityWarning):
    """A result is probably of no use: worse than the data, out of proportion, or not done.

    Examples
    --------
    >>> import warnings
    >>> import sigdeconv as sd
    >>> warnings.simplefilter("ignore", sd.sanity.ResultWarning)  # to see what noise does to it
    >>> warnings.simplefilter("default", sd.sanity.ResultWarning)
    """


def check(y: Array, A: Operator) -> list[str]:
    """Return what is probably wrong with the data `y` or the kernel of `A`.

    Parameters
    ----------
    y : array
        The data.
    A : Operator
        The operator; of one that is no convolution the data alone are looked at.

    Returns
    -------
    sentences : list of str
        Each names what was found and what to do; empty when all is well.

    Notes
    -----
    Found are: a kernel that does not sum to one, stands on a pedestal, is cut off, is flat at its
    top as a saturated one, or whose centre was not given and may be another; data that are
    saturated, that have samples which the kernel cannot have made, or whose noise is below the
    resolution of single precision; a kernel sampled so coarsely that the data are aliased.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> A = sd.Convolution.for_data(np.ones(5), (64,))
    >>> sd.sanity.check(np.random.default_rng(0).random(64), A)[0][:14]
    'psf sums to 5,'
    """
    values = to_numpy(y)
    if not isinstance(A, Convolution):
        text = few_bits(values) if np.isrealobj(values) else ""
        return [text] if text else []
    found = kernel_faults(A)
    if np.isrealobj(values):
        full = saturated(values, A)
        found += [full, "" if full else stand_out(values, A), few_bits(values)]
    return [text for text in found if text]


def warn_about(observations: Iterable[Observation]) -> None:
    """Say what is probably wrong with observations, each once, where the package was called.

    Parameters
    ----------
    observations : iterable of Observation
        Data with their operators, such as the channels of one picture.

    Warns
    -----
    SanityWarning
        For every text of `check`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.box(5), noise=0.01, rng=0)
    >>> sd.sanity.warn_about([obs])  # nothing is
    """
    texts = [text for obs in observations for text in check(obs.y, obs.A)]
    for text in dict.fromkeys(texts):
        say(text)


def say(text: str) -> None:
    """Say a doubt as a warning, where the package was called.

    Parameters
    ----------
    text : str
        What was found and what to do.

    Warns
    -----
    SanityWarning
        Of that text.

    Examples
    --------
    >>> import warnings, sigdeconv as sd
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     sd.sanity.say("the kernel is a guess")
    >>> str(said[0].message)
    'the kernel is a guess'
    """
    warnings.warn(text, SanityWarning, stacklevel=_levels_to_the_caller())


def warn_of_doubts(result: Result) -> None:
    """Say what is doubtful about a result, once, where the package was called.

    Parameters
    ----------
    result : Result
        With its doubts, and those of its channels.

    Warns
    -----
    ResultWarning
        For every text of `Result.doubts`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.box(5), noise=0.01, rng=0)
    >>> sd.sanity.warn_of_doubts(sd.deconvolve(obs))  # nothing is
    """
    texts = [*result.doubts, *(text for part in result.channels for text in part.doubts)]
    for text in dict.fromkeys(texts):
        warnings.warn(text, ResultWarning, stacklevel=_levels_to_the_caller())


def _levels_to_the_caller() -> int:
    """Return the stack level, for a warning of `say`, of the first frame outside."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        level, frame = level + 1, frame.f_back
    return level
