"""The rows of a comparison as a table, and the verdict that they come to."""

from __future__ import annotations

import csv
import html
import io
import math
from typing import Any

__all__ = ["COLUMNS", "cell", "sentences", "table"]

COLUMNS = {
    "method": "method",
    "kind": "kind",
    "shape": "shape",
    "psnr": "PSNR dB",
    "gain": "gain dB",
    "ssim": "SSIM",
    "nrmse": "NRMSE",
    "correlation": "corr",
    "level": "level",
    "num_iter": "iter",
    "seconds": "s",
}


def table(rows: list[dict[str, Any]], style: str) -> str:
    """Return the rows as ``text``, ``markdown``, ``csv`` or ``html``."""
    if style == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: row[name] for name in COLUMNS} for row in rows)
        return out.getvalue()
    cells = [list(COLUMNS.values())]
    cells += [[cell(name, row[name]) for name in COLUMNS] for row in rows]
    if style == "html":
        lines = [
            "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in row) + "</tr>"
            for row, tag in zip(cells, ["th"] + ["td"] * len(rows), strict=True)
        ]
        return "<table>" + "".join(lines) + "</table>"
    widths = [max(len(row[k]) for row in cells) for k in range(len(COLUMNS))]
    left = {0, 1, 2}

    def line(row: list[str]) -> list[str]:
        return [
            text.ljust(width) if k in left else text.rjust(width)
            for k, (text, width) in enumerate(zip(row, widths, strict=True))
        ]

    if style == "text":
        rule = "  ".join("-" * width for width in widths)
        body = ["  ".join(line(row)).rstrip() for row in cells]
        return "\n".join([body[0], rule, *body[1:]])
    if style == "markdown":
        ends = ["-" if k in left else ":" for k in range(len(widths))]
        rule = "|".join("-" * (w + 1) + end for w, end in zip(widths, ends, strict=True))
        body = ["| " + " | ".join(line(row)) + " |" for row in cells]
        return "\n".join([body[0], f"|{rule}|", *body[1:]])
    raise ValueError(f"style must be 'text', 'markdown', 'csv' or 'html'; got {style!r}")


def cell(name: str, value: Any) -> str:
    """Return a value of the column `name` as it is printed.

    Parameters
    ----------
    name : str
        Name of the column.
    value : object
        The value; nothing is printed for None.

    Returns
    -------
    str
        The value with the digits that the column has.

    Examples
    --------
    >>> from sigdeconv.comparison import cell
    >>> cell("gain", 1.2345), cell("shape", (3, 4))
    ('+1.23', '3x4')
    """
    if value is None:
        return ""
    if name == "shape":
        return "x".join(str(n) for n in value)
    if isinstance(value, float):
        digits = {"psnr": 2, "gain": 2, "ssim": 3, "nrmse": 3, "correlation": 3, "level": 3}
        if name in digits and (value == 0 or 1e-3 <= abs(value) < 1e5):
            sign = "+" if name == "gain" else ""
            return f"{value:{sign}.{digits[name]}f}"
        return f"{value:.3g}"
    return str(value)


def sentences(rows: list[dict[str, Any]]) -> list[str]:
    """Return the verdict, one sentence a finding."""
    data, tried = rows[0], rows[1:]
    better = [row for row in tried if row["gain"] > 0]
    adjoints = [row for row in tried if row["kind"] == "adjoint"]
    inverses = [row for row in tried if row["kind"] != "adjoint"]
    sentences = []
    same = {row["shape"] for row in tried}
    if len(same) == 1 and (shape := same.pop()) != data["shape"]:
        sentences.append(
            f"Every method restores the shape, {cell('shape', data['shape'])} to "
            f"{cell('shape', shape)}."
        )
    if adjoints:
        best = max(adjoints, key=lambda row: row["psnr"])
        failed = best["gain"] <= 0
        did = "does not restore the values" if failed else "brings back some of the values"
        sentences.append(
            f"The transposed convolution ({best['method']}) {did}: {best['gain']:+.1f} dB against "
            f"the data, at correlation {best['correlation']:.3f} (data {data['correlation']:.3f})."
        )
    won = [row for row in better if row["kind"] != "adjoint"]
    if won:
        best = max(won, key=lambda row: row["psnr"])
        sentences.append(
            f"The values come back best with {best['method']}: {best['gain']:+.1f} dB, correlation "
            f"{best['correlation']:.3f}, SSIM {best['ssim']:.3f}."
        )
    elif inverses:
        sentences.append("No inverse tried here comes closer to the truth than the data.")
    lost = [row for row in inverses if row["gain"] < 0 and math.isfinite(row["gain"])]
    if lost:
        names = ", ".join(f"{row['method']} ({row['gain']:+.0f} dB)" for row in lost)
        sentences.append(f"Worse than the data: {names}; the noise is amplified or fitted.")
    return sentences
