"""Files that other packages ship: read, restored, and opened again by their own library."""

import glob
import importlib.util
import os
import pathlib
import shutil

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import io
from sigdeconv.cli import main


def folder_of(package, *inside):
    """Return a folder of a package without importing it; skip where it is not installed."""
    found = importlib.util.find_spec(package)
    if found is None or found.submodule_search_locations is None:
        pytest.skip(f"{package} is not installed")
    path = pathlib.Path(next(iter(found.submodule_search_locations)), *inside)
    if not path.is_dir():
        pytest.skip(f"{package} ships no {'/'.join(inside)}")
    return path


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_bars_of_flowdec():
    folder = folder_of("flowdec", "datasets", "bars-25pct")
    for name in ("data.tif", "kernel.tif", "actual.tif"):
        shutil.copy(folder / name, name)
    command = ["restore", "data.tif", "--psf", "kernel.tif", "--method", "richardson_lucy"]
    assert main([*command, "--num-iter", "25", "--dtype", "float32", "-o", "x.tif"]) == 0
    data, truth, x = (io.load(name).astype(float) for name in ("data.tif", "actual.tif", "x.tif"))
    assert x.shape == data.shape
    assert sd.metrics.correlation(truth, x) > sd.metrics.correlation(truth, data) + 0.02


@pytest.mark.slow
def test_a_seismogram_of_rf():
    obspy = pytest.importorskip("obspy")
    shutil.copy(folder_of("rf", "example") / "example_data.mseed", "x.mseed")
    command = ["restore", "x.mseed", "--psf", "exponential:3", "--centre", "start"]
    assert main([*command, "--method", "tikhonov"]) == 0
    old, new = obspy.read("x.mseed"), obspy.read("x.restored.mseed")
    assert [trace.id for trace in new] == [trace.id for trace in old]
    for a, b in zip(old, new, strict=True):
        assert abs(a.stats.starttime - b.stats.starttime) < 1e-3
        assert (a.stats.delta, len(a)) == (b.stats.delta, len(b))


@pytest.mark.parametrize("name", ["arange.fits", "scale.fits", "test0.fits:1", "comp.fits",
                                  "compressed_image.fits", "blank.fits"])  # fmt: skip
def test_images_of_astropy(name):
    fits = pytest.importorskip("astropy.io.fits")
    name, _, inside = name.partition(":")
    shutil.copy(folder_of("astropy", "io", "fits", "tests", "data") / name, name)
    x, meta = io.read(f"{name}:{inside}" if inside else name)
    with fits.open(name) as hdus:
        first = next(k for k, hdu in enumerate(hdus) if hdu.is_image and hdu.shape != ())
        own = hdus[int(inside or first)]
        np.testing.assert_array_equal(x, own.data)
        cards = {k: v for k, v in own.header.items() if k in ("OBJECT", "DATE-OBS", "EXPTIME")}
    io.write("y.fits", x, meta)
    with fits.open("y.fits") as hdus:
        np.testing.assert_array_equal(hdus[0].data, x)
        assert cards == {k: hdus[0].header[k] for k in cards}


def test_the_traces_of_obspy():
    pytest.importorskip("segyio")
    folder = folder_of("obspy", "io", "segy", "tests", "data")
    seen = 0
    for path in sorted(glob.glob(f"{folder}/*.sgy_first_trace")):
        shutil.copy(path, "x.sgy")
        try:
            x, meta = io.read("x.sgy")
        except ValueError:  # cut off within its first trace
            continue
        np.testing.assert_allclose(x, np.load(f"{path}.npy").ravel(), rtol=1e-6)
        io.write("y.sgy", x, meta, dtype="float32")
        again, said = io.read("y.sgy")
        np.testing.assert_allclose(again, x, rtol=1e-6)
        assert said.spacing == meta.spacing
        seen += 1
    assert seen or not os.listdir(folder)
