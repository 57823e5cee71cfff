"""What a stride dropped: the part of the truth that no data of this operator hold."""

from __future__ import annotations

import dataclasses

import numpy as np

from sigdeconv import metrics
from sigdeconv._array import to_numpy
from sigdeconv.operators import Convolution
from sigdeconv.operators.pseudo import null_part
from sigdeconv.problem import Observation

__all__ = ["NullSpace", "null_space"]


@dataclasses.dataclass(frozen=True)
class NullSpace:
    """The part of the truth in the null space of a strided operator, on a periodic grid.

    Attributes
    ----------
    energy : float
        Its part of the truth's energy about the mean, from 0 to 1.
    psnr : float
        PSNR in dB of the pseudo-inverse of data without noise, which has all but this part.
    kept : float
        Part of the samples that the stride keeps.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> x = sd.datasets.coins()[:64, :64]
    >>> obs = sd.simulate(x, sd.psf.gaussian(1.0), stride=2, noise=0.01, rng=0)
    >>> found = sd.compare(obs, methods=["scaled_adjoint"]).null_space
    >>> found.kept, 0 < found.energy < 0.2
    (0.25, True)
    """

    energy: float
    psnr: float
    kept: float

    def __str__(self) -> str:
        return (
            f"The stride keeps {self.kept:.0%} of the samples: {self.energy:.2%} of the truth's "
            f"energy about its mean is in the null space, where only a prior brings it back; from "
            f"data without noise the pseudo-inverse would reach {self.psnr:.1f} dB."
        )


def null_space(obs: Observation) -> NullSpace | None:
    """Return what is lost of the truth; None where nothing is, or where it is not known."""
    window, A = obs.truth_window, obs.A
    if window is None or not isinstance(A, Convolution) or all(s == 1 for s in A.stride):
        return None
    x = to_numpy(window)
    shape = tuple(n - n % s for n, s in zip(x.shape, A.stride, strict=True))
    spans = zip(A.psf.shape, A.dilation, shape, strict=True)
    if any(l * (k - 1) + 1 > n for k, l, n in spans) or np.iscomplexobj(x):
        return None
    x = x[tuple(slice(n) for n in shape)]
    psf = to_numpy(A.psf)
    periodic = Convolution(psf, shape, "periodic", stride=A.stride, dilation=A.dilation)
    lost = to_numpy(null_part(periodic, x))
    about = float(np.sum((x - x.mean()) ** 2))
    energy = float(np.sum(lost**2)) / about if about else 0.0
    kept = float(np.prod([1 / s for s in A.stride]))
    return NullSpace(energy, metrics.psnr(x, x - lost), kept)
