"""What was measured: the data, the operator, the noise, and in experiments the truth.

`simulate` makes experiments honest: the scene is larger than the picture, it is blurred as a whole,
and only the window that depends on the scene alone is kept. Nothing of the border is known to the
restoring method, so none can profit from the assumption that made the data (the inverse crime).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._array import (
    Array,
    as_float,
    check_finite,
    like,
    namespace,
    random_generator,
    to_numpy,
)
from sigdeconv.noise import Noise, as_noise
from sigdeconv.operators.convolution import Convolution

__all__ = ["Observation", "Stack", "as_data", "observe", "simulate"]

LEAST = 1e-30  # a kernel below it would vanish in single precision


@dataclasses.dataclass(frozen=True, eq=False)
class Observation:
    """Data and what is known about them.

    Attributes
    ----------
    y : array
        The data.
    A : Convolution
        The operator that made them, up to noise.
    noise : Noise, optional
        The noise model, when it is known.
    truth : array of ``A.shape``, optional
        The signal on the whole domain, in experiments.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> seen.y.shape, seen.truth.shape, seen.truth_window.shape
    ((291, 372), (303, 384), (291, 372))
    >>> x = sd.deconvolve(seen, method="wiener").x
    """

    y: Array
    A: Convolution
    noise: Noise | None = None
    truth: Array | None = None

    def __post_init__(self) -> None:
        expected = {"y": (self.y, self.A.out_shape), "truth": (self.truth, self.A.shape)}
        for name, (a, shape) in expected.items():
            if a is not None and tuple(a.shape) != shape:
                raise ValueError(
                    f"{name} has shape {tuple(a.shape)}; expected {shape} for {self.A}"
                )

    @property
    def truth_window(self) -> Array | None:
        """The part of the truth that the data look at, or None."""
        return None if self.truth is None else self.truth[self.A.window]

    def __str__(self) -> str:
        known = "known truth" if self.truth is not None else "no truth"
        noise = "unknown noise" if self.noise is None else self.noise.describe()
        return f"Observation: {self.A!r}, {noise}, {known}"


@dataclasses.dataclass(frozen=True, eq=False)
class Stack:
    """Signals of one scene, seen by the same operator and restored together, such as colours.

    Attributes
    ----------
    y : array, shape (channels, *A.out_shape)
        The data.
    A : Convolution
        The operator of each.
    """

    y: Array
    A: Convolution


def simulate(
    x: Array,
    psf: Array,
    *,
    noise: Noise | float | str | None = None,
    rng: Any = None,
    boundary: str = "unknown",
    stride: int | Sequence[int] = 1,
    centre: Sequence[int] | None = None,
) -> Observation:
    """Blur a scene, cut the window that a camera would see, and add noise.

    Parameters
    ----------
    x : array
        The scene.
    psf : array, as many axes as `x`
        The kernel.
    noise : Noise, float, str or None
        A noise model; a float is a Gaussian standard deviation as a fraction of the blurred
        scene's range; a text such as ``"poisson:1000"``; None adds none. Poisson models scale the
        scene to counts, and the truth of the observation with it.
    rng : int or numpy.random.Generator, optional
        Seed.
    boundary : str
        ``unknown`` (the default) keeps the window that depends on the scene alone, smaller than the
        scene by the kernel. Any other boundary keeps the whole shape, and with the same boundary
        in the restoration commits the inverse crime.
    stride : int or sequence of int
        Keep every `stride`-th sample.
    centre : sequence of int, optional
        Centre of the kernel; ``K // 2`` by default.

    Returns
    -------
    Observation
        With `y`, the operator, the noise model and the truth.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> seen = sd.simulate(np.eye(32), sd.psf.box(5), noise=0.01, rng=0)
    >>> seen.y.shape, seen.truth.shape
    ((28, 28), (32, 32))
    """
    x = as_float(x, "x")
    check_finite(x, "x")
    model = as_noise(noise)
    psf = to_numpy(as_float(psf, "psf"))
    if psf.ndim != x.ndim:
        raise ValueError(f"psf has {psf.ndim} axes and x has {x.ndim}; expected as many")
    A = Convolution(
        psf,
        x.shape,
        boundary,
        centre=centre,
        stride=stride,
    )
    clean = A(x)
    factor = model.scale(to_numpy(clean))
    y = model.sample(clean * factor, random_generator(rng))
    return Observation(like(y, x), A, model, x * factor)


def as_data(y: Array) -> Array:
    """Return data as a floating-point array of at least one sample, finite or not."""
    y = as_float(y, "y")
    if y.ndim == 0 or 0 in y.shape:
        raise ValueError(f"y has shape {tuple(y.shape)}; expected at least one sample")
    return y


def observe(
    y: Array,
    psf: Array | Convolution,
    *,
    boundary: str | None = None,
    centre: Sequence[int] | None = None,
    mask: Array | None = None,
    workers: int | None = None,
) -> Observation:
    """Return the data with the convolution that a method inverts, from what the user gave.

    Parameters
    ----------
    y : array
        The data. Where a mask is zero they may be NaN or infinite, and are zero from here on.
    psf : array or Convolution
        A kernel with as many axes as `y`; or a complex array, which is a transfer function on the
        grid of `y` (whole, or the half of a real transform) and is honoured with its phase; or a
        ready operator.
    boundary, centre, mask, workers
        See `Convolution`; the default boundary is ``unknown``.

    Raises
    ------
    ValueError, TypeError
        If shapes or names do not fit, or values are not finite; the message names the argument.
    """
    y = as_data(y)
    A = _as_operator(y, psf, {"boundary": boundary, "centre": centre, "mask": mask}, workers)
    if A.mask is not None:
        xp = namespace(y)
        hidden = (like(A.mask, y) == 0) & ~xp.isfinite(y)
        y = xp.where(hidden, xp.zeros_like(y), y)
    check_finite(y, "y")
    return Observation(y, A)


def _as_operator(
    y: Array, psf: Array | Convolution, given: dict[str, Any], workers: int | None
) -> Convolution:
    """Return the operator that `psf` is, or makes with what was given beside it."""
    if isinstance(psf, Convolution):
        extra = [name for name, value in given.items() if value is not None]
        if extra:
            raise ValueError(
                f"{extra[0]} was given although psf is a ready operator, which has its own; "
                "give it to Convolution"
            )
        if psf.out_shape != tuple(y.shape):
            raise ValueError(
                f"psf makes data of shape {psf.out_shape}; y has shape {tuple(y.shape)}. Build the "
                "operator with Convolution.for_data(psf, y.shape)"
            )
        return psf
    kernel = as_float(psf, "psf")
    check_finite(kernel, "psf")
    kernel = to_numpy(kernel)
    shape = tuple(y.shape)
    if np.iscomplexobj(kernel):
        kernel = _kernel_of_otf(kernel, shape, given["centre"])
    if kernel.ndim != len(shape):
        hint = ""
        if kernel.ndim == len(shape) - 1:
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
    if kernel.size and float(np.max(np.abs(kernel))) < LEAST:
        raise ValueError(
            f"psf is zero everywhere, or as good as: no sample is above {LEAST:.0g}; expected at "
            "least one"
        )
    return Convolution.for_data(
        kernel,
        shape,
        workers=workers,
        **(given | {"boundary": given["boundary"] or "unknown"}),
    )


def _kernel_of_otf(
    otf: np.ndarray[Any, Any], shape: tuple[int, ...], centre: Sequence[int] | None
) -> np.ndarray[Any, Any]:
    """Return the centred kernel whose transfer function on the grid `shape` is `otf`."""
    from sigdeconv.psf.transfer import otf2psf

    half = (*shape[:-1], shape[-1] // 2 + 1)
    if centre is not None:
        raise ValueError("centre was given, but the phase of the transfer function psf says it")
    if otf.shape == half != shape:
        mirrored = np.conj(otf[..., 1 : (shape[-1] + 1) // 2])[..., ::-1]
        for axis in range(otf.ndim - 1):
            mirrored = np.roll(np.flip(mirrored, axis), 1, axis)
        otf = np.concatenate([otf, mirrored], axis=-1)
    if otf.shape != shape:
        raise ValueError(
            f"psf is complex, so it is read as a transfer function; it has shape {otf.shape}, "
            f"expected {shape} or the half-spectrum {half}, the grid of y"
        )
    kernel = np.asarray(otf2psf(otf, shape))
    # Samples that are rounding only would widen the unknown border for nothing.
    small = np.abs(kernel) <= 1e-14 * np.max(np.abs(kernel))
    slices = []
    for axis, n in enumerate(shape):
        used = np.flatnonzero(~np.all(small, axis=tuple(k for k in range(len(shape)) if k != axis)))
        reach = max(n // 2 - used[0], used[-1] - n // 2)
        slices.append(slice(max(n // 2 - reach, 0), n // 2 + reach + 1))
    return kernel[tuple(slices)]
