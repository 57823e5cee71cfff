"""The figure of one kernel: what it looks like, how it falls off, and what it passes."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from sigdeconv import _fft, views
from sigdeconv._array import ArrayLike, NumpyArray, to_numpy
from sigdeconv.plots import style

__all__ = ["psf"]

_AXES = {1: ("x",), 2: ("y", "x"), 3: ("z", "y", "x")}


def psf(psf: ArrayLike, path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw one kernel: image (trace, slices), its central profiles, and its transfer function.

    Parameters
    ----------
    psf : array, 1-D to 3-D
        The kernel, with its centre at ``n // 2`` on each axis.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png at 150 dpi, .pdf, .svg).

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the kernel is empty, is not finite, has more than three axes, or the suffix of `path` is
        unknown.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> fig = sd.plots.psf(sd.psf.airy(3.0))
    >>> [axes.get_title().split()[0] for axes in fig.axes[:3]]
    ['kernel', 'profile', '|OTF|']
    """
    target = style.check_path(path)
    kernel = to_numpy(psf)
    kernel = views.real(kernel, kernel)
    if kernel.ndim not in _AXES or kernel.size == 0:
        raise ValueError(f"psf has shape {kernel.shape}; expected 1 to 3 axes, none of them empty")
    if not np.all(np.isfinite(kernel)):
        raise ValueError("psf has values that are not finite; expected finite ones")
    with style.context():
        fig = style.figure(2.2)
        if kernel.ndim == 1:  # the kernel is its own profile
            left, right = fig.subplots(1, 2)
        else:
            left, middle, right = fig.subplots(1, 3)
            _profiles(middle, kernel)
        _kernel(fig, left, kernel)
        _transfer(right, kernel)
        return style.save(fig, target)


def _centre(kernel: NumpyArray) -> tuple[int, ...]:
    return tuple(n // 2 for n in kernel.shape)


def _kernel(fig: Figure, axes: Any, kernel: NumpyArray) -> None:
    axes.set_title(f"kernel {'×'.join(str(n) for n in kernel.shape)}, sum {kernel.sum():.4g}")
    if kernel.ndim == 1:
        x = np.arange(kernel.size) - kernel.size // 2
        axes.vlines(x, 0, kernel, color=style.COLOURS[3], linewidth=0.8)
        axes.plot(x, kernel, ".", color=style.COLOURS[3], markersize=3)
        axes.axhline(0, color="black", linewidth=0.5)
        axes.set_xlabel("samples from the centre")
        return
    high = float(np.max(np.abs(kernel))) or 1.0
    if kernel.min() < 0:  # a kernel with both signs: zero keeps its colour
        look: dict[str, Any] = {"cmap": style.DIVERGING, "vmin": -high, "vmax": high}
    else:
        look = {"cmap": style.GRAY, "vmin": 0, "vmax": high}
    shown = axes.imshow(views.kernel(kernel), **look)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    bar = fig.colorbar(shown, ax=axes, fraction=0.05, pad=0.02)
    bar.locator = MaxNLocator(4)
    bar.outline.set_linewidth(0.6)
    if kernel.ndim == 3:
        axes.set_xlabel("slices xy, yz; xz below")


def _profiles(axes: Any, kernel: NumpyArray) -> None:
    centre = _centre(kernel)
    for axis, name in reversed(list(enumerate(_AXES[kernel.ndim]))):
        line = kernel[tuple(slice(None) if d == axis else c for d, c in enumerate(centre))]
        x = np.arange(line.size) - line.size // 2
        dash = {"x": "-", "y": "--", "z": ":"}[name]
        axes.plot(x, line, dash, color=_colour(name), label=f"along {name}")
    axes.set_title("profile through the centre")
    axes.set_xlabel("samples from the centre")
    axes.legend(loc="upper right")


def _transfer(axes: Any, kernel: NumpyArray) -> None:
    n = max(1024, *kernel.shape)
    f = np.arange(n // 2 + 1) / n
    low, high = np.inf, 0.0
    for axis, name in reversed(list(enumerate(_AXES[kernel.ndim]))):
        # a line through zero frequency is the spectrum of the projection on that axis
        line = kernel.sum(axis=tuple(d for d in range(kernel.ndim) if d != axis))
        modulus = np.abs(_fft.fftn(line, (n,)))[: f.size]
        dash = {"x": "-", "y": "--", "z": ":"}[name]
        axes.plot(f, modulus, dash, color=_colour(name), label=f"along {name}")
        low, high = min(low, float(modulus.min())), max(high, float(modulus.max()))
    high = high if high > 0 else 1.0
    axes.set(xlim=(0, 0.5), ylim=(max(low / 2, high * 1e-6), high * 2))
    axes.set_yscale("log")  # after the limits: a kernel of zeros has none on a log axis
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.set_title("|OTF|")
    axes.set_xlabel("frequency (cycles a sample)")


def _colour(name: str) -> str:
    return {"x": style.COLOURS[3], "y": style.COLOURS[0], "z": style.COLOURS[4]}[name]
