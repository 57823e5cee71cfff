"""What holds for every format that is written: it comes back, and is made again to the bit."""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigdeconv import io
from sigdeconv.cli import main
from sigdeconv.io import Channel, Meta

# One suffix of every writer, and those that it writes in another way.
WRITERS = {io.registry.get(s).write: s for s in io.suffixes(writable=True)}
SUFFIXES = sorted({*WRITERS.values(), ".csv", ".txt", ".jpg"})
NEEDS = {
    ".fits": "astropy", ".fit": "astropy", ".fts": "astropy", ".h5": "h5py", ".hdf5": "h5py",
    ".mrc": "mrcfile", ".map": "mrcfile", ".ccp4": "mrcfile", ".rec": "mrcfile", ".zarr": "zarr",
    ".sgy": "segyio", ".segy": "segyio", ".mseed": "obspy", ".miniseed": "obspy",
}  # fmt: skip
PICTURES = (".png", ".jpg", ".jpeg")
TRACES = (".sgy", ".segy", ".mseed", ".miniseed")
TABLES = (".csv", ".txt")
STEPS = st.sampled_from([0.065, 0.1, 0.25, 2.0])


def ready(suffix):
    if suffix in NEEDS:
        pytest.importorskip(NEEDS[suffix])


CHANNELS = st.builds(
    Channel,
    st.sampled_from(["DAPI", "GFP"]),
    st.sampled_from([None, 461.0, 509.5]),
    st.sampled_from([None, 405.0]),
    st.sampled_from([None, -16776961, 16711935]),
)
SIZES = {"T": 2, "C": 3, "Z": 4, "Y": 9, "X": 40, "S": 3}


@st.composite
def saying(draw, suffix):
    """Return values and what can be said of them in a format: axes, distances, channels, optics."""
    known = {
        "na": draw(st.sampled_from([None, 1.4])), "immersion": draw(st.sampled_from([None, 1.515])),
        "bits": draw(st.sampled_from([None, 12])),
    }  # fmt: skip
    if suffix == ".wav":
        rate = draw(st.sampled_from([8000, 44100]))
        return np.arange(50, dtype=np.int16), Meta(axes="T", spacing=(1 / rate,), units="s",
                                                    rate=rate, **known)  # fmt: skip
    if suffix in TABLES:
        x = draw(STEPS) * np.arange(5, 45)
        names = draw(st.sampled_from([None, ("x (nm)", "y"), ("x", "y")]))
        return np.sin(x), Meta(axes="X", x=x, columns=names, units=("nm",),
                                spacing=(x[1] - x[0],), **known)  # fmt: skip
    orders = ["YX", "ZYX", "CYX", "TZCYX", "YXS"]
    orders = orders[::4] if suffix in PICTURES else ["X", "CX"] if suffix in TRACES else orders
    orders = orders[:2] if NEEDS.get(suffix) == "mrcfile" else orders
    axes = draw(st.sampled_from(orders))
    units = dict.fromkeys(axes, "s" if suffix in TRACES else draw(st.sampled_from(["nm", "um"])))
    own = [0.004, 0.0005] if suffix in TRACES else [0.065, 0.1, 0.25, 2.0]
    apart = {a: draw(st.sampled_from([None, *own]) if a in "TZ" else st.sampled_from(own))
             for a in axes if a not in "CS"}  # fmt: skip
    meta = Meta(
        axes=axes, spacing=tuple(apart.get(a) for a in axes),
        units=tuple(None if apart.get(a) is None else "s" if a == "T" else units[a] for a in axes),
        channels=draw(st.none() | st.tuples(*[CHANNELS] * 3)) if "C" in axes else None, **known,
    )  # fmt: skip
    dtype = "uint8" if suffix in PICTURES else "float32"
    shape = tuple(SIZES[a] for a in axes)
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype) % 200 + 20, meta


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_known_comes_back(suffix):
    ready(suffix)

    @settings(max_examples=8, derandomize=True, deadline=None)
    @given(saying(suffix))
    def comes_back(pair):
        values, meta = pair
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, f"x{suffix}")
            io.write(path, values, meta)
            again, said = io.read(path)
        if suffix not in (".jpg", ".jpeg"):
            np.testing.assert_array_equal(again, values)
        assert again.shape == values.shape and again.dtype == values.dtype
        for name in ("axes", "na", "immersion", "bits"):
            assert getattr(said, name) == getattr(meta, name), name
        if meta.channels is not None or suffix not in TRACES:  # whose traces have names
            assert said.channels == meta.channels
        for axis in meta.axes:
            step, found = meta.step(axis), said.step(axis)
            if step is None:
                assert found is None
            else:
                assert io.convert(*found, step[1]) == pytest.approx(step[0], rel=1e-3)

    comes_back()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_is_made_again_to_the_bit(suffix, tmp_path, monkeypatch, capsys):
    ready(suffix)
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    if suffix == ".wav":
        io.write("x.wav", rng.integers(-999, 999, 200).astype(np.int16), Meta(rate=8000))
    elif suffix in TABLES:
        io.write(f"x{suffix}", 5 + rng.random(60), Meta(x=np.arange(60.0), axes="X"))
    elif suffix in TRACES:
        meta = Meta(axes="CX", spacing=(None, 0.004), units="s")
        io.write(f"x{suffix}", rng.random((2, 60)).astype("f4"), meta)
    else:
        dtype = "float32" if NEEDS.get(suffix) == "mrcfile" else None
        y = rng.integers(50, 200, (20, 22)).astype(np.uint8)
        io.write(f"x{suffix}", y, Meta(axes="YX"), dtype=dtype)
    assert main(["restore", f"x{suffix}", "--psf", "box:3", "-o", f"y{suffix}"]) == 0
    assert main(["rerun", f"y{suffix}"]) == 0
    assert "equal to" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s not in PICTURES])
