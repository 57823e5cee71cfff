"""How a claim is tried: cases in, verdict out."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, final

import numpy as np

from sigdeconv._array import Array, NumpyArray
from sigdeconv.operators.base import Operator
from sigdeconv.operators.convolution import Convolution

__all__ = [
    "CLAIMS",
    "Evidence",
    "Finding",
    "Lab",
    "Verdict",
    "claim",
    "dense",
    "relative_error",
    "scaled_error",
]


class Verdict(enum.Enum):
    """What the cases say of a claim.

    Examples
    --------
    >>> from sigdeconv import claims
    >>> [verdict.value for verdict in claims.Verdict]
    ['holds', 'fails', 'holds when', 'by reference']
    """

    HOLDS = "holds"
    FAILS = "fails"
    SOMETIMES = "holds when"
    REFERENCE = "by reference"


@final
@dataclasses.dataclass(frozen=True)
class Evidence:
    """What came out of an experiment.

    Attributes
    ----------
    cases : dict of str to bool
        Whether the claim is right, by the case that was tried.
    measured : str
        The figures in words.
    condition : str
        What decides, when the claim holds in some cases only; the correction, when it fails.
    figures : dict of str to float
        The figures as numbers.
    universal : bool
        Whether the claim is meant for every case, so that one counterexample refutes it.
    rests : bool
        Whether the claim rests on references; the cases are what can be tried of it.
    """

    cases: dict[str, bool]
    measured: str
    condition: str = ""
    figures: dict[str, float] = dataclasses.field(default_factory=dict)
    universal: bool = False
    rests: bool = False

    @property
    def verdict(self) -> Verdict:
        """All cases, none, or some; a claim may rest on its references instead.

        Some cases are not enough for a universal claim, which then fails.
        """
        if self.rests or not self.cases:
            return Verdict.REFERENCE
        outcomes = set(self.cases.values())
        if outcomes == {True}:
            return Verdict.HOLDS
        some = True in outcomes and not self.universal
        return Verdict.SOMETIMES if some else Verdict.FAILS


def _transposed(A: Operator) -> np.ndarray:
    """Return the matrix of the adjoint."""
    return A.T.to_dense()


@final
@dataclasses.dataclass(frozen=True)
class Lab:
    """The tools of the experiments; replace one to see which verdicts depend on it.

    Attributes
    ----------
    transpose : callable
        The map that is called "deconvolution layer", from an operator: its matrix, signal by data.
    rng : int
        Seed of the random signals.

    Examples
    --------
    >>> import numpy as np
    >>> from sigdeconv import claims
    >>> inverse = claims.Lab(transpose=lambda A: np.linalg.pinv(A.to_dense()))
    >>> claims.run(1).verdict.value, claims.run(1, inverse).verdict.value
    ('fails', 'holds when')
    """

    transpose: Callable[[Operator], np.ndarray] = _transposed
    rng: int = 0
    kept: dict[str, Evidence] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # of experiments that others build on, for this lab alone

    def back(self, A: Operator, y: Array) -> NumpyArray:
        """Return the transpose of `A` on `y`, without its matrix where it is the adjoint."""
        if self.transpose is _transposed:
            return np.asarray(A.adjoint(y))
        return np.asarray(self.transpose(A) @ np.asarray(y))

    def draw(self, *shape: int) -> np.ndarray:
        """Return standard normal numbers, the same at every call."""
        return np.random.default_rng(self.rng).standard_normal(shape)


@final
@dataclasses.dataclass(frozen=True)
class Finding:
    """A claim, its verdict and the figures behind it.

    Attributes
    ----------
    number : int
        Number of the claim.
    claim : str
        What is claimed.
    verdict : Verdict
        Whether it holds.
    evidence : Evidence
        The cases that were looked at, and the figure measured.

    Examples
    --------
    >>> from sigdeconv import claims
    >>> finding = claims.run(26)
    >>> finding.number, finding.verdict.value, sum(finding.evidence.cases.values())
    (26, 'holds', 2)
    """

    number: int
    claim: str
    verdict: Verdict
    evidence: Evidence

    def __str__(self) -> str:
        lines = [f"{self.number}. {self.claim}", f"   verdict:  {self.verdict.value}"]
        lines[1] += f" {self.evidence.condition}" if self.verdict is Verdict.SOMETIMES else ""
        if self.verdict is not Verdict.SOMETIMES and self.evidence.condition:
            lines.append(f"   rather:   {self.evidence.condition}")
        lines.append(f"   measured: {self.evidence.measured}")
        lines += [f"     [{'x' if ok else ' '}] {case}" for case, ok in self.evidence.cases.items()]
        return "\n".join(lines)


# number -> what is said, and the experiment; filled by the modules that hold them
CLAIMS: dict[int, tuple[str, Callable[[Lab], Evidence]]] = {}


def claim(
    number: int, text: str
) -> Callable[[Callable[[Lab], Evidence]], Callable[[Lab], Evidence]]:
    """Register the experiment of a numbered claim."""

    def register(experiment: Callable[[Lab], Evidence]) -> Callable[[Lab], Evidence]:
        CLAIMS[number] = (text, experiment)
        return experiment

    return register


def relative_error(x: Any, estimate: Any) -> float:
    """Return the relative error of `estimate`."""
    return float(np.linalg.norm(estimate - x) / np.linalg.norm(x))


def scaled_error(x: Any, estimate: Any) -> float:
    """Return the relative error of `estimate` after the best factor."""
    energy = float(estimate @ estimate)
    return relative_error(x, estimate * (float(estimate @ x) / energy if energy else 0.0))


def dense(kernel: object, size: int, **options: Any) -> Convolution:
    """Return the one-dimensional layer of deep learning: correlation with `kernel`, padding 0."""
    options.setdefault("padding", 0)
    taps = np.asarray(kernel, dtype=float)[::-1]
    return Convolution(taps, (size,), "zero", **options)
