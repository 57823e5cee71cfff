"""One kernel for many points: joint least squares for kernel, centres, fluxes and level.

The data around point i are f_i p(x - c_i) + level, with the kernel p sampled at the data's own step
or more finely. A shift is a phase in frequency, so the kernel is linear least squares there: each
frequency of the data holds the kernel's own and, with a finer step, its aliases, which the points'
different fractions of a sample tell apart. Centres and fluxes follow by Gauss-Newton, and what
neighbours add is subtracted. All is repeated.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sigdeconv import _fft
from sigdeconv._array import to_numpy
from sigdeconv.psf._points_find import POINTS, Sky
from sigdeconv.psf._spectra import Values

__all__ = ["PointFit"]


class PointFit:
    """Kernel, centres and fluxes of points, improved round by round.

    Parameters
    ----------
    y : ndarray
        The data.
    at : ndarray of int, shape (number, ndim)
        Nearest samples of the points.
    used : ndarray of bool
        Which of them make the kernel; the others are fitted as neighbours.
    half : sequence of int
        Half the size of the kernel on each axis.
    fine : int
        Samples of the kernel in one of the data, on each axis.
    """

    def __init__(self, y: Values, sky: Sky, at: NDArray[np.intp], used: NDArray[np.bool_],
                 half: Sequence[int], width: Sequence[float], fine: int) -> None:  # fmt: skip
        self.y, self.sky, self.at, self.used, self.fine = y, sky, at, used, fine
        self.half = tuple(half)
        self.size = tuple(2 * h + 1 for h in half)
        self.slope, self.width = 0.0, tuple(width)
        self.padding = [(h, h) for h in half]
        self.level = sky.level
        self.axes = tuple(range(1, y.ndim + 1))
        steps = [_fft.frequencies(n * fine, half=False) * fine for n in self.size]
        grid = np.meshgrid(*steps, indexing="ij")
        self.frequency = np.array([self._split(g) for g in grid])  # (ndim, frequencies, aliases)
        sigma = np.asarray(width) / 2.3548
        exponent = sum((2 * np.pi * s * f) ** 2 for s, f in zip(sigma, self.frequency, strict=True))
        self.otf = np.exp(-0.5 * np.asarray(exponent)).astype(np.complex128)
        # Wider than the kernel, so that it binds only what the data leave open.
        self.prior = np.exp(-0.15 * np.asarray(exponent)) + 1e-5
        self.shift = np.zeros((len(at), y.ndim))
        peak = float(np.prod(1 / (np.sqrt(2 * np.pi) * sigma)))
        heights = np.array([y[tuple(p)] for p in at]) - sky.level
        self.flux = np.maximum(heights, sky.noise) / min(peak, 1.0)
        self.misfit = np.ones(len(at))

    def _split(self, values: Values) -> Values:
        """Return an array on the fine grid as (frequencies of the data, aliases)."""
        s, n = self.fine, self.size
        shape = [k for m in n for k in (s, m)]
        order = [*range(1, 2 * len(n), 2), *range(0, 2 * len(n), 2)]
        moved = values.reshape(shape).transpose(order)
        return np.asarray(moved.reshape(int(np.prod(n)), s ** len(n)))

    def _joined(self, values: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return aliases put back on the fine grid."""
        s, n, d = self.fine, self.size, len(self.size)
        moved = values.reshape(*n, *(s,) * d)
        order = [k for a in range(d) for k in (d + a, a)]
        return np.asarray(moved.transpose(order).reshape([s * m for m in n]))

    def _phase(self, which: slice) -> NDArray[np.complex128]:
        turn = np.einsum("nd,dfa->nfa", self.shift[which], self.frequency)
        return np.asarray(np.exp(-2j * np.pi * turn))

    def _seen(self, spectrum: NDArray[np.complex128]) -> Values:
        """Return the data's samples of aliased spectra, the origin in the middle."""
        folded = spectrum.sum(axis=-1).reshape(-1, *self.size)
        values = to_numpy(_fft.ifftn(folded, self.size, self.axes)).real
        return np.asarray(np.roll(values, self.half, axis=self.axes))

    def shapes(self, which: slice) -> tuple[Values, Values]:
        """Return the kernel at each point, and its derivatives by the centre on each axis."""
        moved = self.otf * self._phase(which)
        slopes = [self._seen(-2j * np.pi * f * moved) for f in self.frequency]
        return self._seen(moved), np.array(slopes)

    def _windows(self, image: Values) -> Values:
        padded = np.pad(image, self.padding, constant_values=np.nan)
        return np.array([padded[place] for place in self._places()])

    def _places(self) -> list[tuple[slice, ...]]:
        """Return the window of each point in the padded data."""
        rows = [zip(at, self.size, strict=True) for at in self.at]
        return [tuple(slice(p, p + n) for p, n in row) for row in rows]

    def _without_neighbours(self, shapes: Values) -> Values:
        """Return the window of each point less the level and what the others add."""
        model = np.pad(np.zeros_like(self.y), self.padding)
        places = self._places()
        own = shapes * self.flux.reshape(-1, *(1,) * self.y.ndim)
        for place, part in zip(places, own, strict=True):
            model[place] += part
        inner = tuple(slice(h, -h or None) for h in self.half)
        rest = self.y - model[inner]
        self.level = float(np.median(rest))
        return self._windows(rest - self.level) + own

    def round(self) -> None:
        """Improve centres and fluxes, then the kernel."""
        for _ in range(2):
            shapes, slopes = self.shapes(slice(None))
            data = self._without_neighbours(shapes)
            self._move(data, shapes, slopes)
        shapes, _ = self.shapes(slice(None))
        data = self._without_neighbours(shapes)
        self._noise(data, shapes)
        self._kernel(data, shapes)

    def _move(self, data: Values, shapes: Values, slopes: Values) -> None:
        """Do a Gauss-Newton step for the flux and the centre of each point."""
        n = len(self.at)
        flux = self.flux.reshape(-1, *(1,) * self.y.ndim)
        seen = np.isfinite(data)
        weight = seen / (self.sky.noise**2 + self.slope * np.maximum(flux * shapes, 0) + 1e-300)
        rest = np.where(seen, data, 0.0) - flux * shapes * seen
        columns = np.concatenate([shapes[None], flux * slopes]).reshape(1 + self.y.ndim, n, -1)
        weighted = columns * weight.reshape(n, -1)
        normal = np.einsum("anx,bnx->nab", weighted, columns)
        right = np.einsum("anx,nx->na", weighted, rest.reshape(n, -1))
        ridge = 1e-9 * np.einsum("naa->n", normal)[:, None, None] * np.eye(normal.shape[1])
        step = np.linalg.solve(normal + ridge, right[..., None])[..., 0]
        self.flux = np.maximum(self.flux + step[:, 0], 1e-3 * np.abs(self.flux) + 1e-300)
        self.shift = np.clip(self.shift + np.clip(step[:, 1:], -0.3, 0.3), -1.0, 1.0)

    def _noise(self, data: Values, shapes: Values) -> None:
        """Find how the noise grows with the signal, and the misfit of each point."""
        model = self.flux.reshape(-1, *(1,) * self.y.ndim) * shapes
        squares = np.where(np.isfinite(data), (data - model) ** 2, np.nan)
        inside = model[self.used]
        excess = np.nan_to_num(squares[self.used] - self.sky.noise**2)
        above = np.maximum(inside, 0)
        # The rest of large errors of the model counts little: what grows is a part of the signal.
        slope = float(np.sum(excess * above) / max(float(np.sum(above**2)), 1e-300))
        self.slope = max(slope, 0.0)
        expected = self.sky.noise**2 + self.slope * np.maximum(model, 0) + 1e-300
        axes = self.axes
        self.misfit = np.nanmean(squares / expected, axis=axes)

    def _kernel(self, data: Values, shapes: Values) -> None:
        """Solve for the kernel's spectrum, frequency by frequency."""
        chosen = np.flatnonzero(self.used)
        peaks = np.maximum(shapes, 0)
        typical = (peaks**2).sum(axis=self.axes) / np.maximum(peaks.sum(axis=self.axes), 1e-300)
        variance = self.sky.noise**2 + self.slope * self.flux * typical
        variance = np.maximum(variance, 1e-12 * float(np.max(self.flux)) ** 2)
        cells = float(np.prod(self.size))
        aliases = self.otf.shape[1]
        normal = np.zeros((self.otf.shape[0], aliases, aliases), np.complex128)
        right = np.zeros(self.otf.shape, np.complex128)
        for part in np.array_split(chosen, max(1, len(chosen) * self.otf.size // 2_000_000)):
            turn = np.einsum("nd,dfa->nfa", self.shift[part], self.frequency)
            e = np.exp(-2j * np.pi * turn)
            rolled = np.roll(data[part], [-h for h in self.half], axis=self.axes)
            spectra = to_numpy(_fft.fftn(rolled, self.size, self.axes)).reshape(len(part), -1)
            weight = self.flux[part] / (cells * variance[part])
            right += np.einsum("n,nfa,nf->fa", weight, e.conj(), spectra)
            normal += np.einsum("n,nfa,nfb->fab", weight * self.flux[part], e.conj(), e)
        normal += np.einsum("fa,ab->fab", 1 / self.prior**2, np.eye(aliases))
        otf = np.linalg.solve(normal, right[..., None])[..., 0]
        self.otf = self._centred(otf / otf[0, 0].real)

    def _centred(self, otf: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Return the spectrum moved so that the core's centroid is in the middle."""
        values = to_numpy(_fft.ifftn(self._joined(otf))).real
        middle = [h * self.fine for h in self.half]
        kernel = np.roll(values, middle, axis=tuple(range(self.y.ndim)))
        core = np.where(kernel > 0.2 * kernel.max(), kernel, 0.0)
        total = float(core.sum())
        move = []
        for axis, n in enumerate(core.shape):
            line = core.sum(axis=tuple(k for k in range(core.ndim) if k != axis))
            move.append((float(line @ (np.arange(n) - middle[axis])) / total) / self.fine)
        turn = np.einsum("d,dfa->fa", np.array(move), self.frequency)
        self.shift = self.shift + np.array(move)
        return np.asarray(otf * np.exp(2j * np.pi * turn))

    def fine_kernel(self, otf: NDArray[np.complex128] | None = None) -> Values:
        """Return the kernel on the fine grid, the origin at index ``n // 2``."""
        spectrum = self._joined(self.otf if otf is None else otf)
        kernel = to_numpy(_fft.ifftn(spectrum)).real
        half = [n * self.fine // 2 for n in self.size]
        return np.asarray(np.roll(kernel, half, axis=tuple(range(self.y.ndim))))

    def kernel(self) -> Values:
        """Return the kernel at the samples of the data."""
        return np.asarray(self._seen(self.otf[None])[0])

    def trusted(self, kernel: Values, error: Values) -> Values:
        """Return how much of each sample stands above its noise: Wiener's factor, of 0 to 1.

        It is taken from the smoothed kernel, so that it does not follow the noise itself.
        """
        from scipy.ndimage import gaussian_filter

        sigma = [0.3 * w for w in self.width]
        smooth = np.asarray(gaussian_filter(kernel, sigma, mode="constant"))
        gain = np.prod([min(1.0, 1 / (2 * np.sqrt(np.pi) * s)) for s in sigma])
        noise = error**2 * gain
        excess = np.maximum(smooth**2 - noise, 0) * (smooth > 0)
        return np.asarray(excess / np.maximum(excess + noise, 1e-300))

    def residuals(self, shapes: Values) -> Values:
        """Return data less fit around each point."""
        rest = self._without_neighbours(shapes)
        return np.asarray(rest - shapes * self.flux.reshape(-1, *(1,) * self.y.ndim))

    def run(self) -> None:
        """Do all rounds."""
        for _ in itertools.repeat(None, POINTS.rounds):
            self.round()
