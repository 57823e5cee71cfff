"""The audit of an operator: is the adjoint really the adjoint?

For random x and y the two numbers <y, A x> and <A^H y, x> must agree to rounding. A wrong centre, a
missing flip or a border treated differently on the way back all show here, and nowhere else as
clearly. See Claerbout, "Earth Soundings Analysis" (1992), on the dot-product test.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sigdeconv._array import Array, like, random_generator, to_numpy
from sigdeconv._checks import flag, integer, integers, number
from sigdeconv.operators.base import Operator

__all__ = ["DotTest", "dot_test"]


@dataclasses.dataclass(frozen=True)
class DotTest:
    """What `dot_test` measured.

    Attributes
    ----------
    error : float
        The largest |<y, A x> - <A^H y, x>| over the trials, the products taken as complex numbers,
        over max(|y| |A x|, |A^H y| |x|).
    tol : float
        The largest error that passes.
    linearity : float
        The largest |A(x + 2 z) - A x - 2 A z| / |A x| over the trials.
    trials : tuple of (complex, complex)
        Both sides of every trial.
    name : str
        What was tested.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> report = sd.dot_test(sd.Convolution([1.0, 2.0, 4.0], (9,), "reflect"))
    >>> report.passed, report.error < 1e-13
    (True, True)
    """

    error: float
    tol: float
    linearity: float
    trials: tuple[tuple[complex, complex], ...]
    name: str

    @property
    def passed(self) -> bool:
        """True when both errors are at most `tol`."""
        return self.error <= self.tol and self.linearity <= self.tol

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        lines = [f"dot test of {self.name}: {'passed' if self.passed else 'FAILED'}"]
        lines += [f"  <y, A x> = {a:.12g}   <A^H y, x> = {b:.12g}" for a, b in self.trials[:3]]
        lines.append(f"  adjoint error {self.error:.1e}, linearity {self.linearity:.1e} ")
        lines[-1] += f"(tolerance {self.tol:.0e}, {len(self.trials)} trials)"
        if self.linearity > self.tol:
            lines.append("  the forward map is not linear: look for a clip, a norm or an offset")
        elif not self.passed:
            lines.append(
                "  the adjoint is not the transpose of the forward map: look at the centre of the "
                "flipped kernel (even sizes), the border and complex conjugation"
            )
        return "\n".join(lines)


def dot_test(
    A: Operator | Callable[[Array], Array],
    adjoint: Callable[[Array], Array] | None = None,
    shape: Sequence[int] | None = None,
    out_shape: Sequence[int] | None = None,
    *,
    trials: int = 3,
    dtype: Any = np.float64,
    model: Array | None = None,
    rng: Any = 0,
    tol: float | None = None,
    verbose: bool = False,
) -> DotTest:
    """Test that `adjoint` is the adjoint of the linear map `A`.

    Parameters
    ----------
    A : Operator or callable
        An operator, or the forward map of a pair of functions.
    adjoint : callable, optional
        The adjoint map of the pair; an operator brings its own.
    shape, out_shape : sequence of int, optional
        Shapes of signal and data; needed with a pair of functions.
    trials : int
        Number of random pairs.
    dtype : dtype
        Precision of the random arrays. They are complex where this is, and where `A` makes complex
        arrays of real ones, since real ones do not show whether the adjoint conjugates.
    model : array, optional
        An array whose namespace and device the random arrays are moved to.
    rng : int or numpy.random.Generator
        Seed.
    tol : float, optional
        Largest error that passes; 1e-12 in double and 1e-5 in single precision.
    verbose : bool
        Print the report as well as returning it.

    Returns
    -------
    DotTest
        True in a condition when it passed; its text is a report.

    Raises
    ------
    TypeError, ValueError
        If a pair of functions comes without its shapes, or gives arrays of other ones; if another
        argument is of the wrong kind.

    Examples
    --------
    A one-pixel slip of an even kernel is caught at once:

    >>> import numpy as np
    >>> from sigdeconv import dot_test
    >>> forward = lambda x: np.convolve(x, [1, 1, 1, 1], "same")
    >>> print(bool(dot_test(forward, forward, (8,), (8,))))
    False
    """
    if isinstance(A, Operator):
        forward: Callable[[Array], Array] = A.forward
        back: Callable[[Array], Array] = A.adjoint
        shape, out_shape, name = A.shape, A.out_shape, type(A).__name__
    elif adjoint is None or shape is None or out_shape is None:
        raise TypeError(
            "dot_test needs an Operator, or forward, adjoint, shape and out_shape; "
            f"got A={type(A).__name__}, adjoint={adjoint}, shape={shape}, out_shape={out_shape}"
        )
    else:
        forward, back, name = A, adjoint, getattr(A, "__name__", "a pair of functions")
        shape = integers("shape", shape, np.size(shape), least=1)
        out_shape = integers("out_shape", out_shape, np.size(out_shape), least=1)
    trials = integer("trials", trials, least=1)
    precision = _floating(dtype)
    draw = _Draw(precision, model, random_generator(rng))
    if precision.kind == "f" and _makes_complex(forward(draw(shape)), back(draw(out_shape))):
        draw = dataclasses.replace(draw, dtype=np.result_type(precision, np.complex64))
    if tol is None:
        tol = 1e-5 if np.finfo(precision).eps > 1e-10 else 1e-12
    tol = number("tol", tol, least=0)
    pairs, errors, curvatures = [], [], []
    for _ in range(trials):
        x, z, y = draw(shape), draw(shape), draw(out_shape)
        Ax, Ahy = forward(x), back(y)
        _check_shape("A(x)", Ax, out_shape)
        _check_shape("adjoint(y)", Ahy, shape)
        pairs.append((_inner(y, Ax), _inner(Ahy, x)))
        scale = max(_size(y) * _size(Ax), _size(Ahy) * _size(x))
        errors.append(abs(pairs[-1][0] - pairs[-1][1]) / (scale or 1.0))
        bent = _size(forward(x + 2 * z) - Ax - 2 * forward(z))
        curvatures.append(bent / (_size(Ax) or 1.0))
    # np.max hands NaN on, which no tolerance passes.
    error, linearity = float(np.max(errors)), float(np.max(curvatures))
    report = DotTest(error, tol, linearity, tuple(pairs), name)
    if flag("verbose", verbose):
        print(report)
    return report


@dataclasses.dataclass(frozen=True)
class _Draw:
    """Normal random arrays of one dtype, like `model`."""

    dtype: np.dtype[Any]
    model: Array | None
    generator: np.random.Generator

    def __call__(self, shape: Sequence[int]) -> Array:
        a = self.generator.standard_normal(tuple(shape))
        if self.dtype.kind == "c":
            a = a + 1j * self.generator.standard_normal(tuple(shape))
        a = a.astype(self.dtype)
        return a if self.model is None else like(a, self.model)


def _floating(dtype: Any) -> np.dtype[Any]:
    made: np.dtype[Any] = np.dtype(dtype)
    if made.kind not in "fc":
        raise TypeError(f"dtype must be a real or complex floating type; got {dtype!r}")
    return made


def _makes_complex(*arrays: Array) -> bool:
    return any(np.iscomplexobj(to_numpy(a)) for a in arrays)


def _check_shape(what: str, a: Array, shape: Sequence[int]) -> None:
    if tuple(a.shape) != tuple(shape):
        raise ValueError(f"{what} has shape {tuple(a.shape)}; expected {tuple(shape)}")


def _inner(a: Array, b: Array) -> complex:
    """Return sum(conj(a) b) in double precision."""
    product = np.vdot(to_numpy(a).astype(np.complex128), to_numpy(b).astype(np.complex128))
    return complex(product) if product.imag else float(product.real)


def _size(a: Array) -> float:
    return float(np.linalg.norm(to_numpy(a).astype(np.complex128).ravel()))
