"""What `estimate` returns: a kernel found from the data, and how well it is known."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _display

__all__ = ["KernelEstimate"]

Verdict = Literal["blur seen", "no blur seen", "not identifiable"]


@final
@dataclasses.dataclass(frozen=True, eq=False)
class KernelEstimate:
    """A kernel found from data, and how well it is known.

    Attributes
    ----------
    psf : ndarray of float64
        The kernel, sum one, centre at ``n // 2``; a single one where no blur is seen.
    family : str
        The family.
    parameters : dict of str to float
        Its parameters, in samples and degrees.
    interval : dict of str to (float, float)
        The range of each in which it lies with a probability of 68 per cent.
    verdict : str
        ``blur seen``, ``no blur seen``, or ``not identifiable``.
    why : str
        The reason, one sentence.
    gain : float
        Log likelihood gained over no blur.
    curve : tuple of ndarray
        Values of the first parameter, and the negative log likelihood less its least value.
    spectrum : tuple of ndarray
        Frequency in cycles a sample, the measured power and what the estimate expects there.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.disk(4.0), noise=0.01, rng=0)
    >>> found = sd.psf.estimate(seen.y, family="disk")
    >>> found.verdict, 3.9 < found.parameters["radius"] < 4.1
    ('blur seen', True)
    """

    psf: NDArray[np.float64]
    family: str
    parameters: dict[str, float]
    interval: dict[str, tuple[float, float]]
    verdict: Verdict
    why: str
    gain: float
    curve: tuple[NDArray[np.float64], NDArray[np.float64]]
    spectrum: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

    def rows(self) -> list[tuple[str, str]]:
        """Return what it shows of itself: the name and the text of each line."""
        rows = [("verdict", self.verdict), ("family", self.family)]
        for name, value in self.parameters.items():
            low, high = self.interval[name]
            rows.append((name, f"{value:.4g} ({low:.4g} to {high:.4g})"))
        return [*rows, ("why", self.why)]

    def __str__(self) -> str:
        return "\n".join(f"{name:>12}  {text}" for name, text in self.rows())

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value:.4g}" for name, value in self.parameters.items())
        return f"KernelEstimate({self.verdict}: {self.family}, {given})"

    def plot(self, path: str | os.PathLike[str] | None = None, **options: Any) -> Any:
        """Return a figure: the kernel, the likelihood along its width, and the spectrum."""
        return _display.draw(self, path, **options)
