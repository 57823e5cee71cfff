"""The flags that a method brings by its signature, and what is said of a flag that is none."""

from __future__ import annotations

import argparse
import difflib
import inspect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from sigdeconv.cli._inputs import number_or_file, number_or_noise, number_or_text

if TYPE_CHECKING:
    from sigdeconv.method import Method

__all__ = ["Parser", "add_own", "flags_of_the_method", "nearest"]


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line, and exit."""
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help says more)\n")


def nearest(words: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """Return which flags may have been meant by words that are none."""
    known = sorted(set(re.findall(r"(?<!\S)--[a-z][a-z-]+", parser.format_help())))
    found = []
    for word in words:
        flag = word.partition("=")[0]
        near = difflib.get_close_matches(flag, known, n=1) if flag.startswith("--") else []
        found += near
    return f"; did you mean {', '.join(found)}?" if found else ""


def add_own(group: Any, entry: Method) -> None:
    """Add a flag for every parameter of the method that `restore` does not have by itself."""
    texts = _explained(entry)
    for name, parameter in entry.parameters.items():
        if name in ("num_iter", "tol") or "Sequence[tuple" in str(parameter.annotation):
            continue  # those of every method, and lists that no flag can hold
        default = parameter.default
        plain = isinstance(default, (int, float, str)) and not isinstance(default, bool)
        shown = f" ({default})" if plain else ""
        options: dict[str, Any] = {"dest": f"own_{name}", "default": None}
        options["help"] = (texts.get(name, "") + shown).replace("%", "%%")
        if isinstance(default, bool) or "bool" in str(parameter.annotation):
            options["action"] = argparse.BooleanOptionalAction
        else:
            options |= _converter(str(parameter.annotation))
        group.add_argument(f"--{name.replace('_', '-')}", **options)


def _converter(annotation: str) -> dict[str, Any]:
    """Return how argparse reads a parameter annotated like this."""
    kinds = {kind.strip() for kind in annotation.split("|")} - {"None"}
    if kinds == {"int"}:
        return {"type": int, "metavar": "N"}
    if kinds == {"float"}:
        return {"type": float, "metavar": "X"}
    if kinds == {"str"}:
        return {"type": str, "metavar": "NAME"}
    if "Noise" in kinds:
        return {"type": number_or_noise, "metavar": "X|NOISE"}
    if "str" in kinds:
        return {"type": number_or_text, "metavar": "X|NAME"}
    return {"type": number_or_file, "metavar": "X|FILE"}


def _explained(entry: Method) -> dict[str, str]:
    """Return the first sentence on every parameter in the method's documentation."""
    text = (inspect.getdoc(entry.function) or "").partition("Parameters\n----------\n")[2]
    text = re.split(r"\n\n?[A-Z][A-Za-z ]*\n---", text)[0]
    sentences: dict[str, str] = {}
    for names, body in re.findall(r"^(\w[\w, ]*) : [^\n]*\n((?:[ \t]+[^\n]*\n?)+)", text, re.M):
        sentence = re.split(r"(?<=[.;]) ", " ".join(body.split()))[0].rstrip(".;").replace("`", "")
        sentences |= {name.strip(): sentence for name in names.split(",")}
    return sentences


def flags_of_the_method(arguments: argparse.Namespace) -> str:
    """Return which flags the chosen method does have, for the error on one that it has not."""
    if not hasattr(arguments, "method"):
        return ""
    flags = [f"--{k[4:].replace('_', '-')}" for k in vars(arguments) if k.startswith("own_")]
    if isinstance(arguments.method, str):
        return f" ({arguments.method} takes no flags of a method: name one)"
    return f" ({arguments.method.name} takes {', '.join(flags) or 'no flags of its own'})"
