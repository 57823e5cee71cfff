"""The adjoint as a "restoration": what a transposed convolution with the same kernel gives.

The adjoint A^H y has the shape of the signal and is not the signal: it blurs once more. The best
factor in front of it, found from the data alone, repairs the level and nothing else. Both are here
to be compared with.
"""

from __future__ import annotations

from sigdeconv._array import Array, namespace
from sigdeconv.method import Estimate, method
from sigdeconv.operators.convolution import Convolution

__all__ = ["adjoint", "scaled_adjoint"]


@method(wing="adjoint")
def adjoint(y: Array, A: Convolution) -> Array:
    """Transposed convolution with the same kernel: the adjoint, no inverse.

    Notes
    -----
    x = A^H y. It restores the shape of the signal, not its values.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.adjoint([0.0, 1.0, 0.0], [1.0, 2.0, 3.0], boundary="zero")
    array([3., 2., 1.])
    """
    return A.adjoint(y)


@method(wing="adjoint")
def scaled_adjoint(y: Array, A: Convolution) -> Estimate:
    """Transposed convolution times the factor that fits the data best.

    Notes
    -----
    x = a A^H y with a = argmin |a A A^H y - y|^2 = |A^H y|^2 / |A A^H y|^2: one step of steepest
    descent from zero.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning",
           2016, :doi:`10.48550/arXiv.1603.07285`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> sd.scaled_adjoint([0.0, 1.0, 0.0], [0.0, 2.0, 0.0], boundary="zero")
    array([0. , 0.5, 0. ])
    """
    xp = namespace(y)
    x = A.adjoint(y)
    Ax = A.forward(x)
    energy = float(xp.sum(xp.abs(Ax) ** 2))
    factor = float(xp.sum(xp.abs(x) ** 2)) / energy if energy > 0 else 0.0
    return Estimate(x * factor, parameters={"factor": factor})
