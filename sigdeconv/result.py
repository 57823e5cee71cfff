"""What came out of a method, and why it stopped; and what a rule hands to the driver."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, final

import numpy as np

from sigdeconv import _display
from sigdeconv._array import Array, NumpyArray, namespace, to_numpy
from sigdeconv._checks import flag, writable
from sigdeconv.stopping import Beside, StopReason

__all__ = ["Estimate", "Iteration", "Result", "WithStd"]


class WithStd(Protocol):
    """What makes error bars when they are asked for; a record, so that results pickle."""

    def std(self) -> Array:
        """Return the standard deviation of the error on the operator's domain."""
        ...


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """What a closed form returns: the estimate on the domain and what it found on the way."""

    x: Array
    num_iter: int = 0
    stop: StopReason = StopReason.DIRECT
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    posterior: WithStd | None = None


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Iteration(Iterator[tuple[Array, Array]]):
    """What an iterative rule may return instead of a bare iterator.

    Attributes
    ----------
    steps : iterator of (estimate, its data)
        The data of a step are valid until the next one.
    parameters : dict
        Parameters that were found from the data.
    measures : dict of str to callable
        Numbers for the history: ``measure(x, Ax)``.
    stop_reason : callable, optional
        Why the steps ended, for a rule that ends them by itself.
    never_stops : bool
        The steps never end by themselves, so that no estimate has to be kept for that case.
    fixed_number : bool
        The method consists of a fixed number of steps.
    gap : callable, optional
        How far the predicted data still moved, over about the last half of the steps, in units of
        their noise.
    beside : callable, optional
        ``beside()`` returns what goes the same way on data that differ by little.
    """

    steps: Iterator[tuple[Array, Array]]
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    measures: dict[str, Callable[[Array, Array], float]] = dataclasses.field(default_factory=dict)
    stop_reason: Callable[[], StopReason | None] | None = None
    never_stops: bool = False
    fixed_number: bool = False
    gap: Callable[[], float] | None = None
    beside: Callable[[], Beside] | None = None

    def __next__(self) -> tuple[Array, Array]:
        """Return the next estimate and its data."""
        return next(self.steps)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """The restored signal, how it was found, and why the method stopped.

    Attributes
    ----------
    x : array
        The estimate on the window that the data look at.
    method : str
        Name of the method.
    num_iter : int
        Iterations done; 0 for a closed form.
    stop : StopReason
        Why it stopped; its value says what to try next.
    domain : array
        The estimate on the whole domain of the operator, wider than the data for boundary
        ``unknown``; `x` is the middle of it.
    seconds : float
        Wall-clock time.
    parameters : dict
        The parameters used, those found from the data among them.
    history : dict of str to list of float
        One value an iteration, where the history was asked for.
    channels : tuple of Result
        The results of the single channels, when there was a channel axis.
    doubts : tuple of str
        What is doubtful about it: worse than the data as far as these tell, out of proportion to
        them, or an iteration that is not done. Each is also a warning.
    posterior : object with a method ``std`` or None
        Makes `std`, on the whole domain.
    window : tuple of slice
        Where `x` is in the domain.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> seen = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.gaussian(1.5), noise=0.01, rng=0)
    >>> best = sd.deconvolve(seen, method="wiener")
    >>> best.method, best.num_iter > 0, best.x.shape == seen.y.shape
    ('wiener', True, True)
    >>> best.std.shape == seen.y.shape
    True
    """

    x: Array
    method: str
    num_iter: int
    stop: StopReason
    domain: Array
    seconds: float = 0.0
    parameters: dict[str, Any] = dataclasses.field(default_factory=dict)
    history: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    channels: tuple[Result, ...] = ()
    doubts: tuple[str, ...] = ()
    posterior: WithStd | None = dataclasses.field(default=None, repr=False)
    window: tuple[slice, ...] = dataclasses.field(default=(), repr=False)

    @functools.cached_property
    def std(self) -> Array:
        """Posterior standard deviation of `x`, sample by sample, in its units.

        It holds if the signal is a draw of the spectrum that the penalty implies, and the noise is
        white. Computed when first asked for: one number where the border is known; otherwise from
        32 restorations of random signals, the variance smoothed by a Gaussian of 1.5 samples and
        not below a quarter of that far from the border. A channel axis comes first.

        Raises
        ------
        ValueError
            If the method has none: only the quadratic ones, `tikhonov` and `wiener`, have.
        """
        if self.channels:
            parts = [channel.std for channel in self.channels]
            return namespace(parts[0]).stack(parts, axis=0)
        if self.posterior is None:
            raise ValueError(
                f"{self.method} has no error bars; the quadratic methods, tikhonov and wiener, have"
            )
        return self.posterior.std()[self.window]

    def save(self, path: str | os.PathLike[str], *, std: bool = False) -> None:
        """Write everything but what makes the error bars into a .npz file.

        Parameters
        ----------
        path : str or path
            The file, with the suffix .npz; it is replaced when it exists, once all is written.
        std : bool
            Compute and keep `std` as well.

        Raises
        ------
        TypeError, ValueError, FileNotFoundError
            If `path` is no such path, its folder does not exist, or there are no error bars.

        Notes
        -----
        Arrays of any namespace are stored as NumPy's, and parameters that are neither numbers,
        texts nor arrays as their text. Nothing is pickled.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import sigdeconv as sd
        >>> seen = sd.simulate(sd.datasets.coins()[:64, :64], sd.psf.box(3), noise=0.01, rng=0)
        >>> result = sd.deconvolve(seen, method="wiener")
        >>> path = pathlib.Path(tempfile.mkdtemp(), "result.npz")
        >>> result.save(path)
        >>> again = sd.Result.load(path)
        >>> again.method, bool((again.x == result.x).all()), again.parameters == result.parameters
        ('wiener', True, True)
        """
        target = writable("path", path, (".npz",))
        arrays: dict[str, NumpyArray] = {}
        said = _packed(self, arrays, flag("std", std))
        part = target.with_name(f".{os.getpid()}-part-{target.name}")
        try:
            named: dict[str, Any] = {"result": np.array(json.dumps(said)), **arrays}
            np.savez_compressed(part, **named)
            os.replace(part, target)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Return a result that `save` wrote.

        Parameters
        ----------
        path : str or path
            The file.

        Returns
        -------
        Result
            With NumPy arrays; its error bars are there where they were saved.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it holds no result.

        Examples
        --------
        See `save`.
        """
        with np.load(path, allow_pickle=False) as file:
            if "result" not in file.files:
                raise ValueError(f"{os.fsdecode(path)} holds no result; expected what save wrote")
            arrays = {name: file[name] for name in file.files if name != "result"}
            return _unpacked(json.loads(str(file["result"])), arrays)

    def rows(self) -> list[tuple[str, str]]:
        """Return what it shows of itself: the name and the text of each line."""
        size = " x ".join(str(n) for n in self.x.shape)
        rows = [("method", self.method), ("estimate", f"{size}, {self.x.dtype}")]
        rows += [(name, _short(value)) for name, value in self.parameters.items()]
        rows += [("iterations", str(self.num_iter)), ("stopped", self.stop.value)]
        if self.history.get("residual"):
            rows.append(("residual", f"{self.history['residual'][-1]:.4g} of the data"))
        rows += [("doubt", text) for text in self.doubts]
        rows.append(("time", f"{self.seconds:.3g} s"))
        return rows

    def __str__(self) -> str:
        return "\n".join(f"{name:>12}  {text}" for name, text in self.rows())

    def __repr__(self) -> str:
        return f"Result({self.method}, {self.num_iter} iterations, {self.stop.name})"

    def _repr_html_(self) -> str:
        return _display.html(self)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    shape = getattr(value, "shape", None)
    return f"array {tuple(shape)}" if shape else str(value)


@final
@dataclasses.dataclass(frozen=True, eq=False)
class KeptStd:
    """Error bars that were computed and saved."""

    values: Array

    def std(self) -> Array:
        """Return them, on the operator's domain."""
        return self.values


