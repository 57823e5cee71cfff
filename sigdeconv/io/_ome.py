"""OME-XML: what it says of one image, and what it is told about one."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from sigdeconv.io._meta import Channel, Meta
from sigdeconv.io._units import convert, plain_unit

__all__ = ["image_names", "ome_details", "ome_says", "with_optics"]

IMMERSION = {"oil": 1.515, "water": 1.333, "waterdipping": 1.333, "air": 1.0, "glycerol": 1.47}
OME_UNITS = {"um": "µm", "angstrom": "Å"}


def _find(root: Any, name: str) -> list[Any]:
    """Return all elements of a name, in any namespace."""
    return [e for e in root.iter() if e.tag.rpartition("}")[2] == name]


def image_names(xml: str) -> tuple[str, ...]:
    """Return the name of every image in an OME-XML text."""
    try:
        return tuple(e.get("Name", "") for e in _find(ElementTree.fromstring(xml), "Image"))
    except ElementTree.ParseError:
        return ()


def ome_says(xml: str, index: int) -> dict[str, Any]:
    """Return what an OME-XML text says of an image: ``steps`` by axis, channels, optics, bits."""
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return {"steps": {}}
    images = _find(root, "Image")
    if index >= len(images):
        return {"steps": {}}
    image = images[index]
    pixels = _find(image, "Pixels")[0]
    steps: dict[str, tuple[float, str | None]] = {}
    for letter in "XYZ":
        size = pixels.get(f"PhysicalSize{letter}")
        if size is not None and float(size) > 0:
            unit = plain_unit(pixels.get(f"PhysicalSize{letter}Unit", "um"))
            steps[letter] = (float(size), unit)
    if pixels.get("TimeIncrement") is not None and float(pixels.get("TimeIncrement")) > 0:
        unit = plain_unit(pixels.get("TimeIncrementUnit", "s"))
        steps["T"] = (float(pixels.get("TimeIncrement")), unit)
    bits = pixels.get("SignificantBits")
    found = {"steps": steps, "channels": _channels(pixels), "bits": bits and int(bits)}
    return found | _optics(root, image)


def _channels(pixels: Any) -> tuple[Channel, ...] | None:
    channels = []
    for e in _find(pixels, "Channel"):
        waves = {}
        for kind in ("Emission", "Excitation"):
            value, unit = e.get(f"{kind}Wavelength"), e.get(f"{kind}WavelengthUnit", "nm")
            waves[kind] = None if value is None else convert(float(value), plain_unit(unit), "nm")
        colour = e.get("Color")
        channels.append(
            Channel(
                e.get("Name"), waves["Emission"], waves["Excitation"],
                None if colour is None else int(colour),
            )
        )  # fmt: skip
    return tuple(channels) if any(c != Channel() for c in channels) else None


def _optics(root: Any, image: Any) -> dict[str, float | None]:
    """Return the numerical aperture and the refractive index of the image's objective."""
    settings = _find(image, "ObjectiveSettings")
    objectives = {e.get("ID"): e for e in _find(root, "Objective")}
    own = objectives.get(settings[0].get("ID")) if settings else None
    if own is None and len(objectives) == 1:
        own = next(iter(objectives.values()))
    index = settings[0].get("RefractiveIndex") if settings else None
    na = None if own is None else own.get("LensNA")
    if index is None and own is not None:
        index = IMMERSION.get(own.get("Immersion", "").lower())
    return {
        "na": None if na is None else float(na),
        "immersion": None if index is None else float(index),
    }


def ome_details(meta: Meta) -> dict[str, Any]:
    """Return what tifffile writes into the OME-XML."""
    details: dict[str, Any] = {}
    for letter in "XYZT":
        step = meta.step(letter)
        if step is None:
            continue
        name = "TimeIncrement" if letter == "T" else f"PhysicalSize{letter}"
        unit = step[1] or ("s" if letter == "T" else "pixel")
        details |= {name: step[0], f"{name}Unit": OME_UNITS.get(unit, unit)}
    if meta.bits is not None:
        details["SignificantBits"] = meta.bits
    if meta.channels:
        fields: dict[str, list[Any]] = {
            "Name": [c.name for c in meta.channels],
            "EmissionWavelength": [c.emission for c in meta.channels],
            "ExcitationWavelength": [c.excitation for c in meta.channels],
            "Color": [c.colour for c in meta.channels],
        }
        known: dict[str, Any] = {
            k: v for k, v in fields.items() if all(one is not None for one in v)
        }
        for kind in ("Emission", "Excitation"):
            if f"{kind}Wavelength" in known:
                known[f"{kind}WavelengthUnit"] = ["nm"] * len(meta.channels)
        details["Channel"] = known
    return details


def with_optics(xml: str, meta: Meta) -> str:
    """Return an OME-XML text with the objective of `meta`, which tifffile does not write."""
    lens = "" if meta.na is None else f' LensNA="{meta.na!r}"'
    index = "" if meta.immersion is None else f' RefractiveIndex="{meta.immersion!r}"'
    instrument = f'<Instrument ID="Instrument:0"><Objective ID="Objective:0"{lens}/></Instrument>'
    settings = f'<ObjectiveSettings ID="Objective:0"{index}/>'
    xml = re.sub(r"(<Image\b)", instrument + r"\1", xml, count=1)
    return re.sub(r"(<Pixels\b)", settings + r"\1", xml, count=1)
