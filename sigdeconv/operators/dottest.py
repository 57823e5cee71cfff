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
from sigdeconv.operators.base import Operator

__all__ = ["DotTest", "dot_test"]


@dataclasses.dataclass(frozen=True)
class DotTest:
    """What `dot_test` found.

    Attributes
    ----------
    error : float
        The largest |<y, A x> - <A^H y, x>| / (|y| |A x|) over the trials.
    tol : float
        What the error is held against.
    linearity : float
        The largest |A(x + 2 z) - A x - 2 A z| / |A x| over the trials.
    trials : tuple of (complex, complex)
        Both sides of every trial.
    name : str
        What was tested.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> found = sd.dot_test(sd.Convolution([1.0, 2.0, 4.0], (9,), "reflect"))
    >>> found.passed, found.error < 1e-13
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
        Precision of the random arrays; complex to test the conjugation too.
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
    TypeError
        If a pair of functions comes without its shapes.

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
    generator = random_generator(rng)
    dtype = np.dtype(dtype)
    tol = (1e-5 if np.finfo(dtype).eps > 1e-10 else 1e-12) if tol is None else tol

    def draw(size: Sequence[int]) -> Array:
        a = generator.standard_normal(tuple(size))
        if dtype.kind == "c":
            a = a + 1j * generator.standard_normal(tuple(size))
        a = a.astype(dtype)
        return a if model is None else like(a, model)

    def inner(a: Array, b: Array) -> complex:
        total = np.vdot(to_numpy(a).astype(np.complex128), to_numpy(b).astype(np.complex128))
        return complex(total) if dtype.kind == "c" else complex(total).real

    def size(a: Array) -> float:
        return float(np.linalg.norm(to_numpy(a).astype(np.complex128).ravel()))

    pairs, error, linearity = [], 0.0, 0.0
    for _ in range(max(trials, 1)):
        x, z, y = draw(shape), draw(shape), draw(out_shape)
        Ax = forward(x)
        pairs.append((inner(y, Ax), inner(back(y), x)))
        scale = size(y) * size(Ax)
        error = max(error, abs(pairs[-1][0] - pairs[-1][1]) / scale if scale else 0.0)
        bent = size(forward(x + 2 * z) - Ax - 2 * forward(z))
        linearity = max(linearity, bent / size(Ax) if size(Ax) else bent)
    report = DotTest(error, tol, linearity, tuple(pairs), name)
    if verbose:
        print(report)
    return report
