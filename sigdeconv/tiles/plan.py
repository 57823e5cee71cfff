"""One plan for all tiles: method, parameters, halo, sizes; printed, saved as JSON, used again."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from sigdeconv._checks import writable
from sigdeconv.geometry.borders import ends_of
from sigdeconv.solvers.power_spectrum import White
from sigdeconv.solvers.quadratic.penalty import Flat, LocalMean, Roughness, SpectrumRatio
from sigdeconv.solvers.spectra import Spectra, SpectraRatio
from sigdeconv.solvers.variational.admm import AdmmPace
from sigdeconv.tiles.freeze import Constant
from sigdeconv.tiles.layout import TileLayout, along_signal

__all__ = ["TilePlan", "bytes_in_words"]

# Records that a plan may hold, by the names in its file.
RECORDS: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        Constant,
        Flat,
        LocalMean,
        AdmmPace,
        Roughness,
        Spectra,
        SpectraRatio,
        SpectrumRatio,
        White,
    )
}


@final
@dataclasses.dataclass(frozen=True)
class TilePlan:
    """What is done to every tile of a large source, and how it was found.

    Attributes
    ----------
    method : str
        Name of the method.
    num_iter : int or None
        Number of iterations; None where the method does not iterate, or ends by its own accuracy.
    parameters : dict
        The method's own parameters: those that were given, and those that were found.
    noise_std : float or None
        Standard deviation of the noise, in the unit of the data.
    local : bool
        Each tile finds its parameters by itself, from those that were given.
    shape : tuple of int
        Shape of the source that the plan was made for.
    dtype : str
        Type in which the tiles are computed.
    boundary : str or tuple
        What lies beyond the border of the source, see `Convolution`.
    centre : tuple of int
        The kernel sample that stands for zero displacement.
    apart : tuple of int
        Axes along which every sample is a signal of its own.
    tile : tuple of int
        Samples of a tile along each axis, without its halo.
    halo : tuple of int
        Samples that it reads beyond, on each side.
    transform : tuple of int
        Length of the Fourier transform along each axis.
    seam : float
        Deviation from the whole at the border of a tile, as a part of the range of the data, as it
        was measured on the sample.
    bytes_each : float
        Memory a sample of a tile.
    windows : int
        Windows that were looked at.
    why : str
        The rule by which the parameters were found.
    pace : AdmmPace or None
        Penalty parameters of the alternating directions, for methods that have them.
    stop : str
        Name of the `StopReason` of the sample.
    doubts : tuple of str
        What is doubtful about the result of the sample, see `Result`.

    Examples
    --------
    >>> import sigdeconv as sd
    >>> obs = sd.simulate(sd.datasets.camera(), sd.psf.gaussian(2.0), noise=0.01, rng=0)
    >>> plan = sd.tiles.make_plan(obs.y, obs.A.psf, method="tikhonov", memory="8 MiB")
    >>> plan.method, plan.halo[0] >= 8
    ('tikhonov', True)
    """

    method: str
    num_iter: int | None
    parameters: dict[str, Any]
    noise_std: float | None
    local: bool
    shape: tuple[int, ...]
    dtype: str
    boundary: Any
    centre: tuple[int, ...]
    apart: tuple[int, ...]
    tile: tuple[int, ...]
    halo: tuple[int, ...]
    transform: tuple[int, ...]
    seam: float
    bytes_each: float
    windows: int
    why: str = ""
    pace: AdmmPace | None = None
    stop: str = ""
    doubts: tuple[str, ...] = ()

    def layout(self, shape: tuple[int, ...]) -> TileLayout:
        """Return the tiles of a source.

        Parameters
        ----------
        shape : tuple of int
            Its shape, which may be another than that of the plan.

        Raises
        ------
        ValueError
            If it has another number of axes.
        """
        if len(shape) != len(self.tile):
            raise ValueError(
                f"plan is for {len(self.tile)} axes, of shape {self.shape}; the source has shape "
                f"{shape}"
            )
        tile = tuple(min(c, n) for c, n in zip(self.tile, shape, strict=True))
        ends = ends_of(self.boundary, len(shape) - len(self.apart))
        wraps = [start == "periodic" for start, _ in ends]
        periodic = tuple(map(bool, along_signal(wraps, self.apart, len(shape), 0)))
        return TileLayout(shape, tile, self.halo, periodic)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan as JSON.

        Parameters
        ----------
        path : str or path
            The file, with the suffix ``.json``.

        Raises
        ------
        TypeError
            If a parameter that was given is neither a number nor a word; the message names it.
        """
        text = json.dumps(self.as_dict(), indent=1)
        writable("path", path, (".json",)).write_text(text + "\n", encoding="utf-8")

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as numbers, words, lists and dictionaries."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {name: _plain(name, value) for name, value in fields.items()}

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TilePlan:
        """Return the plan of a file.

        Parameters
        ----------
        path : str or path
            The file that `save` wrote.

        Raises
        ------
        ValueError
            If it holds no plan.
        """
        with open(path, encoding="utf-8") as file:
            text = file.read()
        try:
            return cls.from_dict(json.loads(text))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{os.fsdecode(path)} holds no plan of tiles: {error}") from None

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> TilePlan:
        """Return the plan that `as_dict` gave."""
        return cls(**{name: _read(value) for name, value in said.items()})

    def __str__(self) -> str:
        layout = self.layout(self.shape)
        steps = "" if self.num_iter is None else f", {self.num_iter} iterations"
        each = "each tile finds its parameters by itself" if self.local else _said(self.parameters)
        noise = "" if self.noise_std is None else f"noise {self.noise_std:.4g}; "
        block = math.prod(self.transform)
        rows = [
            ("method", f"{self.method}{steps}"),
            ("parameters", each or "none"),
            ("found", f"{noise}{self.why}; {self.windows} windows of the source"),
            ("tiles", f"{len(layout)} of {_size(self.tile)} samples, of {_size(self.shape)}"),
            ("halo", f"{_size(self.halo)} samples; deviation at a seam {self.seam:.1g}"),
            ("transform", _size(self.transform)),
            ("memory", f"{bytes_in_words(block * self.bytes_each)} a tile at work"),
        ]
        return "\n".join(f"{name:<11}{text}" for name, text in rows)


