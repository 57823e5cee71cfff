"""The adjoint as a "restoration": what a transposed convolution with the same kernel gives.

The adjoint A^H y has the shape of the signal and is not the signal: it blurs once more. The best
factor in front of it, found from the data alone, repairs the level and nothing else. Both are here
to be compared with.
"""

from __future__ import annotations

from sigdeconv._array import Array, ArrayLike, namespace
from sigdeconv.geometry import Boundary
from sigdeconv.method import closed_form
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation
from sigdeconv.result import Estimate

__all__ = ["adjoint", "scaled_adjoint"]


def adjoint(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    workers: int | None = None,
) -> Array:
    """Transposed convolution with the same kernel: the adjoint, no inverse.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array or Convolution
        The kernel, with as many axes as `y` and in the order of a convolution; a complex transfer
        function on the grid of `y`; or a ready operator.
    boundary : str, optional
        What lies beyond the border, see `Convolution`; ``unknown`` by default: the data are a
        window of a larger scene.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        The kernel sample that stands for zero displacement, by name or index: ``middle``, the
        default, is ``K // 2``; a response in time begins at ``start``. See `Convolution`.
    mask : array of the shape of `y`, optional
        Weight of each sample in [0, 1]: 0 for a dead one, 1 for a good one.
    workers : int, optional
        Threads; by default the cores that the process may use, for large arrays.

    Returns
    -------
    x : array of the shape of `y`
        The estimate on the window of the data, in its namespace and precision.

    Raises
    ------
    ValueError, TypeError
        If shapes, names or numbers do not fit; the message names the argument.

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
    return ADJOINT.restore(**locals())


def transpose(obs: Observation) -> Array:
    """Return A^H y."""
    return obs.A.adjoint(obs.weighted)


ADJOINT = closed_form(adjoint, transpose, kind="adjoint", needs="adjoint", compared=True)


def scaled_adjoint(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    workers: int | None = None,
) -> Array:
    """Transposed convolution times the factor that fits the data best.

    Parameters
    ----------
    y : array, shape (N,), (M, N) or (L, M, N)
        The data; integers are taken as they are.
    psf : array or Convolution
        The kernel, with as many axes as `y` and in the order of a convolution; a complex transfer
        function on the grid of `y`; or a ready operator.
    boundary : str, optional
        What lies beyond the border, see `Convolution`; ``unknown`` by default: the data are a
        window of a larger scene.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        The kernel sample that stands for zero displacement, by name or index: ``middle``, the
        default, is ``K // 2``; a response in time begins at ``start``. See `Convolution`.
    mask : array of the shape of `y`, optional
        Weight of each sample in [0, 1]: 0 for a dead one, 1 for a good one.
    workers : int, optional
        Threads; by default the cores that the process may use, for large arrays.

    Returns
    -------
    x : array of the shape of `y`
        The estimate on the window of the data, in its namespace and precision.

    Raises
    ------
    ValueError, TypeError
        If shapes, names or numbers do not fit; the message names the argument.

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
    return SCALED_ADJOINT.restore(**locals())


def fit_level(obs: Observation) -> Estimate:
    """Return the multiple of A^H y that fits the data best."""
    y, A = obs.weighted, obs.A
    xp = namespace(y)
    x = A.adjoint(y)
    Ax = A.forward(x)
    energy = float(xp.sum(xp.abs(Ax) ** 2))
    factor = float(xp.sum(xp.abs(x) ** 2)) / energy if energy > 0 else 0.0
    return Estimate(x * factor, parameters={"factor": factor})


SCALED_ADJOINT = closed_form(
    scaled_adjoint, fit_level, kind="adjoint", needs="adjoint", compared=True
)
