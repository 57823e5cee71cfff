"""Kernels of other programs, as they come: known by what they carry, their packages not imported.

==============================  ==========================================  ========================
what                            is known by                                 its values are
==============================  ==========================================  ========================
photutils ``ImagePSF``          ``data``, ``oversampling``, ``origin``      what a sample sees
photutils ``GriddedPSFModel``   the same, and ``grid_xypos``                the same, at places
PSFEx, a ``.psf`` file          a table with ``PSF_MASK``, ``PSF_SAMP``     what a sample sees
poppy, an ``HDUList``           ``OVERSAMP``, ``DET_SAMP`` of its header    light on finer samples
hcipy ``Field``                 ``grid``, ``shaped``                        light, on its grid
galsim ``Image``                ``array``, ``bounds``                       what a sample sees
==============================  ==========================================  ========================

What a sample sees is read at the distances of samples; light on finer samples is added up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sigdeconv._array import RealArray
from sigdeconv._checks import numbers
from sigdeconv.psf.measured import gathered

__all__ = ["from_object"]


def from_object(given: Any, *, at: Sequence[float] | None = None) -> RealArray:
    """Return the kernel that an object of another program holds, on the samples of the data.

    Parameters
    ----------
    given : object
        A model of photutils (``ImagePSF``, ``EPSFModel``, ``GriddedPSFModel``), the ``HDUList`` of
        poppy, a ``Field`` of hcipy, an ``Image`` of galsim, or the opened table of PSFEx, whose
        file ``sigdeconv.io.load("field.psf")`` reads.
    at : (float, float), optional
        For what changes over the field: where, as row and column from 0. By default in its middle.

    Returns
    -------
    ndarray of float64
        Sum one, centre at ``n // 2``, odd on each axis.

    Raises
    ------
    TypeError
        If the object is of none of these kinds; the message names them.
    ValueError
        If it holds no kernel, or `at` does not fit.

    Notes
    -----
    A kernel made with an even number of samples is centred between two; it is moved by half a
    sample, by interpolation. Complex fields are amplitudes: their squared modulus is taken.

    Examples
    --------
    >>> import types, numpy as np, sigdeconv as sd
    >>> fine = sd.psf.gaussian(8.0, shape=(81, 81))  # four samples of it in one of the data
    >>> model = types.SimpleNamespace(data=fine, oversampling=4, origin=(40, 40))
    >>> kernel = sd.psf.from_object(model)
    >>> kernel.shape, bool(np.abs(kernel - sd.psf.gaussian(2.0, shape=(21, 21))).sum() < 0.05)
    ((21, 21), True)
    """
    place = None if at is None else numbers("at", list(at), 2)
    table = _table(given)
    if table is not None:
        kernel = _psfex(*table, place)
    elif hasattr(given, "grid_xypos"):
        kernel = _sampled(_gridded(given, place), *_fine(given))
    elif hasattr(given, "oversampling") and hasattr(given, "data"):
        kernel = _sampled(np.asarray(given.data, np.float64), *_fine(given))
    elif hasattr(given, "grid") and hasattr(given, "shaped"):
        kernel = _field(given)
    elif hasattr(given, "array") and hasattr(given, "bounds"):
        values = np.asarray(given.array, np.float64)
        kernel = _sampled(values, (1.0,) * 2, tuple((n - 1) / 2 for n in values.shape))
    elif _hdus(given):
        kernel = _poppy(_hdus(given))
    else:
        raise TypeError(
            f"given must be a model of photutils, an HDUList of poppy, a Field of hcipy, an Image "
            f"of galsim, or a table of PSFEx; got {type(given).__name__}. An array is a kernel "
            f"already: see psf.measured"
        )
    total = float(kernel.sum())
    if not (math.isfinite(total) and total > 0):
        raise ValueError(f"given holds no kernel: the sum of its values is {total:g}")
    return np.asarray(kernel / total)


def is_object(given: Any) -> bool:
    """Whether `from_object` knows an object, which is no array or operator."""
    return (
        all(hasattr(given, name) for name in ("grid", "shaped"))
        or all(hasattr(given, name) for name in ("oversampling", "data"))
        or all(hasattr(given, name) for name in ("array", "bounds"))
        or bool(_hdus(given))
    )


def _hdus(given: Any) -> list[Any]:
    """Return headers with images, of a list of them or a single one."""
    entries = list(given) if isinstance(given, (list, tuple)) else [given]
    good = [h for h in entries if hasattr(h, "header") and getattr(h, "data", None) is not None]
    return good if len(good) == len(entries) or isinstance(given, (list, tuple)) else []


def _table(given: Any) -> tuple[Any, Any] | None:
    """Return header and values of a table of PSFEx."""
    for hdu in _hdus(given):
        if "PSF_SAMP" in hdu.header and "POLNAXIS" in hdu.header:
            return hdu.header, np.asarray(hdu.data["PSF_MASK"][0], np.float64)
    return None


def _psfex(header: Any, basis: RealArray, at: tuple[float, ...] | None) -> RealArray:
    """Return the kernel of PSFEx at a place: a polynomial in it of given degree."""
    names = list(range(1, int(header["POLNAXIS"]) + 1))
    zero = [float(header[f"POLZERO{k}"]) for k in names]
    scale = [float(header[f"POLSCAL{k}"]) for k in names]
    degree = int(header["POLDEG1"]) if names else 0
    where = zero if at is None else [at[1] + 1, at[0] + 1]  # FITS counts columns, then rows, from 1
    if len(names) not in (0, 2):
        raise ValueError(
            f"given depends on {len(names)} quantities; expected a table that depends on the place "
            f"alone, or on nothing"
        )
    terms = [1.0]
    if names:
        x, y = ((w - z) / s for w, z, s in zip(where, zero, scale, strict=True))
        terms = [x**i * y**j for j in range(degree + 1) for i in range(degree + 1 - j)]
    if len(terms) != len(basis):
        raise ValueError(
            f"given has {len(basis)} terms; expected {len(terms)} of degree {degree}. Tables with "
            f"several groups of quantities are not read"
        )
    values = np.tensordot(terms, basis, axes=(0, 0))
    fine = 1 / float(header["PSF_SAMP"])
    return _sampled(values, (fine, fine), tuple(n // 2 for n in values.shape))


def _fine(model: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return samples of a model in one of the data on each axis, and the place of its centre."""
    given = np.asarray(model.oversampling, float)
    fine = numbers("oversampling", np.broadcast_to(given, (2,)).tolist(), 2, above=0)
    shape = np.shape(model.data)[-2:]
    origin = getattr(model, "origin", None)
    if origin is None or np.ndim(model.data) == 3:
        return fine, tuple((n - 1) / 2 for n in shape)
    return fine, (float(origin[1]), float(origin[0]))  # photutils says x, y


