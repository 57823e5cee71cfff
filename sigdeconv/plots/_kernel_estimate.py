"""The figure of a kernel found from the data: kernel, likelihood and spectrum."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from sigdeconv import views
from sigdeconv._array import NumpyArray
from sigdeconv.plots import style

if TYPE_CHECKING:
    from sigdeconv.psf import EdgePSF, KernelEstimate, PointsPSF, SignalPSF
else:
    # What is drawn does not need what made it.
    EdgePSF = KernelEstimate = PointsPSF = SignalPSF = Any

__all__ = ["edge_psf", "kernel_estimate", "points_psf", "signal_psf"]


def kernel_estimate(
    found: KernelEstimate,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw a kernel estimate: the kernel, its likelihood along the width, and the spectrum.

    Parameters
    ----------
    found : KernelEstimate
        From `sigdeconv.psf.estimate`.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins(), sd.psf.disk(4.0), noise=0.01, rng=0)
    >>> fig = sd.psf.estimate(seen.y, "disk").plot()
    >>> len(fig.axes)
    3
    """
    page = style.page(path, width, dpi, title)
    with style.context():
        fig, (left, middle, right) = style.row(3, 2.4, page)
        left.set_title(f"{found.family}: {found.verdict}")
        _draw_kernel(left, found.psf, cmap=style.GRAY)
        at, worse = found.curve
        name = next(iter(found.parameters))
        middle.plot(at, np.minimum(worse, 50.0), color=style.COLOURS[0])
        low, high = found.interval[name]
        middle.axvspan(low, high, color=style.COLOURS[0], alpha=0.2)
        middle.set_title(f"{name} {found.parameters[name]:.3g} ({low:.3g} to {high:.3g})")
        middle.set(xlabel=name, ylabel="log likelihood lost")
        frequency, measured, expected = found.spectrum
        right.loglog(frequency, measured, ".", color="0.6", markersize=2, label="measured")
        right.loglog(frequency, expected, color=style.COLOURS[3], label="expected")
        right.xaxis.set_minor_formatter(NullFormatter())  # they would overlap
        right.set(xlabel="frequency (cycles a sample)", title="power spectrum")
        right.legend()
        return style.save(fig, page)


