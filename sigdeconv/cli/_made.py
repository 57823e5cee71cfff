"""What made a file: written into it, compared with what would be made, and done again."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import sigdeconv
from sigdeconv import io
from sigdeconv._array import NumpyArray
from sigdeconv.cli._tell import BadUse
from sigdeconv.result import Result

__all__ = [
    "again",
    "fingerprint",
    "of_one",
    "provenance",
    "same_work",
    "stamped",
    "with_result",
    "without_out",
]


def fingerprint(values: NumpyArray) -> str:
    """Return a hash of values, their type and their shape."""
    values = np.ascontiguousarray(values)
    start = hashlib.sha256(f"{values.dtype.str}{values.shape}".encode())
    start.update(values.view(np.uint8).data if values.size else b"")
    return start.hexdigest()


def without_out(argv: Sequence[str]) -> list[str]:
    """Return a command without its output and without leave to overwrite."""
    kept: list[str] = []
    words = iter(argv)
    for word in words:
        if word in ("-o", "--out"):
            next(words, None)
        elif not (word == "--overwrite" or word.startswith(("--out=", "-o"))):
            kept.append(word)
    return kept


def provenance(argv: Sequence[str], inputs: Mapping[str, tuple[str, NumpyArray]]) -> dict[str, Any]:
    """Return what is known before the work: version, command, and hashes of the inputs."""
    return {
        "program": "sigdeconv",
        "version": sigdeconv.__version__,
        "command": list(argv),
        "folder": os.getcwd(),
        "inputs": {
            what: {"name": name, "sha256": fingerprint(values)}
            for what, (name, values) in inputs.items()
        },
    }


def with_result(plan: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """Return the provenance with what the method found, as JSON holds it."""
    found = {name: _plain(value) for name, value in result.parameters.items()}
    return dict(plan) | {
        "method": result.method,
        "parameters": {k: v for k, v in found.items() if v is not None},
        "iterations": result.num_iter,
        "stopped": result.stop.name,
        "seconds": round(result.seconds, 3),
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; texts for what it has not, None for large arrays."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else str(float(value))
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (tuple, list)) and len(value) <= 64:
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if hasattr(value, "shape"):
        small = int(np.prod(value.shape)) <= 64
        return np.asarray(value).tolist() if small and np.isrealobj(value) else None
    return str(value) if len(str(value)) < 500 else None


def of_one(argv: Sequence[str], inputs: Sequence[str], name: str) -> list[str]:
    """Return the command for one of its inputs."""
    n, words = len(inputs), list(argv)
    for k in range(1, len(words) - n + 1):
        # what follows a flag with one value is that value, unless there are more of them
        if words[k : k + n] == list(inputs) and (n > 1 or not words[k - 1].startswith("-")):
            return [*words[:k], name, *words[k + n :]]
    return words


def same_work(out: pathlib.Path, plan: Mapping[str, Any]) -> bool:
    """Tell whether a file was made by the same command from the same values.

    The names of the inputs may differ.
    """
    try:
        made = io.read(out)[1].provenance
    except (ValueError, OSError, ImportError):
        return False
    if made is None or made.get("version") != plan["version"]:
        return False
    return _hashes(made) == _hashes(plan) and _flags(made) == _flags(plan)


def _hashes(made: Mapping[str, Any]) -> dict[str, Any]:
    return {what: one.get("sha256") for what, one in made.get("inputs", {}).items()}


def _flags(made: Mapping[str, Any]) -> list[str]:
    """Return the command without its output and without the names of its inputs."""
    names = [one.get("name") for one in made.get("inputs", {}).values()]
    return [word for word in without_out(made.get("command", [])) if word not in names]


def again(path: str, out: str) -> list[str]:
    """Return the command that made a file, with another output.

    Raises
    ------
    BadUse
        If the file does not say what made it.
    ValueError
        If an input is not what it was.
    """
    made = io.read(path)[1].provenance
    if made is None or not made.get("command"):
        raise BadUse(f"{path} does not say what made it")
    argv = without_out(made["command"])
    for what, one in made.get("inputs", {}).items():
        name = str(one["name"])
        found = name if io.names_file(name) and _there(name) else _elsewhere(name, made)
        if io.names_file(name):
            now = fingerprint(io.load(found))
            if now != one["sha256"]:
                raise ValueError(f"{found}, the {what} of {path}, is not what it was: another hash")
        argv = [found if word == name else word for word in argv]
    return [*argv, "--out", out]


def _there(name: str) -> bool:
    return pathlib.Path(name).exists() or pathlib.Path(name.partition(":")[0]).exists()


def _elsewhere(name: str, made: Mapping[str, Any]) -> str:
    """Return a relative name in the folder where the command was run."""
    return str(pathlib.Path(made.get("folder", "."), name)) if io.names_file(name) else name


def stamped(meta: io.Meta | None, plan: Mapping[str, Any]) -> io.Meta:
    """Return metadata with what made the file."""
    return dataclasses.replace(io.Meta() if meta is None else meta, provenance=plan)
