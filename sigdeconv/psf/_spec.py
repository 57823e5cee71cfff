"""Blur models written as text, for the command line: ``gaussian:2.5,1.0:angle=30``."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigdeconv.psf._model import registry

__all__ = ["from_spec"]


def from_spec(text: str) -> NDArray[np.float64]:
    """Return the psf described by a line of text.

    Parameters
    ----------
    text : str
        ``name:values:keyword=value``. Values and keywords are separated by commas or colons;
        a sequence in a keyword is written ``shape=15x17``, a length or an angle with its unit,
        ``wavelength=520nm``. For a model with one positional
        parameter, several values are its values per axis: ``gaussian:2.5,1.0``.

    Returns
    -------
    ndarray of float64
        What the model of that name returns.

    Raises
    ------
    TypeError, ValueError
        If `text` is not text, names no model, or does not fit the parameters of the model.

    Examples
    --------
    >>> import sigdeconv.psf as psf
    >>> psf.from_spec("box:3:ndim=1").round(3).tolist()
    [0.333, 0.333, 0.333]
    >>> psf.from_spec("motion:15,45").shape
    (13, 13)
    >>> text = "microscope:na=1.2,index=1.33,wavelength=520nm,spacing=300nmx100nmx100nm"
    >>> psf.from_spec(text + ",kind=confocal,excitation=488nm,shape=9x15x15").shape
    (9, 15, 15)
    """
    if not isinstance(text, str):
        raise TypeError(
            f"text must be a string such as 'gaussian:2.5'; got {type(text).__name__}. "
            f"An array is a psf already; see measured()"
        )
    name, _, rest = text.strip().partition(":")
    if name not in registry:
        near = difflib.get_close_matches(name, list(registry), n=1)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise ValueError(
            f"text must start with a psf model; got {text!r}{hint} Models: {', '.join(registry)}"
        )
    function = registry.get(name)
    values: list[Any] = []
    keywords: dict[str, Any] = {}
    for part in rest.replace(":", ",").split(",") if rest else []:
        key, equals, value = part.rpartition("=")
        if equals:
            keywords[key.strip()] = _value(value, text, word=True)
        elif keywords:
            raise ValueError(f"text must give values before keywords; got {text!r}")
        else:
            values.append(_value(part, text))
    bound = _bound(function, name, values, keywords, text)
    if not bound:  # some models have widths to choose from, and no parameter that must be given
        raise ValueError(
            f"text must fit the parameters of {name}: {_usage(function)}; got {text!r}"
        )
    return function(**bound)


def _value(token: str, text: str, word: bool = False) -> Any:
    """Return a number, a sequence, or a word: a keyword may be one, and the model checks it."""
    token = token.strip()
    if "x" in token and token[:1].isdigit():
        return tuple(_value(part, text, word) for part in token.split("x"))
    for kind in (int, float):
        try:
            return kind(token)
        except ValueError:
            continue
    if word and token:
        return token
    raise ValueError(f"text must hold numbers after the model's name; got {token!r} in {text!r}")


def _bound(
    function: Any, name: str, values: list[Any], keywords: dict[str, Any], text: str
) -> dict[str, Any]:
    signature = inspect.signature(function)
    places = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(values) > 1 and len(places) == 1:
        values = [tuple(values)]
    try:
        return signature.bind(*values, **keywords).arguments
    except TypeError as error:
        raise ValueError(
            f"text must fit the parameters of {name}: {_usage(function)}; got {text!r} ({error})"
        ) from None


def _usage(function: Any) -> str:
    return ", ".join(inspect.signature(function).parameters)
