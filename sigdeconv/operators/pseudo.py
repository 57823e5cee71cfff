"""The pseudo-inverse of a strided convolution in closed form, on a periodic grid.

Dropping all but one of S samples folds the spectrum: with M = N / S, the data at frequency f hold

    Y(f) = (1/S) sum_k H(f + k M) X(f + k M)

and nothing else. The estimate of least squares that has nothing in the null space puts each back in
proportion to what the blur let through,

    X(f + k M) = conj(H(f + k M)) S Y(f) / sum_k |H(f + k M)|^2

with the product of the strides in place of S in more dimensions. (Tsai & Huang 1984; Zhao et al.
2016, "Fast single image super-resolution using a new analytical solution for l2-l2 problems",
:doi:`10.1109/TIP.2016.2567075`.)
"""

from __future__ import annotations

import math

from sigdeconv import _fft
from sigdeconv._array import Array, ArrayLike, as_float, is_complex, namespace
from sigdeconv.operators.convolution import Convolution

__all__ = ["null_part", "pseudo_inverse"]


def pseudo_inverse(A: Convolution, y: ArrayLike) -> Array:
    """Return the estimate of least squares with nothing in the null space of `A`.

    Noise is amplified without limit where little is let through; `tikhonov` and others do not.

    Parameters
    ----------
    A : Convolution
        Periodic, with strides that divide its shape, without a mask.
    y : array, shape ``A.out_shape``
        Data.

    Returns
    -------
    x : array, shape ``A.shape``
        In the namespace and precision of `y`.

    Raises
    ------
    ValueError
        If `A` has another border, a mask, a padding, or a stride that does not divide its shape.

    References
    ----------
    .. [1] N. Zhao, Q. Wei, A. Basarab, N. Dobigeon, D. Kouame and J.-Y. Tourneret, "Fast single
           image super-resolution using a new analytical solution for l2-l2 problems", IEEE Trans.
           Image Process. 25, 2016, :doi:`10.1109/TIP.2016.2567075`.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> from sigdeconv.operators import pseudo_inverse
    >>> A = sd.Convolution([1.0, 2.0, 1.0], (8,), "periodic", stride=2)
    >>> y = A(np.arange(8.0))
    >>> x = pseudo_inverse(A, y)
    >>> bool(np.allclose(A(x), y)), bool(np.allclose(x, np.linalg.pinv(A.to_dense()) @ y))
    (True, True)
    """
    _check(A)
    y = as_float(y, "y")
    if tuple(y.shape) != A.out_shape:
        raise ValueError(f"y has shape {tuple(y.shape)}; expected {A.out_shape}, that of the data")
    xp = namespace(y)
    axes = tuple(range(y.ndim))
    H = xp.asarray(A.otf)
    power = xp.abs(H) ** 2
    total = _folded(power, A)
    # Below the rounding of the transfer function itself there is nothing to divide by.
    least = (4 * float(xp.finfo(power.dtype).eps)) ** 2 * float(xp.max(power))
    seen = total > least
    weight = xp.where(seen, 1 / xp.where(seen, total, xp.ones_like(total)), xp.zeros_like(total))
    folded = _fft.fftn(y, axes=axes) * weight * math.prod(A.stride)
    x = _fft.ifftn(xp.conj(H) * xp.tile(folded, A.stride), axes=axes)
    real = not is_complex(y) and not is_complex(A.psf)
    return xp.real(x) if real else x


def null_part(A: Convolution, x: ArrayLike) -> Array:
    """Return the part of `x` that lies in the null space of `A`: what the data hold nothing of.

    Parameters
    ----------
    A : Convolution
        As in `pseudo_inverse`.
    x : array, shape ``A.shape``
        A signal.

    Returns
    -------
    array, shape ``A.shape``
        ``x - pseudo_inverse(A, A(x))``.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> from sigdeconv.operators import null_part
    >>> A = sd.Convolution([1.0, 2.0, 1.0], (8,), "periodic", stride=2)
    >>> lost = null_part(A, np.arange(8.0))
    >>> bool(np.allclose(A(lost), 0))
    True
    """
    x = as_float(x, "x")
    return x - pseudo_inverse(A, A.forward(x))


def _check(A: Convolution) -> None:
    divided = all(n % s == 0 for n, s in zip(A.shape, A.stride, strict=True))
    whole = tuple(n // s for n, s in zip(A.shape, A.stride, strict=True))
    if A.boundary != "periodic" or A.mask is not None or not divided or A.out_shape != whole:
        raise ValueError(
            f"A must be periodic, without mask and padding, its shape a multiple of its stride; "
            f"got {A!r}. For any other operator sd.cgls comes to the same by iteration"
        )


def _folded(power: Array, A: Convolution) -> Array:
    """Return the sum over the frequencies that the stride folds onto each other."""
    xp = namespace(power)
    split = [n for m, s in zip(A.out_shape, A.stride, strict=True) for n in (s, m)]
    folded = xp.reshape(power, tuple(split))
    return xp.sum(folded, axis=tuple(range(0, 2 * len(A.shape), 2)))
