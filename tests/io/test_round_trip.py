"""What a file says beside its values is what was written, for every format that can say it."""

import dataclasses
import pathlib
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigdeconv import io
from sigdeconv.io import Channel, Meta

STEPS = st.sampled_from([None, 0.065, 0.1, 0.11, 0.25, 1.0, 3.3, 40.0])
SPACE = ["nm", "um", "mm"]
FEW = settings(max_examples=25, derandomize=True, deadline=None)


@st.composite
def described(draw, orders):
    """Return values and metadata: axes, the distance on each with its unit, channels, optics."""
    axes = draw(st.sampled_from(orders))
    shape = tuple(draw(st.integers(2, 4)) if a in "TCZ" else 5 + k for k, a in enumerate(axes))
    steps = [draw(STEPS) if a != "C" else None for a in axes]
    units = [None if s is None else "s" if a == "T" else draw(st.sampled_from(SPACE))
             for a, s in zip(axes, steps, strict=True)]  # fmt: skip
    names = st.builds(Channel, st.sampled_from(["DAPI", "GFP"]), st.sampled_from([461.0, 509.5]))
    count = shape[axes.index("C")] if "C" in axes else 1
    channels = draw(st.none() | st.tuples(*[names] * count)) if "C" in axes else None
    dtype = draw(st.sampled_from(["uint8", "uint16", "float32", "float64"]))
    meta = Meta(
        axes=axes, spacing=tuple(steps), units=tuple(units), channels=channels,
        na=draw(st.sampled_from([None, 1.4])), immersion=draw(st.sampled_from([None, 1.515])),
    )  # fmt: skip
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype), meta


def said(meta, *, lacking=()):
    """Return what must be equal: everything but where it came from, and units as numbers."""
    fields = {f.name: getattr(meta, f.name) for f in dataclasses.fields(meta) if f.compare}
    steps = {a: s and (io.convert(s[0], s[1], "um") if a != "T" else s[0])
             for a in meta.axes or "" for s in [meta.step(a)]}  # fmt: skip
    return {k: v for k, v in fields.items() if k in ("axes", "channels", "na", "immersion")
            and k not in lacking} | {"steps": steps}  # fmt: skip


def through(name, values, meta):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        io.write(path, values, meta)
        return io.read(path)


@FEW
@given(described(["YX", "ZYX", "TYX", "CYX", "ZCYX", "CZYX", "TZCYX"]))
def test_tiff(pair):
    values, meta = pair
    x, again = through("x.tif", values, meta)
    np.testing.assert_array_equal(x, values)
    assert x.dtype == values.dtype
    expected, found = said(meta), said(again)
    for axis, step in expected.pop("steps").items():
        assert found["steps"].get(axis) == (step if step is None else pytest.approx(step, rel=1e-6))
    assert expected == {k: v for k, v in found.items() if k != "steps"}
    assert again.voxel is None or again.voxel == pytest.approx(again.voxel)


@FEW
@given(described(["X", "YX", "ZCYX", "TYX"]))
def test_npz(pair):
    values, meta = pair
    x, again = through("x.npz", values, meta)
    np.testing.assert_array_equal(x, values)
    assert (again.axes, again.spacing, again.units) == (meta.axes, meta.spacing, meta.units)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 3)])
def test_pictures(suffix, shape):
    axes = "YXS"[: len(shape)]
    meta = Meta(axes=axes, spacing=(0.01, 0.01, None)[: len(shape)], units="inch")
    again = through(f"x{suffix}", np.zeros(shape, np.uint8), meta)[1]
    assert again.axes == axes and again.unit == "inch"
    assert again.voxel == pytest.approx((0.01, 0.01), rel=1e-3)


@pytest.mark.parametrize("suffix", [".tif", ".png", ".jpg", ".npz", ".npy", ".csv"])
def test_what_made_a_file_is_in_it_or_beside_it(suffix):
    made = {"command": ["restore", "µ.tif"], "version": "1", "parameters": {"weight": 0.25}}
    values = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert through(f"x{suffix}", values, Meta(provenance=made))[1].provenance == made


def test_units_are_converted_and_never_taken_for_one():
    meta = Meta(axes="TZYX", spacing=(2.0, 300.0, 0.1, 0.1), units=("s", "nm", "um", "um"))
    assert meta.voxel == (0.3, 0.1, 0.1) and meta.unit == "um"
    assert meta.step("T") == (2.0, "s") and meta.step("C") is None
    assert Meta(axes="ZYX", spacing=(1.0, 1.0, 1.0), units=("s", "um", "um")).voxel is None
    assert io.convert(1.0, "arcmin", "arcsec") == 60 and io.convert(1.0, "inch", "mm") == 25.4
    assert Meta(axes="X", spacing=(1.0,), units=("µm",)) == Meta(
        axes="X", spacing=(1.0,), units="um"
    )
    with pytest.raises(ValueError, match="spacing has 2 entries; expected 3, one for each axis"):
        Meta(axes="ZYX", spacing=(1.0, 1.0), units="um")
    with pytest.raises(ValueError, match="axes is None; expected axes as well"):
        Meta(spacing=(1.0, 1.0))


def test_a_killed_run_leaves_no_half_file(tmp_path, monkeypatch):
    io.save(tmp_path / "x.npy", np.zeros(3))
    for error in (KeyboardInterrupt, OSError(28, "No space left on device")):

        def broken(path, *rest, error=error, **more):
            pathlib.Path(path).write_bytes(b"half")
            raise error

        monkeypatch.setattr(np, "save", broken)
        with pytest.raises(BaseException):  # noqa: B017
            io.save(tmp_path / "x.npy", np.ones(4))
        monkeypatch.undo()
        assert [p.name for p in tmp_path.iterdir()] == ["x.npy"]
        np.testing.assert_array_equal(io.load(tmp_path / "x.npy"), np.zeros(3))
