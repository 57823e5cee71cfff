"""Signals to try things on: photographs that scikit-image ships, and generated 1-D, 2-D, 3-D ones.

The photographs are read from the installed scikit-image wheel: nothing is downloaded. They come
as float64 in [0, 1], one unit being full scale of the file. The generated signals depend on their
arguments and `rng` only, so they are the same everywhere.
"""

from __future__ import annotations

from typing import Any

from sigdeconv._array import NumpyArray
from sigdeconv._checks import one_of
from sigdeconv.datasets import _generated, _images
from sigdeconv.datasets._generated import beads, phantom, spectrum, spikes, star_field
from sigdeconv.datasets._hansen import hansen
from sigdeconv.datasets._images import LUMINANCE as LUMINANCE
from sigdeconv.datasets._images import (
    astronaut,
    brick,
    camera,
    cat,
    cell,
    clock,
    coffee,
    coins,
    grass,
    gravel,
    hubble,
    microaneurysms,
    moon,
    page,
    retina,
    text,
)

__all__ = [
    "astronaut",
    "beads",
    "brick",
    "camera",
    "cat",
    "cell",
    "clock",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "hansen",
    "hubble",
    "load",
    "microaneurysms",
    "moon",
    "names",
    "page",
    "phantom",
    "retina",
    "spectrum",
    "spikes",
    "star_field",
    "text",
]


def names() -> list[str]:
    """Return the names of the embedded images; each is a function of this module.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> "camera" in datasets.names()
    True
    """
    return sorted(_images.__all__)


def load(name: str, **options: Any) -> NumpyArray:
    """Return the image or generated signal called `name`.

    Parameters
    ----------
    name : str
        An embedded image of `names`, or a generated signal: spectrum, spikes, beads, star_field,
        phantom.
    **options
        Passed on to the function of that name.

    Raises
    ------
    TypeError
        If `name` is no text.
    ValueError
        If there is no such data set.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.load("coins").shape
    (303, 384)
    """
    known = sorted([*_images.__all__, *_generated.__all__])
    module = _images if one_of("name", name, known) in _images.__all__ else _generated
    values: NumpyArray = getattr(module, name)(**options)
    return values
