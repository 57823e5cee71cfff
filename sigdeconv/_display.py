"""How an object shows itself: the way from a result up to the packages that draw and write pages.

A result, an operator, a curve or a comparison lies below `plots` and `report` and must not import
them, yet each can show itself. So those packages register here what they can show, by the name of
the class, when they are imported; and the first object that is shown imports them, by name. That is
the package's only import against its order, and it happens when a user asks for a picture.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["draw", "html", "page", "register"]

# medium -> the package that knows it, and within the medium class name -> renderer
_PACKAGES = {"html": "sigdeconv.report", "page": "sigdeconv.report", "figure": "sigdeconv.plots"}
_RENDERERS: dict[str, dict[str, Callable[..., Any]]] = {medium: {} for medium in _PACKAGES}


def register(medium: str, **renderers: Callable[..., Any]) -> None:
    """Add renderers of a medium, ``html``, ``page`` or ``figure``, by the name of the class."""
    _RENDERERS[medium].update(renderers)


def html(shown: Any) -> str:
    """Return the display of an object in a notebook, for its ``_repr_html_``."""
    return str(_renderer("html", shown)(shown))


def page(shown: Any, path: Any = None, **options: Any) -> str:
    """Return an object as one HTML page, written to `path` where there is one."""
    return str(_renderer("page", shown)(shown, path, **options))


def draw(shown: Any, path: Any = None, **options: Any) -> Any:
    """Return the figure of an object, saved to `path` where there is one.

    Raises
    ------
    TypeError
        If an option is none of that figure.
    """
    function = _renderer("figure", shown)
    known = list(inspect.signature(function).parameters)[2:]
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"plot has no parameter {name!r}; it has {', '.join(known)}{hint}")
    return function(shown, path, **options)


def _renderer(medium: str, shown: Any) -> Callable[..., Any]:
    """Return what shows an object of this class, or of the nearest one it derives from.

    Raises
    ------
    TypeError
        If there is none.
    """
    importlib.import_module(_PACKAGES[medium])
    known = _RENDERERS[medium]
    for cls in type(shown).__mro__:
        if cls.__name__ in known:
            return known[cls.__name__]
    raise TypeError(
        f"a {type(shown).__name__} has no {medium}; expected one of {', '.join(sorted(known))}"
    )