def _packed(result: Result, arrays: dict[str, NumpyArray], std: bool) -> dict[str, Any]:
    """Return a result as JSON has it; its arrays go into `arrays`, and are named."""

    def array(value: Any) -> str:
        name = f"array{len(arrays)}"
        arrays[name] = to_numpy(value)
        return name

    def plain(value: Any) -> Any:
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, np.generic) and value.ndim == 0 and value.dtype.kind in "biuf":
            return value.item()
        if isinstance(value, tuple):
            return {"tuple": [plain(v) for v in value]}
        if isinstance(value, list):
            return [plain(v) for v in value]
        if hasattr(value, "shape"):
            return {"array": array(value)}
        return str(value)

    own_std = std and not result.channels
    if own_std and result.posterior is None:
        raise ValueError(f"std was asked for, and {result.method} has no error bars")
    bars = result.posterior.std() if own_std and result.posterior is not None else None
    return {
        "method": result.method,
        "num_iter": result.num_iter,
        "stop": result.stop.name,
        "seconds": result.seconds,
        "parameters": {name: plain(value) for name, value in result.parameters.items()},
        "history": {name: [float(v) for v in vs] for name, vs in result.history.items()},
        "window": [[part.start, part.stop, part.step] for part in result.window],
        "x": array(result.x),
        "domain": array(result.domain),
        "std": None if bars is None else array(bars),
        "channels": [_packed(channel, arrays, std) for channel in result.channels],
    }


def _unpacked(said: Mapping[str, Any], arrays: Mapping[str, NumpyArray]) -> Result:
    """Return the result that was packed."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            inside = value.get("tuple")
            return arrays[value["array"]] if inside is None else tuple(map(plain, inside))
        return [plain(v) for v in value] if isinstance(value, list) else value

    bars = said["std"]
    return Result(
        x=arrays[said["x"]],
        method=said["method"],
        num_iter=said["num_iter"],
        stop=StopReason[said["stop"]],
        domain=arrays[said["domain"]],
        seconds=said["seconds"],
        parameters={name: plain(value) for name, value in said["parameters"].items()},
        history=said["history"],
        channels=tuple(_unpacked(channel, arrays) for channel in said["channels"]),
        posterior=None if bars is None else KeptStd(arrays[bars]),
        window=tuple(slice(*part) for part in said["window"]),
    )
