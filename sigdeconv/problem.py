"""What was measured: the data, the operator, the noise, and in experiments the truth.

`simulate` makes experiments honest: the scene is larger than the picture, it is blurred as a whole,
and only the window that depends on the scene alone is kept. Nothing of the border is known to the
restoring method, so none can profit from the assumption that made the data (the inverse crime).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, final

import numpy as np

from sigdeconv._array import (
    Array,
    ArrayLike,
    NumpyArray,
    as_float,
    check_finite,
    is_complex,
    like,
    namespace,
    random_generator,
    to_numpy,
)
from sigdeconv.geometry import Boundary
from sigdeconv.noise import Noise, as_noise
from sigdeconv.noise.rest import starts_from_rest
from sigdeconv.operators.base import Operator
from sigdeconv.operators.centre import Centre, centre_of
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.masked import Masked
from sigdeconv.operators.matrix import OperatorLike, as_operator
from sigdeconv.operators.stacked import Stacked
from sigdeconv.psf.from_object import from_object, is_object
from sigdeconv.psf.transfer import kernel_of_otf

__all__ = ["Observation", "as_data", "observe", "simulate"]

LEAST_KERNEL = 1e-30  # a kernel below it would vanish in single precision


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Observation:
    """Data and what is known about them, as they are.

    Attributes
    ----------
    y : array of ``A.out_shape``, or with one axis of channels before it
        The data, not multiplied by the mask.
    A : Operator
        The operator that made them, up to noise; its mask is that of the observation. Sparse
        matrices and linear operators of SciPy or PyLops become a `Matrix`.
    mask : array of ``A.out_shape``, optional
        Weight of each sample in [0, 1]: 0 for a dead one, 1 for a good one.
    noise : Noise, optional
        The noise model, when it is known.
    truth : array of ``A.shape``, optional
        The signal on the whole domain, in experiments.
    spacing : tuple of float, optional
        Distance of the samples on each axis, in any unit.
    kept : dict
        What was made of the data once, such as their spectrum, for all methods that are tried.

    Raises
    ------
    ValueError
        If a shape does not fit, or the operator has another mask already.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins(), sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> obs.y.shape, obs.truth.shape, obs.truth_window.shape
    ((291, 372), (303, 384), (291, 372))
    >>> x = sd.deconvolve(obs, method="wiener").x
    """

    y: Array
    A: Operator
    mask: Array | None = None
    noise: Noise | None = None
    truth: Array | None = None
    spacing: tuple[float, ...] | None = None
    kept: dict[str, Any] = dataclasses.field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        A = as_operator(self.A)
        if A is None:
            raise TypeError(
                f"A must be an Operator; got {self.A!r:.60}. Build one with Convolution.for_data "
                "from a kernel, or with Matrix from an array"
            )
        object.__setattr__(self, "A", A)
        if self.mask is None:
            object.__setattr__(self, "mask", self.A.mask)
        elif self.mask is not self.A.mask:
            if self.A.mask is not None:
                raise ValueError("mask was given although A has one; give it to one of them")
            object.__setattr__(self, "A", _masked(self.A, to_numpy(self.mask)))
            object.__setattr__(self, "mask", self.A.mask)
        channels = tuple(self.y.shape)[: max(self.y.ndim - len(self.A.out_shape), 0)]
        expected = {
            "y": (self.y, (*channels[:1], *self.A.out_shape)),
            "truth": (self.truth, self.A.shape),
        }
        for name, (a, shape) in expected.items():
            if a is not None and tuple(a.shape) != shape:
                raise ValueError(
                    f"{name} has shape {tuple(a.shape)}; expected {shape} for {self.A}"
                )

    @property
    def convolution(self) -> Convolution:
        """The operator, for what needs a convolution.

        Raises
        ------
        TypeError
            If it is another operator.
        """
        if not isinstance(self.A, Convolution):
            raise TypeError(f"this needs a convolution; psf is another operator, {self.A!r:.80}")
        return self.A

    @property
    def kernel(self) -> NumpyArray:
        """The kernel of a convolution; else a single sample, which weighs all frequencies alike."""
        return self.A.psf if isinstance(self.A, Convolution) else np.ones((1,) * self.y.ndim)

    @property
    def is_convolution(self) -> bool:
        """True where the operator is a convolution, whose spectrum is known."""
        return isinstance(self.A, Convolution)

    @property
    def weighted(self) -> Array:
        """The data times the mask: what `A`, which is weighted too, predicts."""
        if self.mask is None:
            return self.y
        if "weighted" not in self.kept:
            self.kept["weighted"] = self.A.weigh(self.y)
        return self.kept["weighted"]

    @property
    def has_channels(self) -> bool:
        """True for several signals of one scene, obs by the same operator, such as colours."""
        return bool(self.y.ndim > len(self.A.out_shape))

    @property
    def truth_window(self) -> Array | None:
        """The part of the truth that the data look at, or None."""
        return None if self.truth is None else self.truth[self.A.window]

    def with_data(self, y: Array) -> Observation:
        """Return the observation with other data of the same kind."""
        return dataclasses.replace(self, y=y, mask=None, truth=None)

    def __str__(self) -> str:
        known = "known truth" if self.truth is not None else "no truth"
        noise = "unknown noise" if self.noise is None else self.noise.describe()
        return f"Observation: {self.A!r}, {noise}, {known}"


def simulate(
    x: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    noise: Noise | float | str | None = None,
    rng: Any = None,
    boundary: Boundary = "unknown",
    stride: int | Sequence[int] = 1,
    centre: Centre | None = None,
) -> Observation:
    """Blur a scene, cut the window that a camera would see, and add noise.

    Parameters
    ----------
    x : array, shape (N,), (M, N) or (L, M, N)
        The scene.
    psf : array, as many axes as `x`, or operator
        The kernel; or any operator, as in `observe`, with its own border, stride and centre.
    noise : float, Noise or str, optional
        A number is the standard deviation of Gaussian noise as a *fraction of the range* of the
        blurred scene, short for ``Gaussian(relative=...)``. A noise model says it in other ways:
        ``Gaussian(sigma)`` in the unit of the data, ``Poisson(peak)`` in counts. A text such as
        ``"poisson:1000"`` names a model. None adds no noise. Poisson models scale the scene to
        counts, and the truth of the observation with it.
    rng : int or numpy.random.Generator, optional
        Seed.
    boundary : str
        ``unknown`` (the default) keeps the window that depends on the scene alone, smaller than the
        scene by the kernel. Any other boundary keeps the whole shape, and with the same boundary
        in the restoration commits the inverse crime.
    stride : int or sequence of int
        Keep every `stride`-th sample.
    centre : {"middle", "start", "peak"}, int or sequence of int or str, optional
        Centre of the kernel, see `Convolution`; the middle by default.

    Returns
    -------
    Observation
        With `y`, the operator, the noise model and the truth.

    Raises
    ------
    ValueError
        If `psf` has other axes than `x`, a word is not known, or a value is not finite.
    TypeError
        If an argument is of the wrong type.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> obs = sd.simulate(np.eye(32), sd.psf.box(5), noise=0.01, rng=0)
    >>> obs.y.shape, obs.truth.shape
    ((28, 28), (32, 32))
    """
    x = as_data(x, "x")
    check_finite(x, "x")
    model = as_noise(noise)
    A = as_operator(psf)
    if A is None:
        kernel = to_numpy(as_float(from_object(psf) if is_object(psf) else psf, "psf"))
        if kernel.ndim != x.ndim:
            raise ValueError(f"psf has {kernel.ndim} axes and x has {x.ndim}; expected as many")
        A = Convolution(kernel, x.shape, boundary, centre=centre, stride=stride)
    elif boundary != "unknown" or centre is not None or stride != 1:
        raise ValueError("boundary, stride and centre are the operator's own; give them to it")
    clean = A(x)
    factor = model.scale(to_numpy(clean))
    y = model.sample(clean * factor, random_generator(rng))
    return Observation(like(y, x), A, noise=model, truth=x * factor)


def as_data(y: ArrayLike, name: str = "y") -> Array:
    """Return data as a floating-point array of at least one sample, finite or not."""
    y = as_float(y, name)
    if y.ndim == 0 or 0 in y.shape:
        raise ValueError(f"{name} has shape {tuple(y.shape)}; expected at least one sample")
    return y


def observe(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike,
    *,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    workers: int | None = None,
) -> Observation:
    """Return the data with the convolution that a method inverts, from what the user gave.

    Parameters
    ----------
    y : array
        The data. Where a mask is zero they may be NaN or infinite, and are zero from here on.
    psf : array or operator
        A kernel with as many axes as `y`; or a complex array, which is a transfer function on the
        grid of `y` (whole, or the half of a real transform) and is honoured with its phase; or a
        ready operator: a `Convolution`, any other `Operator`, or a sparse matrix or linear operator
        of SciPy or PyLops.
    boundary, centre, mask, workers
        See `Convolution`; the default boundary is ``unknown``, and ``("zero", "unknown")`` for data
        in time that begin at zero, to their noise, where `centre` says that the kernel begins at
        its first sample.

    Raises
    ------
    ValueError, TypeError
        If shapes or names do not fit, or values are not finite; the message names the argument.
    """
    if isinstance(psf, Stacked) and isinstance(y, (list, tuple)):
        y = psf.join(y)
    data = as_data(y)
    A = _as_operator(data, psf, {"boundary": boundary, "centre": centre, "mask": mask}, workers)
    if A.mask is not None:
        xp = namespace(data)
        hidden = (like(A.mask, data) == 0) & ~xp.isfinite(data)
        data = xp.where(hidden, xp.zeros_like(data), data)
    check_finite(data, "y")
    return Observation(data, A)


def _as_operator(
    y: Array, psf: ArrayLike | OperatorLike, given: dict[str, Any], workers: int | None
) -> Operator:
    """Return the operator that `psf` is, or makes with what was given beside it."""
    ready = as_operator(psf)
    if ready is not None:
        return _ready(y, ready, given)
    kernel = as_float(from_object(psf) if is_object(psf) else psf, "psf")
    check_finite(kernel, "psf")
    kernel = to_numpy(kernel)
    shape = tuple(y.shape)
    if np.iscomplexobj(kernel):
        kernel = kernel_of_otf(kernel, shape, given["centre"], real=not is_complex(y))
        # The phase says where the centre is: it is as good as given.
        given = given | {"centre": tuple(n // 2 for n in kernel.shape)}
    if kernel.ndim != len(shape):
        hint = ""
        if kernel.ndim == 2 and len(shape) == 1 and kernel.shape[0] == shape[0]:
            hint = ". For a matrix, one row a datum, give sd.Matrix(psf)"
        elif kernel.ndim == len(shape) - 1:
            hint = (
                ". For a stack of independent signals or colours use deconvolve(..., "
                "channel_axis=...)"
            )
        elif kernel.ndim == len(shape) + 1:
            hint = (
                ". With channel_axis the kernel has an axis less than the data: one kernel serves "
                "all channels; for one each call deconvolve on each"
            )
        raise ValueError(
            f"psf has {kernel.ndim} axes and y has {len(shape)}; expected as many{hint}"
        )
    if kernel.size and float(np.max(np.abs(kernel))) < LEAST_KERNEL:
        raise ValueError(
            f"psf is zero everywhere, or as good as: no sample is above {LEAST_KERNEL:.0g}; "
            f"expected at least one"
        )
    border = given["boundary"]
    if border is None:
        border = _usual_border(y, kernel, given["centre"])
    return Convolution.for_data(kernel, shape, workers=workers, **(given | {"boundary": border}))


def _usual_border(y: Array, kernel: np.ndarray[Any, Any], centre: Centre | None) -> Boundary:
    """Return the border where none was given: unknown, but at the start of a signal from rest.

    A response in time that is told to begin at its first sample sees the past alone.
    """
    if centre is None or kernel.ndim != 1 or centre_of(centre, kernel)[0] > 0:
        return "unknown"
    return ("zero", "unknown") if starts_from_rest(to_numpy(y)) else "unknown"


def _ready(y: Array, A: Operator, given: dict[str, Any]) -> Operator:
    """Return an operator that fits the data, with the mask that was given beside it."""
    plain = isinstance(A, Convolution)
    extra = [n for n, value in given.items() if value is not None and (plain or n != "mask")]
    if extra:
        raise ValueError(
            f"{extra[0]} was given although psf is a ready operator, which has its own; give it to "
            f"{'Convolution' if plain else 'its convolutions, if there are any'}"
        )
    if A.out_shape != tuple(y.shape):
        hint = "Convolution.for_data(psf, y.shape)" if plain else "data of that shape"
        raise ValueError(
            f"psf makes data of shape {A.out_shape}; y has shape {tuple(y.shape)}. Build the "
            f"operator with {hint}"
        )
    return A if given["mask"] is None else _masked(A, given["mask"])


def _masked(A: Operator, mask: ArrayLike) -> Operator:
    """Return an operator with weights of its data."""
    if isinstance(A, Convolution):
        return dataclasses.replace(A, mask=mask)  # type: ignore[arg-type]  # checked there
    return Masked(A, mask)