def points_psf(
    found: PointsPSF,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw a kernel from points: the kernel, the mean residual around a point, and the misfits.

    Parameters
    ----------
    found : PointsPSF
        From `sigdeconv.psf.from_points`.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> field = sd.simulate(sd.datasets.star_field(), sd.psf.moffat(3.0), noise=1e-3, rng=0)
    >>> fig = sd.psf.from_points(field.y, size=15).plot()
    >>> len(fig.axes)
    3
    """
    page = style.page(path, width, dpi, title)
    with style.context():
        fig, (left, middle, right) = style.row(3, 2.4, page)
        shown = found.psf, np.nanmean(found.residuals, axis=0) / float(np.mean(found.flux))
        titles = f"kernel from {len(found.points)} points", "mean residual, same range"
        high = float(found.psf.max())
        for axes, values, title in zip((left, middle), shown, titles, strict=True):
            axes.set_title(title)
            _draw_kernel(axes, values, cmap=style.DIVERGING, vmin=-high, vmax=high)
        right.semilogx(found.flux, found.misfit, "o", color=style.COLOURS[0], markersize=3)
        right.axhline(1, color="black", linewidth=0.5)
        right.xaxis.set_minor_formatter(NullFormatter())  # they would overlap
        right.set(xlabel="flux", title=f"residual over noise; {len(found.dropped)} dropped")
        return style.save(fig, page)


def edge_psf(
    found: EdgePSF,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw a kernel from an edge: edge and line spread, the transfer with its error, the kernel.

    Parameters
    ----------
    found : EdgePSF
        From `sigdeconv.psf.from_edge`.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> step = np.repeat([2.0, 5.0], 40)
    >>> y = sd.simulate(step, sd.psf.gaussian(2.0, ndim=1), noise=0.01, rng=0).y
    >>> fig = sd.psf.from_edge(y).plot()
    >>> len(fig.axes)
    3
    """
    page = style.page(path, width, dpi, title)
    with style.context():
        fig, (left, middle, right) = style.row(3, 2.4, page)
        at, rise, _ = found.esf
        place, line, error = found.lsf
        left.plot(at, rise, ".", color="0.6", markersize=2, label="edge spread")
        top = float(np.max(line))
        left.plot(place, line / top, color=style.COLOURS[0], label=f"line spread / {top:.3g}")
        left.fill_between(
            place, (line - error) / top, (line + error) / top, color=style.COLOURS[0], alpha=0.2
        )
        far = float(np.max(np.abs(place)))
        left.set(xlabel="distance (samples)", title="across the edge", xlim=(-far, far))
        left.legend()
        frequency, value, spread = found.mtf
        middle.plot(frequency, value, color=style.COLOURS[3])
        middle.fill_between(
            frequency, value - spread, value + spread, color=style.COLOURS[3], alpha=0.3
        )
        middle.axvline(0.5, color="black", linewidth=0.5)
        middle.set(xlabel="cycles a sample", ylim=(0, 1.05), xlim=(0, min(frequency[-1], 1.0)))
        middle.set_title(f"transfer; 0.5 at {found.mtf50:.3g}")
        right.set_title("kernel" if found.psf.ndim == 1 else "kernel, if isotropic")
        _draw_kernel(right, found.psf, cmap=style.GRAY)
        return style.save(fig, page)


def signal_psf(
    found: SignalPSF,
    path: str | os.PathLike[str] | None = None,
    *,
    width: style.Width = "page",
    dpi: int = 150,
    title: str | None = None,
) -> Figure:
    """Draw a kernel from a signal that was sent: the kernel and the transfer, with their errors.

    Parameters
    ----------
    found : SignalPSF
        From `sigdeconv.psf.from_signal` or `sigdeconv.psf.from_sweep`.
    path : str or path, optional
        Where to save the figure; the suffix tells the format (.png, .pdf, .svg).
    width : {"page", "column"} or float, default: "page"
        In millimetres; a page is 183, a column 85.
    dpi : int, default: 150
        Pixels an inch, where the format has pixels.
    title : str, optional
        Heading of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the suffix of `path` is unknown, or `width` or `dpi` is out of range.
    FileNotFoundError
        If the directory of `path` does not exist.

    Examples
    --------
    >>> import numpy as np, sigdeconv as sd
    >>> sent = np.random.default_rng(0).standard_normal(500)
    >>> fig = sd.psf.from_signal(np.convolve(sent, [0.5, 0.3, 0.2]), sent, size=8).plot()
    >>> len(fig.axes)
    2
    """
    page = style.page(path, width, dpi, title)
    with style.context():
        fig, (left, right) = style.row(2, 2.4, page)
        place = np.arange(found.psf.size) - found.centre
        for axes, at, value, error, colour in (
            (left, place, found.psf, found.error, style.COLOURS[0]),
            (right, *found.mtf, style.COLOURS[3]),
        ):
            axes.plot(at, value, color=colour)
            axes.fill_between(at, value - error, value + error, color=colour, alpha=0.3)
        left.set(xlabel="time (samples)", title=f"kernel of {found.psf.size} samples")
        right.set(xlabel="cycles a sample", title="transfer", xlim=(0, 0.5))
        right.set_ylim(bottom=0)
        return style.save(fig, page)


def _draw_kernel(axes: Axes, psf: NumpyArray, **look: Any) -> None:
    """Draw a kernel: its samples as a line, or its plane through the middle as a picture."""
    if psf.ndim == 1:
        axes.plot(psf, color=style.COLOURS[3])
        return
    axes.imshow(views.kernel(psf), **look)
    axes.set(xticks=[], yticks=[])
