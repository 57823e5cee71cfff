"""Seismograms: SEG-Y, by segyio, and miniSEED, by ObsPy.

Traces are (traces, samples), each a signal of its own; one trace has one axis, along which a
wavelet acts. Its spacing is the sample interval in seconds. The headers are kept as they are, so
that what is written has the geometry of what was read; SEG-Y is written in IEEE floats. The extra
``seismic`` brings both packages.
"""

from __future__ import annotations

import pathlib
import struct
from typing import Any

import numpy as np

from sigdeconv._array import NumpyArray
from sigdeconv.io._format import register
from sigdeconv.io._meta import Channel, Meta, Unreadable
from sigdeconv.io._optional import needed
from sigdeconv.io._units import convert

__all__ = ["read_mseed", "read_segy", "refuse_traces", "write_mseed", "write_segy"]

# SEG-Y, revision 1: bytes of the headers, and places in that of the file, counted from zero.
TEXT_HEADER, BINARY_HEADER, TRACE_HEADER = 3200, 400, 240
INTERVAL_AT, SAMPLES_AT, FORMAT_AT, EXTENDED_AT = 16, 20, 24, 304
IEEE_CODE = 5  # code of 32-bit floats
TRACE_SAMPLES_AT, TRACE_INTERVAL_AT = 114, 116
SEED_NAME = ("network", "station", "location", "channel")  # of a trace, between dots
# Times the samples that merged pieces may have, gaps counted; above, they are traces of their own.
MOSTLY_GAPS = 2
SEED_TYPES = ("float32", "float64", "int32")  # that miniSEED holds


def read_segy(path: pathlib.Path) -> tuple[NumpyArray, Meta]:
    """Return all traces of the file, and the sample interval."""
    with needed("segyio", "seismic", f"{path.name}: SEG-Y"):
        import segyio
    with segyio.open(str(path), "r", strict=False, ignore_geometry=True) as file:
        values = np.array(file.trace.raw[:])
        step = float(segyio.tools.dt(file, fallback_dt=0.0)) / 1e6  # microseconds
        width = int(file.dtype.itemsize)
    header = _raw_headers(path, values.shape, width)
    return _described(values, step, header=header)


def _described(values: NumpyArray, step: float, **more: Any) -> tuple[NumpyArray, Meta]:
    """Return traces, or the one that there is, and their metadata."""
    values = values[0] if len(values) == 1 else values
    axes = "CX"[-values.ndim :]
    spacing = (None, step if step > 0 else None)[-values.ndim :]
    if values.ndim == 1:
        more["channels"] = None
    return values, Meta(axes=axes, spacing=spacing, units="s", **more)


def _raw_headers(
    path: pathlib.Path, shape: tuple[int, ...], width: int
) -> tuple[tuple[str, str, str], ...]:
    """Return the headers of the file and of each trace, in hexadecimal digits."""
    count, samples = shape
    with open(path, "rb") as file:
        first = file.read(TEXT_HEADER + BINARY_HEADER)
        extended = max(struct.unpack(">h", first[TEXT_HEADER + EXTENDED_AT :][:2])[0], 0)
        more = file.read(TEXT_HEADER * extended)
        traces = []
        for _ in range(count):
            traces.append(("trace", file.read(TRACE_HEADER).hex(), ""))
            file.seek(samples * width, 1)
    return (("text", first[:TEXT_HEADER].hex(), ""), ("binary", first[TEXT_HEADER:].hex(), ""),
            ("extended", more.hex(), ""), *traces)  # fmt: skip


