"""Running the methods on the same data, and measuring each estimate."""

from __future__ import annotations

import dataclasses
import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sigdeconv import metrics
from sigdeconv._array import Array, ArrayLike, NumpyArray, as_like, to_numpy, zeros
from sigdeconv._deconvolve import deconvolve
from sigdeconv.catalogue import registry
from sigdeconv.comparison._comparison import Comparison, data_on_grid
from sigdeconv.geometry import Boundary
from sigdeconv.method import Method
from sigdeconv.operators.centre import Centre
from sigdeconv.operators.matrix import OperatorLike
from sigdeconv.problem import Observation, observe
from sigdeconv.sanity import ResultWarning, warn_about

__all__ = ["compare"]


def compare(
    y: ArrayLike | Observation,
    psf: ArrayLike | OperatorLike | None = None,
    *,
    truth: ArrayLike | None = None,
    methods: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    boundary: Boundary | None = None,
    centre: Centre | None = None,
    mask: ArrayLike | None = None,
    channel_axis: None = None,
    callback: Callable[[str, int, Array | None], Any] | None = None,
) -> Comparison:
    """Run several methods on the same data and measure what each of them restored.

    Parameters
    ----------
    y : array or Observation
        The data, or an observation from `simulate`.
    psf : array or Convolution, optional
        The kernel; an observation brings its own.
    truth : array, optional
        The true signal, of the operator's domain or of the data's window, when it is known.
    methods : sequence of str, or dict of str to dict, optional
        Names of registered methods; or names with the keyword arguments of `deconvolve` for each,
        such as ``{"tv": {"weight": 0.1}, "nnls": {}}``. By default the two adjoint baselines
        and those of the main inverses that can take the data.
    boundary, centre, mask
        See `Convolution`.
    channel_axis : None
        Not taken: a comparison is of one signal. Compare one channel, or their mean.
    callback : callable, optional
        ``callback(name, k, x)`` after each iteration of a method, and before it with k = 0 and no
        x; a true return value stops it.

    Returns
    -------
    Comparison
        Table, verdict and figure.

    Raises
    ------
    ValueError
        If a method is not known, there is none, the truth has the wrong shape or is constant, or
        something does not fit, as in `deconvolve`.
    TypeError
        If an argument is of the wrong type, `psf` is missing, or `channel_axis` is given.

    Warns
    -----
    sigdeconv.sanity.SanityWarning
        If data or kernel are probably not what they should be; the text says what to do.

    See Also
    --------
    deconvolve : One method.
    tune : One method over its strengths.
    simulate : Data whose truth is known.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.coins()[:96, :96], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> comparison = sd.compare(obs, methods=["adjoint", "wiener"])
    >>> [row["method"] for row in comparison.rows if row["gain"] > 0]
    ['wiener']
    """
    if channel_axis is not None:
        raise TypeError(
            f"channel_axis={channel_axis!r}: compare measures one signal; expected one channel, "
            f"such as y[..., 0], or their mean, y.mean(axis={channel_axis!r}); sd.deconvolve "
            f"restores all of them by one method"
        )
    if isinstance(y, Observation):
        if psf is not None or truth is not None:
            raise ValueError("psf and truth belong to the Observation; give it alone")
        obs = y
    else:
        obs = _observation(y, psf, truth, boundary, centre, mask)
    left_out: dict[str, str] = {}
    chosen: Any = methods
    if methods is None:
        chosen, left_out = _usual(obs)
    if isinstance(chosen, str):
        chosen = [chosen]
    if not isinstance(chosen, (Mapping, Sequence)):
        raise TypeError(f"methods must be a sequence of names, or a mapping; got {chosen!r}")
    if strange := [name for name in chosen if not isinstance(name, str)]:
        raise TypeError(f"methods must hold names, each a str; got {strange[0]!r}")
    settings = chosen if isinstance(chosen, Mapping) else {key: {} for key in chosen}
    if not settings:
        raise ValueError("methods is empty; expected at least one name")
    entries = {name: registry.get(name) for name in settings}
    if not isinstance(y, Observation):
        warn_about([obs])
    with warnings.catch_warnings():  # the table says which are worse than the data
        warnings.simplefilter("ignore", ResultWarning)
        results = {}
        for name, entry in entries.items():
            own = settings[name] | _told(callback, entry)
            results[name] = deconvolve(obs, method=name, **own)
    rows = [_row("data", "data", data_on_grid(obs), obs, tuple(obs.y.shape))]
    for name, result in results.items():
        row = _row(name, entries[name].kind, to_numpy(result.x), obs, tuple(result.domain.shape))
        rows.append(row | {"num_iter": result.num_iter, "seconds": result.seconds})
    for row in rows:
        row["gain"] = None if row["psnr"] is None else _difference(row["psnr"], rows[0]["psnr"])
    return Comparison(obs, results, rows, left_out)


