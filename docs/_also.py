"""On each page of the API: the examples of the gallery that use what the page is about."""

import functools
import pathlib
import re

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"
USED = re.compile(r"\bsd\.((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)")
IMPORTED = re.compile(r"^from (sigdeconv[\w.]*) import (.+)$", re.MULTILINE)
METHOD = re.compile(r"method=\"(\w+)\"")
SHOWN = 6  # at most: who wants more has the gallery


@functools.cache
def uses():
    """Return the pages of the gallery that use each public name."""
    found = {}
    for script in sorted(EXAMPLES.glob("*/plot_*.py")):
        text = script.read_text(encoding="utf-8")
        names = {f"sigdeconv.{name}" for name in USED.findall(text)}
        names |= {f"sigdeconv.{name}" for name in METHOD.findall(text)}
        for module, line in IMPORTED.findall(text):
            names |= {f"{module}.{name.strip()}" for name in line.split(",")}
        for name in names:
            found.setdefault(name, []).append(f"/gallery/{script.parent.name}/{script.stem}")
    return found


def link_examples(app, what, name, obj, options, lines):
    """Add the links to a docstring that autodoc shows."""
    pages = uses().get(name, ())[:SHOWN] if what in ("function", "class") else ()
    if pages:
        lines += ["", ".. rubric:: In the gallery", "", *(f"- :doc:`{page}`" for page in pages), ""]
