"""What a method found on a sample, as parameters that are the same for every tile.

A parameter that the method found by itself takes the value that was found: a weight, a shift, an
acceleration, fitted spectra. A number of iterations that the data decided is counted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from sigdeconv._array import NumpyArray, to_numpy
from sigdeconv.catalogue import registry
from sigdeconv.choice import choose, is_automatic
from sigdeconv.method import Method
from sigdeconv.problem import Observation
from sigdeconv.result import Result
from sigdeconv.solvers.em.shift import shift_of
from sigdeconv.solvers.quadratic.error_bars import Posterior
from sigdeconv.solvers.variational.admm import AdmmPace

__all__ = ["Constant", "Frozen", "freeze", "thawed"]


@final
@dataclasses.dataclass(frozen=True)
class Constant:
    """An array of the shape of a tile that has one value everywhere."""

    value: float


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Frozen:
    """How a method runs on every tile.

    Attributes
    ----------
    method : str
        Its name.
    num_iter : int or None
        Number of iterations; None where the method ends by its accuracy, or does not iterate.
    parameters : dict
        Its own parameters.
    noise_std : float or None
        The level of the noise that was found.
    why : str
        The rule or the reason, in words.
    pace : AdmmPace or None
        Penalty parameters of the alternating directions, balanced on the sample.
    stop : str
        Name of the reason why it stopped on the sample.
    doubts : tuple of str
        What is doubtful about the result of the sample.
    """

    method: str
    num_iter: int | None
    parameters: dict[str, Any]
    noise_std: float | None
    why: str
    pace: AdmmPace | None = None
    stop: str = ""
    doubts: tuple[str, ...] = ()


def freeze(
    obs: Observation,
    windows: list[Observation],
    method: str,
    run: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Frozen:
    """Return how a method runs on every tile, as it ran on a part that stands for the whole.

    Parameters
    ----------
    obs : Observation
        That part, with the spectra of the sample in what it keeps.
    windows : list of Observation
        All of the sample.
    method : str
        Name of the method, or of an automatic choice.
    run : mapping
        ``num_iter``, ``tol``, ``stop``, where they were given.
    given : mapping
        Parameters of the method that were given.

    Raises
    ------
    TypeError, ValueError
        As the method; or if it finds an array that one tile alone has.
    """
    run = {n: v for n, v in run.items() if v is not None}
    start: dict[str, Any] = {}
    if is_automatic(method):
        plan = choose(obs, method, **run)
        entry, result = registry.get(plan.method), plan.run(obs, **run)
    else:
        entry = registry.get(method)
        if entry.iterates and not run:
            default = entry.run_by_default(obs, **given)
            start = {} if default is None else default.parameters
        result = entry.guarded(obs, history=False, **run, **given)
    own = {n: v for n, v in result.parameters.items() if n in entry.parameters}
    parameters = {**_constant(start, method), **dict(given), **_constant(own, method)}
    told = result.parameters
    noise = None if "noise_std" not in told else float(told["noise_std"])
    parameters |= _quadratic(entry, result, given) | _shift(entry, windows, parameters)
    if noise and "noise" in entry.parameters and "noise_spectrum" not in entry.parameters:
        parameters.setdefault("noise", noise)
    if "accuracy" in entry.parameters:
        parameters["accuracy"] = 0.0  # the number of iterations is that of the sample
    return Frozen(
        entry.name,
        result.num_iter if entry.iterates else None,
        parameters,
        noise,
        str(told.get("why", told.get("rule", ""))),
        obs.kept.get("pace found") if _has_pace(entry) else None,
        result.stop.name,
        result.doubts,
    )


def _has_pace(entry: Method) -> bool:
    """Tell whether a method is one of alternating directions."""
    return entry.iterates and "accuracy" in entry.parameters


def _constant(found: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Return parameters in which arrays of one value are that value."""
    plain: dict[str, Any] = {}
    for name, value in found.items():
        if not getattr(value, "ndim", 0):
            plain[name] = value.item() if isinstance(value, np.generic) else value
            continue
        array = to_numpy(value)
        if np.ptp(array) > 1e-9 * abs(float(array.max())):
            raise TypeError(
                f"{name} is found as an array by {method}, which one plan for all tiles cannot "
                f"hold; give it as a number, or as an array of the shape of the source"
            )
        plain[name] = Constant(float(array.flat[0]))
    return plain


def _quadratic(entry: Method, result: Result, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return fitted spectra as parameters, of a method that takes them."""
    takes = {"noise_spectrum", "signal_spectrum", "noise", "nsr"} & set(entry.parameters)
    posterior = result.posterior
    if len(takes) < 4 or not isinstance(posterior, Posterior) or given.get("nsr") is not None:
        return {}
    spectra = {"noise_spectrum": posterior.problem.penalty, "signal_spectrum": 1.0, "noise": None}
    return spectra | {"weight": float(result.parameters.get("weight", given.get("weight", 1.0)))}


def _shift(
    entry: Method, windows: list[Observation], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the constant that makes counts of data below zero, the largest of the sample."""
    if "readout_noise" not in entry.parameters or np.any(parameters.get("readout_noise", 0)):
        return {}
    if all(float(to_numpy(obs.y).min()) >= 0 for obs in windows):
        return {"readout_noise": Constant(0.0)}
    return {"readout_noise": max(shift_of(obs.y, obs.A) for obs in windows) ** 0.5}


def thawed(parameters: Mapping[str, Any], shape: tuple[int, ...], dtype: Any) -> dict[str, Any]:
    """Return parameters with their constants as arrays of a shape."""

    def array(value: Any) -> NumpyArray | Any:
        return np.full(shape, value.value, dtype) if isinstance(value, Constant) else value

    return {name: array(value) for name, value in parameters.items()}