def _gridded(model: Any, at: tuple[float, ...] | None) -> RealArray:
    """Return the four nearest kernels of a grid, each by its share."""
    data, places = np.asarray(model.data, np.float64), np.asarray(model.grid_xypos, np.float64)
    x, y = places.mean(axis=0) if at is None else (at[1], at[0])
    share = np.ones(len(places))
    for k, value in enumerate((x, y)):
        lines = np.unique(places[:, k])
        value = float(np.clip(value, lines[0], lines[-1]))
        share *= [np.interp(value, lines, (lines == p).astype(float)) for p in places[:, k]]
    return np.asarray(np.tensordot(share, data, axes=(0, 0)))


def _sampled(values: RealArray, fine: tuple[float, ...], centre: tuple[float, ...]) -> RealArray:
    """Return the values at the distances of samples from the centre, by cubic interpolation."""
    from scipy.ndimage import map_coordinates

    axes = []
    for n, step, c in zip(values.shape, fine, centre, strict=True):
        half = math.floor(min(c, n - 1 - c) / step + 1e-9)
        axes.append(c + np.arange(-half, half + 1) * step)
    if all(np.allclose(a, np.round(a)) for a in axes):
        return np.asarray(values[np.ix_(*[np.round(a).astype(int) for a in axes])])
    return np.asarray(map_coordinates(values, np.meshgrid(*axes, indexing="ij"), order=3))


def _field(field: Any) -> RealArray:
    """Return a field of hcipy, whose zero lies where its grid says."""
    values = np.asarray(field.shaped)
    values = np.abs(values) ** 2 if np.iscomplexobj(values) else values.astype(np.float64)
    delta, zero = (np.asarray(v, float)[::-1] for v in (field.grid.delta, field.grid.zero))
    return _sampled(values, (1.0,) * values.ndim, tuple(float(c) for c in -zero / delta))


def _poppy(hdus: list[Any]) -> RealArray:
    """Return what the detector of poppy sees, or its finer samples added up."""
    coarse = [h for h in hdus if str(h.header.get("EXTNAME", "")).startswith("DET_")]
    hdu = (coarse or hdus)[-1 if coarse else 0]
    values = np.asarray(hdu.data, np.float64)
    header = hdu.header
    fine = 1.0 if coarse else float(header.get("DET_SAMP", header.get("OVERSAMP", 1)))
    if values.ndim != 2:
        raise ValueError(f"given has an image of shape {values.shape}; expected one with two axes")
    centre = tuple((n - 1) / 2 for n in values.shape)
    if fine == 1:
        return _sampled(values, (1.0, 1.0), centre)
    return gathered(values, centre, 1 / fine)
