"""Several inputs: which they are, where each goes, and the table at the end."""

from __future__ import annotations

import dataclasses
import glob
import pathlib
from collections.abc import Sequence

from sigdeconv import io
from sigdeconv.cli._tell import BadUse

__all__ = ["Done", "default_out", "expanded", "summary", "targets"]

MARK = ".restored"
OTHER_SUFFIX = ".tif"  # for what is read only


@dataclasses.dataclass(frozen=True)
class Done:
    """One line of the summary."""

    name: str
    out: str
    how: str
    failed: bool = False


def expanded(names: Sequence[str]) -> list[str]:
    """Return the files that names, patterns and folders stand for."""
    found: list[str] = []
    for name in names:
        path = pathlib.Path(name)
        if path.is_dir() and path.suffix.lower() not in io.suffixes():
            inside = [str(p) for p in sorted(path.iterdir()) if _is_input(p)]
            if not inside:
                raise BadUse(f"the folder {name} holds no file of a format that is read")
            found += inside
        elif glob.has_magic(name) and not path.exists():
            matching = [p for p in sorted(glob.glob(name)) if _is_input(pathlib.Path(p))]
            if not matching and not io.names_file(name):
                raise FileNotFoundError(f"no file matches {name}")
            matching = matching or [name]
            found += matching
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def _is_input(path: pathlib.Path) -> bool:
    suffix = path.suffix.lower()
    packed = suffix == ".gz" and ".fit" not in path.stem.lower()  # of .gz FITS alone is read
    return suffix in io.suffixes() and not packed and MARK not in path.name and path.name[0] != "."


def default_out(name: str, folder: str | None = None) -> str:
    """Return where the estimate of a file goes: beside it, as ``name.restored.tif``."""
    path = pathlib.Path(name)
    known = path.suffix.lower().partition(":")[0] in io.suffixes()
    suffix = path.suffix if known else OTHER_SUFFIX
    stem = path.stem if known else path.name.replace(":", "-")
    if ":" in path.suffix:
        suffix, _, inside = path.suffix.partition(":")
        stem = f"{path.stem}-{inside.replace('/', '-')}"
    if suffix.lower() in io.suffixes(writable=False):
        suffix = OTHER_SUFFIX
    double = pathlib.Path(stem).suffix
    if double.lower() == ".ome":  # of .ome.tif
        stem, suffix = stem[: -len(double)], double + suffix
    where = path.parent if folder is None else pathlib.Path(folder)
    return str(where / f"{stem}{MARK}{suffix}")


def targets(names: Sequence[str], out: str | None) -> list[str]:
    """Return the output of every input.

    Raises
    ------
    BadUse
        If one file is to hold several, or two would have the same name.
    """
    if out is None:
        return [default_out(name) for name in names]
    path = pathlib.Path(out)
    folder = path.is_dir() and path.suffix.lower() not in io.suffixes()
    if not folder and not out.endswith(("/", "\\")):
        if len(names) == 1:
            return [out]
        raise BadUse(f"--out {out} is one file for {len(names)} inputs; give a folder, as {out}/")
    path.mkdir(parents=True, exist_ok=True)
    found = [default_out(name, out) for name in names]
    twice = sorted({one for one in found if found.count(one) > 1})
    if twice:
        raise BadUse(f"--out {out}: two inputs would be written to {twice[0]}")
    return found


def summary(done: Sequence[Done]) -> str:
    """Return a table of what became of each input."""
    rows = [("file", "output", "how"), *((d.name, d.out, d.how) for d in done)]
    widths = [max(len(row[k]) for row in rows) for k in range(2)]
    lines = ["  ".join([r[0].ljust(widths[0]), r[1].ljust(widths[1]), r[2]]) for r in rows]
    lines.insert(1, "  ".join("-" * w for w in (*widths, 3)))
    failed = sum(d.failed for d in done)
    also = f", {failed} failed" if failed else ""
    lines.append(f"{len(done) - failed} of {len(done)} restored{also}")
    return "\n".join(lines)
