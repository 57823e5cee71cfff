"""Zarr, OME-Zarr and TIFF in parts; runs that were killed; in and out by whole pieces."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import io

zarr = pytest.importorskip("zarr")

PSF = sd.psf.gaussian(1.0)
Y = sd.simulate(sd.datasets.camera()[60:188, 140:268], PSF, noise=0.01, rng=0).y.astype("f4")
RL = {"method": "richardson_lucy", "num_iter": 3}


class Watched:
    """A source that counts how often each sample is read, and by how many pieces it is met."""

    def __init__(self, values, chunks=None):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.times = np.zeros(values.shape, int)
        if chunks:
            self.chunks = chunks

    def __getitem__(self, at):
        self.times[at] += 1
        return self.values[at]


def test_ome_zarr_in_and_out_with_its_scale(tmp_path):
    stack = np.stack([Y, 2 * Y])[None]
    meta = io.Meta(axes="TZYX", spacing=(None, 2.0, 0.1, 0.1), units=(None, "um", "um", "um"))
    io.write(tmp_path / "y.zarr", stack, meta)
    psf = sd.psf.gaussian(1.0, ndim=2)
    x = sd.tiled(
        tmp_path / "y.zarr", psf, channel_axis=(0, 1), out=tmp_path / "x.zarr", tile=64, halo=12,
        **RL,
    )  # fmt: skip
    assert x.chunks == (1, 1, 64, 64)
    values, said = io.read(tmp_path / "x.zarr")
    assert said.axes == "TZYX" and said.spacing[1:] == (2.0, 0.1, 0.1)
    np.testing.assert_array_equal(values[0, 0], sd.tiled(Y, psf, tile=64, halo=12, **RL))


def test_tiles_are_whole_pieces_of_the_source(tmp_path):
    source = Watched(Y, chunks=(16, 16))
    plan = sd.tiles.make_plan(source, PSF, memory="500 KiB", chunks=(16, 16), halo=8, **RL)
    assert all(c % 16 == 0 for c in plan.tile) and plan.tile != Y.shape
    source = Watched(Y, chunks=(16, 16))
    out = zarr.create_array(tmp_path / "x.zarr", shape=Y.shape, chunks=(16, 16), dtype="f4")
    sd.tiled(source, PSF, plan=plan, out=out)
    layout = plan.layout(Y.shape)
    assert source.times.sum() == len(layout) * np.prod(layout.block)  # once a tile, with its halo
    np.testing.assert_array_equal(out[...], sd.tiled(Y, PSF, plan=plan))


def test_pieces_larger_than_tiles_are_written_in_turn(tmp_path):
    out = zarr.create_array(tmp_path / "x.zarr", shape=Y.shape, chunks=(100, 100), dtype="f4")
    x = sd.tiled(Y, PSF, out=out, tile=40, halo=8, workers=4, **RL)
    np.testing.assert_array_equal(x[...], sd.tiled(Y, PSF, tile=40, halo=8, **RL))
    shards = zarr.create_array(
        tmp_path / "s.zarr", shape=Y.shape, chunks=(16, 16), shards=(64, 64), dtype="f4"
    )
    x = sd.tiled(Y, PSF, out=shards, tile=64, halo=8, workers=2, **RL)
    np.testing.assert_array_equal(x[...], sd.tiled(Y, PSF, tile=64, halo=8, **RL))


@pytest.mark.parametrize("options", [{}, {"tile": (32, 32)}, {"compression": "zlib"}])
def test_a_tiff_is_read_in_parts(tmp_path, options):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "y.tif", Y, **options)
    values, _ = io.open_parts(tmp_path / "y.tif")
    assert type(values) is not np.ndarray
    x = sd.tiled(tmp_path / "y.tif", PSF, tile=64, halo=8, **RL)
    np.testing.assert_array_equal(x, sd.tiled(Y, PSF, tile=64, halo=8, **RL))


def test_stores_that_cannot_be_written(tmp_path):
    zarr.create_array(tmp_path / "x.zarr", shape=Y.shape, chunks=(16, 16), dtype="f4")
    locked = zarr.open_array(tmp_path / "x.zarr", mode="r")
    with pytest.raises(ValueError, match="out is read-only"):
        sd.tiled(Y, PSF, out=locked, **RL)
    with pytest.raises(ValueError, match=r"x.zarr' exists and was made otherwise"):
        sd.tiled(Y, PSF, out=tmp_path / "x.zarr", **RL)
    ones = zarr.create_array(tmp_path / "1.zarr", shape=(12, 12), chunks=(1, 1), dtype="f4")
    x = sd.tiled(Y[:12, :12], PSF, out=ones, tile=6, halo=4, **RL)
    assert np.all(np.isfinite(x[...]))
    with pytest.raises(ValueError, match=r"\.csv is read as a whole only"):
        io.save(tmp_path / "y.csv", Y)
        sd.tiled(tmp_path / "y.csv", PSF, **RL)


KILLED = """
import sys, time, numpy as np, sigdeconv as sd
sd.tiled(sys.argv[1], sd.psf.gaussian(1.0), out=sys.argv[2], tile=16, halo=8, workers=2,
         method="richardson_lucy", num_iter=3, progress=lambda p: time.sleep(0.05))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.zarr", "x.npy"])
def test_a_run_that_was_killed_goes_on_to_the_bit(tmp_path, name):
    np.save(tmp_path / "y.npy", Y)
    run = subprocess.Popen([sys.executable, "-c", KILLED, tmp_path / "y.npy", tmp_path / name])
    journal = tmp_path / f"{name}.tiles"
    for _ in range(600):
        time.sleep(0.05)
        if journal.exists() and len(journal.read_text().splitlines()) > 8:
            break
    run.send_signal(signal.SIGKILL)
    run.wait()
    done = len(journal.read_text().splitlines()) - 1
    assert 7 < done < 64
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / name).rglob("c/*/*")}
    told = []
    sd.tiled(
        tmp_path / "y.npy", PSF, out=tmp_path / name, tile=16, halo=8, progress=told.append, **RL
    )
    assert told[0].skipped == done and told[-1].done == 64
    untouched = sum(p.stat().st_mtime_ns == when for p, when in files.items())
    assert untouched >= len(files) - 2  # the two that were at work may be written again
    x = io.load(tmp_path / name)
    np.testing.assert_array_equal(x, sd.tiled(Y, PSF, tile=16, halo=8, **RL))


def test_the_command_line_restores_within_some_memory(tmp_path, monkeypatch, capsys):
    from sigdeconv.cli import main

    monkeypatch.chdir(tmp_path)
    io.write("y.zarr", Y, io.Meta(axes="YX", spacing=(0.5, 0.5), units="um"))
    flags = ["--psf", "gaussian:1", "--method", "richardson_lucy", "--num-iter", "3"]
    assert main(["restore", "y.zarr", *flags, "--memory", "1MiB", "-o", "x.zarr"]) == 0
    assert "tiles" in capsys.readouterr().err
    x, meta = io.read("x.zarr")
    whole = sd.richardson_lucy(Y, PSF.astype("f4"), num_iter=3)
    assert np.abs(x - whole).max() < 1e-3 and meta.spacing == (0.5, 0.5)
    assert main(["restore", "y.zarr", *flags, "--memory", "1MiB", "-o", "x.zarr"]) == 0
    assert "nothing was done" in capsys.readouterr().err
    assert main(["restore", "y.zarr", *flags, "--memory", "1MiB", "-o", "x.zarr", "--clip"]) != 0
    assert "--clip looks at the whole" in capsys.readouterr().err
