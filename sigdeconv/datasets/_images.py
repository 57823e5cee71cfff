"""The photographs, read from the installed scikit-image wheel."""

from __future__ import annotations

import functools
import importlib.util
import pathlib

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv._checks import flag

__all__ = [
    "astronaut",
    "brick",
    "camera",
    "cat",
    "cell",
    "clock",
    "coffee",
    "coins",
    "grass",
    "gravel",
    "hubble",
    "microaneurysms",
    "moon",
    "page",
    "retina",
    "text",
]

LUMINANCE = np.array([0.2125, 0.7154, 0.0721])  # Rec. 709, as skimage.color.rgb2gray


def camera() -> NumpyArray:
    """Return the cameraman, a photograph of a man with a camera, (512, 512).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.camera().shape
    (512, 512)
    """
    return _read("camera.png")


def coins() -> NumpyArray:
    """Return Greek coins from Pompeii, (303, 384).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.coins().shape
    (303, 384)
    """
    return _read("coins.png")


def moon() -> NumpyArray:
    """Return the surface of the Moon, (512, 512).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.moon().shape
    (512, 512)
    """
    return _read("moon.png")


def text() -> NumpyArray:
    """Return a photograph of handwriting, (172, 448).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.text().shape
    (172, 448)
    """
    return _read("text.png")


def page() -> NumpyArray:
    """Return a scanned page of print, (191, 384).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.page().shape
    (191, 384)
    """
    return _read("page.png")


def clock() -> NumpyArray:
    """Return a clock blurred by a moving camera: a real blur with no known truth, (300, 400).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.clock().shape
    (300, 400)
    """
    return _read("clock_motion.png")


def cell() -> NumpyArray:
    """Return a quantitative phase image of a cell, (660, 550).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.cell().shape
    (660, 550)
    """
    return _read("cell.png")


def microaneurysms() -> NumpyArray:
    """Return a detail of the retina with microaneurysms, (102, 102).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.microaneurysms().shape
    (102, 102)
    """
    return _read("microaneurysms.png")


def brick() -> NumpyArray:
    """Return a brick wall, a regular texture, (512, 512).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.brick().shape
    (512, 512)
    """
    return _read("brick.png")


def grass() -> NumpyArray:
    """Return grass, an irregular texture of fine lines, (512, 512).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.grass().shape
    (512, 512)
    """
    return _read("grass.png")


def gravel() -> NumpyArray:
    """Return gravel, an irregular texture of grains, (512, 512).

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.gravel().shape
    (512, 512)
    """
    return _read("gravel.png")


def hubble(*, colour: bool = False) -> NumpyArray:
    """Return the Hubble eXtreme deep field, (872, 1000), with `colour` (872, 1000, 3).

    Parameters
    ----------
    colour : bool
        Return the three colours too, on the last axis.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.hubble().shape
    (872, 1000)
    """
    return _read("hubble_deep_field.jpg", colour)


def retina(*, colour: bool = False) -> NumpyArray:
    """Return a fundus photograph of the retina, (1411, 1411), with `colour` (1411, 1411, 3).

    Parameters
    ----------
    colour : bool
        Return the three colours too, on the last axis.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.retina().shape
    (1411, 1411)
    """
    return _read("retina.jpg", colour)


def astronaut(*, colour: bool = False) -> NumpyArray:
    """Return the astronaut Eileen Collins, (512, 512), with `colour` (512, 512, 3).

    Parameters
    ----------
    colour : bool
        Return the three colours too, on the last axis.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.astronaut().shape, datasets.astronaut(colour=True).shape
    ((512, 512), (512, 512, 3))
    """
    return _read("astronaut.png", colour)


def cat(*, colour: bool = False) -> NumpyArray:
    """Return the cat Chelsea, (300, 451), with `colour` (300, 451, 3).

    Parameters
    ----------
    colour : bool
        Return the three colours too, on the last axis.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.cat().shape
    (300, 451)
    """
    return _read("chelsea.png", colour)


def coffee(*, colour: bool = False) -> NumpyArray:
    """Return a cup of coffee, (400, 600), with `colour` (400, 600, 3).

    Parameters
    ----------
    colour : bool
        Return the three colours too, on the last axis.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1.

    Examples
    --------
    >>> from sigdeconv import datasets
    >>> datasets.coffee().shape
    (400, 600)
    """
    return _read("coffee.png", colour)


def _read(filename: str, colour: bool = False) -> NumpyArray:
    return _decode(filename, flag("colour", colour)).copy()  # the cache keeps its own


@functools.lru_cache(maxsize=4)
def _decode(filename: str, colour: bool) -> NumpyArray:
    # The folder is found without importing scikit-image, which would take longer than the reading.
    spec = importlib.util.find_spec("skimage")
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    paths = [pathlib.Path(folder) / "data" / filename for folder in folders]
    path = next((p for p in paths if p.is_file()), None)
    if path is None:
        raise FileNotFoundError(
            f"scikit-image as installed does not ship {filename}; install a wheel of it "
            f"(scikit-image>=0.24)"
        )
    from PIL import Image

    with Image.open(path) as image:
        values = np.asarray(image)
    values = values / 255.0
    grey = values if colour or values.ndim == 2 else values[..., :3] @ LUMINANCE
    return np.asarray(grey)