def refuse_traces(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Say what a file of traces does not hold."""
    if values.ndim not in (1, 2) or values.dtype.kind not in "iuf":
        raise ValueError(
            f"{path.suffix} holds real traces, (samples,) or (traces, samples); got shape "
            f"{values.shape} and dtype {values.dtype}. Use .npz"
        )
    if meta.step("X") is None or convert(*(meta.step("X") or (0.0, None)), "s") is None:
        raise ValueError(
            f"{path.suffix} needs a sample interval; give meta=Meta(axes='X', spacing=(0.004,), "
            f"units='s'), or use .npz"
        )


def _interval(meta: Meta) -> float:
    """Return the sample interval in seconds; `refuse_traces` has looked for it."""
    step = meta.step("X")
    seconds = None if step is None else convert(step[0], step[1], "s")
    return 1.0 if seconds is None else seconds


def write_segy(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write traces in 32-bit floats, with the headers that the data had."""
    refuse_traces(path, values, meta)
    traces = np.atleast_2d(values).astype(">f4")
    own: dict[str, list[bytes]] = {}
    for key, value, _ in meta.header or ():
        if key in ("text", "binary", "extended", "trace"):
            own.setdefault(key, []).append(bytes.fromhex(str(value)))
    count, samples = traces.shape
    micro = min(round(1e6 * _interval(meta)), 2**15 - 1)
    binary = bytearray((own.get("binary") or [bytes(BINARY_HEADER)])[0])
    for place, number in ((INTERVAL_AT, micro), (SAMPLES_AT, samples), (FORMAT_AT, IEEE_CODE)):
        struct.pack_into(">h", binary, place, number)
    extended = (own.get("extended") or [b""])[0]
    struct.pack_into(">h", binary, EXTENDED_AT, len(extended) // TEXT_HEADER)
    kept = own.get("trace", [])
    kept = kept if len(kept) == count else [_trace_header(k + 1) for k in range(count)]
    blank = "C 1 WRITTEN BY SIGDECONV".ljust(TEXT_HEADER).encode("cp037")  # EBCDIC
    with open(path, "wb") as file:
        file.write((own.get("text") or [blank])[0] + bytes(binary) + extended)
        for header, trace in zip(kept, traces, strict=True):
            head = bytearray(header)
            struct.pack_into(">H", head, TRACE_SAMPLES_AT, samples)
            struct.pack_into(">H", head, TRACE_INTERVAL_AT, micro)
            file.write(bytes(head) + trace.tobytes())


def _trace_header(number: int) -> bytes:
    return struct.pack(">2i", number, number) + bytes(20) + struct.pack(">h", 1) + bytes(210)


def read_mseed(path: pathlib.Path, inside: str | None = None) -> tuple[NumpyArray, Meta]:
    """Return all traces of the file, or that of a name such as ``BW.UH3..EHZ`` or a number."""
    with needed("obspy", "seismic", f"{path.name}: miniSEED"):
        import obspy
    stream = obspy.read(str(path), format="MSEED")
    merged = stream.copy().merge()  # of one name, with gaps between
    if sum(map(len, merged)) <= MOSTLY_GAPS * sum(map(len, stream)):
        stream = merged
    names = [trace.id for trace in stream]
    if inside is not None:
        known = [*names, *map(str, range(len(names)))]
        if inside not in known:
            shown = ", ".join([*names[:8], f"0 to {len(names) - 1}"])
            raise Unreadable(f"{path} holds no trace {inside!r}; expected one of {shown}")
        stream = stream[known.index(inside) % len(names) :][:1]
    same = {(len(trace), trace.stats.delta) for trace in stream}
    if len(same) != 1:
        raise Unreadable(
            f"{path} holds {len(names)} traces of different lengths or intervals "
            f"({', '.join(names[:8])}); {path.name}:0 names the first of them"
        )
    values = np.stack([_filled(trace.data) for trace in stream])
    header = tuple((trace.id, str(trace.stats.starttime), "start") for trace in stream)
    return _described(
        values, float(stream[0].stats.delta), header=header, key=inside,
        channels=tuple(Channel(trace.id) for trace in stream),
    )  # fmt: skip


def _filled(data: Any) -> NumpyArray:
    """Return the samples of a trace, NaN in its gaps."""
    gaps = np.ma.getmaskarray(data)
    values = np.asarray(np.ma.getdata(data))
    values = values.astype(values.dtype.newbyteorder("="))
    return np.where(gaps, np.nan, values) if gaps.any() else values


def write_mseed(path: pathlib.Path, values: NumpyArray, meta: Meta) -> None:
    """Write traces with the names and the starts that the data had."""
    with needed("obspy", "seismic", f"{path.name}: miniSEED"):
        import obspy
    refuse_traces(path, values, meta)
    traces = np.atleast_2d(values)
    heads = [head for head in meta.header or () if head[2] == "start"]
    stream = obspy.Stream()
    for k, trace in enumerate(traces):
        known = len(heads) == len(traces)
        name, start = (heads[k][0], heads[k][1]) if known else (f"...{k + 1:03d}", None)
        stats: dict[str, Any] = {"delta": _interval(meta)}
        stats |= dict(zip(SEED_NAME, name.split("."), strict=False))
        if start is not None:
            stats["starttime"] = obspy.UTCDateTime(start)
        stream.append(obspy.Trace(np.ascontiguousarray(trace), header=stats))
    stream.write(str(path), format="MSEED")


for _suffix in (".sgy", ".segy"):
    register(_suffix, read_segy, write_segy, holds=("float32",), refuse=refuse_traces)
for _suffix in (".mseed", ".miniseed"):
    register(_suffix, read_mseed, write_mseed, holds=SEED_TYPES, inside=True, refuse=refuse_traces)