def bytes_in_words(size: float) -> str:
    """Return a number of bytes in words."""
    power = min(int(math.log2(max(size, 1)) // 10), 4)
    return f"{size / 2 ** (10 * power):.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _said(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_word(value)}" for name, value in parameters.items())


def _word(value: Any) -> str:
    if isinstance(value, SpectraRatio):
        law = value.law
        return (
            f"fitted (variance {law.noise:.3g} over {law.amplitude:.3g} |f|^-{law.exponent:.3g}, "
            f"knee {law.knee:.2g})"
        )
    if isinstance(value, Constant):
        return f"{value.value:.4g} everywhere"
    return f"{value:.4g}" if isinstance(value, float) else f"{value!s:.60}"


def _plain(name: str, value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, tuple(RECORDS.values())):
        record: Any = value
        fields = {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}
        return {"record": type(value).__name__} | {
            n: _plain(f"{name}.{n}", v) for n, v in fields.items()
        }
    if isinstance(value, Mapping):
        return {n: _plain(n, v) for n, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(name, v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0:
        return value.item()
    raise TypeError(
        f"{name} is {type(value).__name__}, which a file of a plan cannot hold; expected a number "
        f"or a word. Leave it out of the plan's parameters and give it to each call"
    )


def _read(value: Any) -> Any:
    """Return a value from JSON; lists are tuples."""
    if isinstance(value, dict):
        fields = {n: _read(v) for n, v in value.items() if n != "record"}
        return RECORDS[value["record"]](**fields) if "record" in value else fields
    return tuple(map(_read, value)) if isinstance(value, list) else value
