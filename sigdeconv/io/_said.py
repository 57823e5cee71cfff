"""What a format has no place of its own for, as one JSON text: axes, channels, optics."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from sigdeconv.io._meta import Channel, Meta

__all__ = ["SAID_KEY", "packed", "same_said", "unpacked"]

SAID_KEY = "sigdeconv_meta"  # its name, where a format has names
NUMBERS = ("na", "immersion", "bits")


def packed(meta: Meta, ndim: int, *, grid: bool = True) -> dict[str, Any]:
    """Return what is known of the channels and the optics, and of the grid, as plain values."""
    said: dict[str, Any] = {k: v for k in NUMBERS if (v := getattr(meta, k)) is not None}
    if meta.channels:
        said["channels"] = [list(dataclasses.astuple(channel)) for channel in meta.channels]
    if grid and meta.axes is not None and len(meta.axes) == ndim:
        said |= {"axes": meta.axes, "spacing": meta.spacing, "units": meta.units}
    return said


def unpacked(said: Any, ndim: int) -> dict[str, Any]:
    """Return fields of `Meta` from plain values or their JSON; none from any other text."""
    if isinstance(said, (str, bytes)):
        try:
            said = json.loads(said)
        except ValueError:
            return {}
    if not isinstance(said, Mapping):
        return {}
    fields = {k: said[k] for k in NUMBERS if said.get(k) is not None}
    if said.get("channels"):
        fields["channels"] = tuple(Channel(*channel) for channel in said["channels"])
    if len(said.get("axes") or "") == ndim:
        grid = {k: tuple(said[k]) if said.get(k) else None for k in ("spacing", "units")}
        fields |= {"axes": said["axes"]} | grid
    return fields


def same_said(meta: Meta, native: Meta, ndim: int) -> bool:
    """Tell whether what a format says by itself is all that is known."""
    return packed(meta, ndim) in ({}, packed(native, ndim))
