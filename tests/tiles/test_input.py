"""Layout of tiles, plans on disk, outputs, and bad input in one clear line."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sigdeconv as sd
from sigdeconv.tiles.layout import TileLayout, tile_shape
from sigdeconv.tiles.source import read_block

PSF = sd.psf.gaussian(1.0)
Y = sd.simulate(sd.datasets.camera()[60:160, 140:240], PSF, noise=0.01, rng=0).y
SHAPE = (64, 512, 512)
RL = {"method": "richardson_lucy", "num_iter": 3}


@given(st.data())
def test_tiles_cover_the_source_once_with_blocks_of_one_shape(data):
    ndim = data.draw(st.integers(1, 3))
    axes = st.tuples(*[st.integers(1, 12)] * ndim)
    shape, tile, halo = (data.draw(axes) for _ in range(3))
    periodic = tuple(data.draw(st.booleans()) for _ in range(ndim))
    layout = TileLayout(shape, tuple(map(min, tile, shape)), halo, periodic)
    values = np.arange(np.prod(shape)).reshape(shape)
    found = np.full(shape, -1)
    for tile in layout:
        block = read_block(values, tile.block)
        assert block.shape == layout.block
        assert np.all(found[tile.core] == -1)
        found[tile.core] = block[tile.inside]
    np.testing.assert_array_equal(found, values)


def test_a_tile_fits_the_memory_and_the_chunks():
    for most in (5_000, 50_000, 500_000):
        tile = tile_shape(SHAPE, (4, 8, 8), most)
        block = [min(c + 2 * h, n) for c, h, n in zip(tile, (4, 8, 8), SHAPE, strict=True)]
        assert np.prod(block) <= most
    assert tile_shape((4096, 4096), (16, 16), 1 << 20, (256, 128)) == (768, 1024)


def test_a_plan_is_saved_and_used_again(tmp_path):
    for method, options in [("wiener", {}), ("tv", {"weight": 0.01}), RL_AUTO]:
        plan = sd.tiles.make_plan(Y, PSF, method=method, tile=50, **options)
        plan.save(tmp_path / "plan.json")
        again = sd.tiles.TilePlan.load(tmp_path / "plan.json")
        assert again == plan
        assert plan.method in str(plan) and "halo" in str(plan)
    x = sd.tiled(Y, PSF, plan=tmp_path / "plan.json")
    np.testing.assert_array_equal(x, sd.tiled(Y, PSF, plan=plan))


RL_AUTO = ("richardson_lucy", {"num_iter": 4})


def test_threads_do_not_matter_and_progress_is_told():
    told = []
    one = sd.tiled(Y, PSF, tile=40, halo=12, workers=1, progress=told.append, **RL)
    two = sd.tiled(Y, PSF, tile=40, halo=12, workers=3, **RL)
    np.testing.assert_array_equal(one, two)
    assert [p.done for p in told] == list(range(1, 10)) and told[-1].remaining == 0
    assert "9 of 9 tiles" in str(told[-1])


class Stops(Exception):
    pass


def test_a_run_that_ended_early_goes_on(tmp_path):
    out = tmp_path / "x.npy"
    whole = sd.tiled(Y, PSF, tile=40, halo=12, **RL)

    def stop(progress):
        if progress.done == 4:
            raise Stops

    with pytest.raises(Stops):
        sd.tiled(Y, PSF, tile=40, halo=12, out=out, progress=stop, **RL)
    part = np.load(out)
    told = []
    sd.tiled(Y, PSF, tile=40, halo=12, out=out, progress=told.append, **RL)
    assert told[0].done == 5 and told[0].skipped == 4
    np.testing.assert_array_equal(np.load(out), whole)
    np.testing.assert_array_equal(part[:40, :40], whole[:40, :40])
    with pytest.raises(ValueError, match=r"made otherwise.*overwrite=True"):
        sd.tiled(Y, PSF, tile=50, halo=12, out=out, **RL)
    sd.tiled(Y, PSF, tile=50, halo=12, out=out, overwrite=True, **RL)


def test_a_source_on_disk_is_read_once_with_its_halo(tmp_path):
    np.save(tmp_path / "y.npy", Y.astype(np.float32))

    class Counted:
        shape, dtype = Y.shape, np.dtype(np.float32)
        read = 0

        def __getitem__(self, at):
            found = Y[at].astype(np.float32)
            type(self).read += found.size
            return found

    plan = sd.tiles.make_plan(tmp_path / "y.npy", PSF, tile=50, halo=10, **RL)
    assert plan.dtype == "float32"
    out = np.lib.format.open_memmap(tmp_path / "x.npy", mode="w+", dtype="f4", shape=Y.shape)
    sd.tiled(tmp_path / "y.npy", PSF, plan=plan, out=out)
    np.testing.assert_array_equal(out, sd.tiled(Counted(), PSF, plan=plan))
    layout = plan.layout(Y.shape)
    assert Counted.read == len(layout) * np.prod(layout.block)


BAD = [
    ({"halo": 100}, ValueError, "halo .* is larger than the source"),
    ({"memory": "1 KiB"}, ValueError, "memory of 1 KiB is too small .* expected at least"),
    ({"memory": "much"}, ValueError, "memory must be a number of bytes"),
    ({"out": np.zeros((5, 5))}, ValueError, r"out has shape \(5, 5\); expected \(92, 92\)"),
    ({"out": np.zeros((92, 92), "uint16")}, ValueError, "out holds uint16"),
    ({"out": "x.png"}, ValueError, "out 'x.png' has the suffix '.png'; expected .*.zarr"),
    (
        {"out": "nowhere/x.npy"},
        FileNotFoundError,
        "out 'nowhere/x.npy': the directory 'nowhere' does not exist",
    ),
    ({"plan": 3}, TypeError, "plan must be a TilePlan"),
    ({"method": "wienner"}, ValueError, "wiener"),
    ({"channel_axis": 5}, ValueError, "channel_axis"),
    ({"dtype": "int8"}, ValueError, "dtype must be float32 or float64"),
    ({"weightt": 3.0}, TypeError, "weightt"),
]


@pytest.mark.parametrize("options, error, words", BAD, ids=[next(iter(b[0])) for b in BAD])
def test_bad_input_is_one_clear_line(options, error, words):
    y = Y[:92, :92]
    options = {"method": "tikhonov", "weight": 0.1} | options
    if "plan" in options:
        options = {"plan": options["plan"]}
    with pytest.raises(error, match=words):
        sd.tiled(y, PSF, **options)


def test_sources_that_cannot_be():
    with pytest.raises(TypeError, match="source must be an array of which parts can be read"):
        sd.tiled(3.0, PSF)
    with pytest.raises(ValueError, match="source holds complex"):
        sd.tiled(Y + 0j, PSF)
    with pytest.raises(ValueError, match=r"psf has 2 axes; expected 3"):
        sd.tiled(np.zeros((4, 5, 6)), PSF)
    with pytest.raises(TypeError, match="psf is complex"):
        sd.tiled(Y, PSF + 0j)
    with pytest.raises(ValueError, match="NaN"):
        sd.tiled(np.full((50, 50), np.nan), PSF, method="tikhonov", weight=1.0)


def test_a_source_shorter_than_the_kernel_and_one_that_is_dark():
    x = sd.tiled(Y[:5, :5], PSF, method="tikhonov", weight=0.1)
    np.testing.assert_allclose(x, sd.tikhonov(Y[:5, :5], PSF, weight=0.1), atol=1e-12)
    dark = np.zeros((90, 90))
    dark[70:, 70:] = Y[:20, :20]
    x = sd.tiled(dark, PSF, tile=30, halo=8, **RL)
    assert np.all(np.isfinite(x)) and np.all(x[:30, :30] == 0)


def test_an_output_that_cannot_be_written_is_named():
    class Full:
        shape, dtype = Y.shape, np.dtype("f8")

        def __setitem__(self, at, value):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"out cannot be written .No space left.*finished are kept"):
        sd.tiled(Y, PSF, out=Full(), **RL)
    locked = np.zeros(Y.shape)
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="out is read-only"):
        sd.tiled(Y, PSF, out=locked, **RL)


def test_a_plan_beside_what_it_holds():
    plan = sd.tiles.make_plan(Y, PSF, **RL)
    with pytest.raises(ValueError, match="num_iter was given beside plan"):
        sd.tiled(Y, PSF, plan=plan, num_iter=4)
    with pytest.raises(ValueError, match="plan is for 2 axes"):
        sd.tiled(np.zeros(9), PSF[0], plan=plan)
    other = dataclasses.replace(plan, tile=(30, 30), halo=(9, 9))
    assert sd.tiled(Y[:60], PSF, plan=other).shape == (60, Y.shape[1])