@pytest.mark.parametrize("axes", ["TYX", "CYX", "TCYX", "TZYX"])
def test_a_film_stays_a_film_or_is_refused(suffix, axes, tmp_path):
    """No kernel may act along an axis that was time or channels before it was written."""
    ready(suffix)
    steps = {"T": 2.0, "Z": 0.3, "Y": 0.1, "X": 0.1}
    units = {"T": "s", "Z": "um", "Y": "um", "X": "um"}
    values = np.arange(2 * 5 * 6 * 7).reshape(2, 5, 6, 7).astype(np.float32)
    values = values if len(axes) == 4 else values[:, 0]
    for meta in (Meta(axes=axes), Meta(axes=axes, spacing=tuple(map(steps.get, axes)),
                                       units=tuple(map(units.get, axes)))):  # fmt: skip
        try:
            io.write(tmp_path / f"x{suffix}", values, meta)
        except ValueError as error:
            assert "use ." in str(error).lower()
            continue
        again, said = io.read(tmp_path / f"x{suffix}")
        assert again.shape == values.shape and said.axes == axes
        if NEEDS.get(suffix) == "mrcfile":  # which has no place for the interval of frames
            continue
        assert (said.step("T") or (None,))[0] == (meta.step("T") or (None,))[0]


FULL = """
import resource, sys, numpy as np
from sigdeconv import io
import matplotlib, scipy.io, tifffile  # what is written after that is the file alone
values = np.random.default_rng(0).random((40, 30, 30)).astype("f4")
meta = io.Meta(axes="ZYX", spacing=(0.3, 0.1, 0.1), units="um")
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
for path in sys.argv[1:]:
    try:
        io.write(path, values, meta)
    except OSError as error:
        print(path, "|", error)
"""


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_and_says_one_line(tmp_path):
    names = ["x.tif", "x.ome.tif", "x.npy", "x.npz", "x.mat"]
    for suffix, package in ((".h5", "h5py"), (".fits", "astropy"), (".zarr", "zarr"),
                            (".mrc", "mrcfile")):  # fmt: skip
        try:
            __import__(package)
            names.append(f"x{suffix}")
        except ImportError:
            continue
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    run = subprocess.run([sys.executable, "-c", FULL, *names], cwd=tmp_path, env=env, text=True,
                         capture_output=True, timeout=120)  # fmt: skip
    assert run.returncode == 0 and run.stderr == ""
    lines = run.stdout.splitlines()
    assert [line.split(" | ")[0] for line in lines] == names
    assert all("was not written" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


LARGE = (1024, 1024, 1024)  # of two bytes: 2 GiB, of which the disk holds next to nothing
PART = (slice(500, 502), slice(100, 200), slice(0, 50))


def large_tif(path):
    import tifffile

    tifffile.memmap(path, shape=LARGE, dtype=np.uint16, bigtiff=True, photometric="minisblack")


def large_fits(path):
    fits = pytest.importorskip("astropy.io.fits")
    header = fits.Header(
        [("SIMPLE", True), ("BITPIX", 16), ("NAXIS", 3), *((f"NAXIS{k}", 1024) for k in (1, 2, 3))]
    )
    header.tofile(path)
    os.truncate(path, 2880 + 2 * 1024**3 + (-2 * 1024**3) % 2880)


def large_zarr(path):
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(path, shape=LARGE, dtype="uint16", chunks=(4, 256, 256))
    array[500, 100, 0] = 7


def large_npy(path):
    np.lib.format.open_memmap(path, "w+", np.uint16, LARGE)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts bytes by /proc")
@pytest.mark.parametrize(
    "name, make",
    [("x.tif", large_tif), ("x.fits", large_fits), ("x.zarr", large_zarr), ("x.npy", large_npy)],
)
def test_a_region_of_two_gigabytes_does_not_load_the_rest(tmp_path, name, make):
    make(tmp_path / name)
    io.write(tmp_path / "warm.npy", np.zeros(3))
    io.read(tmp_path / "warm.npy")

    def counted():
        text = pathlib.Path("/proc/self/io").read_text(encoding="ascii").splitlines()
        return int(next(line for line in text if line.startswith("rchar")).split()[1])

    before, peak = counted(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    part, _ = io.read(tmp_path / name, region=PART)
    assert part.shape == (2, 100, 50)
    assert counted() - before < 20e6  # with what is imported
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 200e3  # kilobytes


def test_a_killed_run_leaves_no_half_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    io.save("x.npy", np.random.default_rng(0).random((20, 22)))

    def killed(path, *rest, **more):
        pathlib.Path(path).write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(np, "save", killed)
    assert main(["restore", "x.npy", "--psf", "gaussian:1", "-o", "y.npy"]) == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