def _told(callback: Callable[..., Any] | None, entry: Method) -> dict[str, Any]:
    """Say that a method begins, and return what says how far it is."""
    if callback is None:
        return {}
    callback(entry.name, 0, None)
    return {"callback": functools.partial(callback, entry.name)} if entry.iterates else {}


def _usual(obs: Observation) -> tuple[list[str], dict[str, str]]:
    """Return the methods to compare where none is named, and those left out, with the reason."""
    entries = [registry.get(name) for name in registry]
    usual = [e for e in sorted(entries, key=lambda e: e.kind) if e.compared]
    reasons = {e.name: e.why_not(obs) for e in usual}
    fit = [name for name, why in reasons.items() if not why]
    return fit, {name: why for name, why in reasons.items() if why}


def _observation(
    y: ArrayLike,
    psf: ArrayLike | OperatorLike | None,
    truth: ArrayLike | None,
    boundary: Boundary | None,
    centre: Centre | None,
    mask: ArrayLike | None,
) -> Observation:
    if psf is None:
        raise TypeError("psf is missing; compare needs y and psf, or an Observation")
    obs = observe(y, psf, boundary=boundary, centre=centre, mask=mask)
    if truth is None:
        return obs
    y, A = obs.y, obs.A
    truth = as_like(truth, y, "truth")
    if tuple(truth.shape) != A.shape:
        whole = zeros(A.shape, y)
        if whole[A.window].shape != truth.shape:
            raise ValueError(
                f"truth has shape {tuple(truth.shape)}; expected {tuple(whole[A.window].shape)}, "
                f"that of the data's window, or {A.shape}, the domain of the operator"
            )
        whole[A.window] = truth
        truth = whole
    return dataclasses.replace(obs, truth=truth)


def _row(
    name: str, kind: str, image: NumpyArray, obs: Observation, shape: tuple[int, ...]
) -> dict[str, Any]:
    row: dict[str, Any] = {"method": name, "kind": kind, "shape": shape}
    row |= dict.fromkeys(("psnr", "gain", "ssim", "nrmse", "correlation", "level"))
    row |= {"num_iter": None, "seconds": None}
    window = obs.truth_window
    if window is None:
        return row
    truth = to_numpy(window)
    if np.all(truth == truth.flat[0]):
        raise ValueError("truth is constant; there is no range to measure PSNR against")
    image = image.real if np.iscomplexobj(image) and not np.iscomplexobj(truth) else image
    energy = float(np.vdot(truth, truth).real)
    return row | {
        "psnr": metrics.psnr(truth, image),
        "ssim": metrics.ssim(truth, image),
        "nrmse": metrics.nrmse(truth, image),
        "correlation": metrics.correlation(truth, image),
        "level": float(np.vdot(truth, image).real) / energy if energy > 0 else None,
    }


def _difference(a: float, b: float) -> float:
    return 0.0 if a == b else a - b  # two perfect estimates: inf - inf
