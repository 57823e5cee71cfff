"""Arrays of Dask in and out, and tiles on other processes, some of which die."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import io

da = pytest.importorskip("dask.array")

PSF = sd.psf.gaussian(1.0)
Y = sd.simulate(sd.datasets.camera()[60:188, 140:268], PSF, noise=0.01, rng=0).y.astype("f4")
RL = {"method": "richardson_lucy", "num_iter": 3}


class Guarded:
    """An array that fails when much of it is asked for at once."""

    shape, dtype, ndim = Y.shape, Y.dtype, 2

    def __getitem__(self, at):
        part = Y[at]
        if part.size > Y.size / 2:
            raise AssertionError("computed whole")
        return part


@pytest.mark.parametrize("chunks", [(40, 40), (120, 30), (7, 120)])
def test_dask_in_and_dask_out_lazily(chunks):
    lazy = da.from_array(Guarded(), chunks=chunks)
    plan = sd.tiles.make_plan(Y, PSF, tile=40, halo=10, **RL)
    x = sd.tiled(lazy, PSF, plan=plan)
    assert isinstance(x, da.Array) and x.shape == Y.shape and x.dtype == Y.dtype
    whole = sd.tiled(Y, PSF, plan=plan)
    np.testing.assert_array_equal(x[50:70, 3:5].compute(), whole[50:70, 3:5])
    np.testing.assert_array_equal(x.compute(), whole)


def test_dask_into_an_output_and_with_a_mask_and_a_periodic_border():
    lazy = da.from_array(Y, chunks=(50, 40))
    mask = np.ones(Y.shape, "f4")
    mask[30:33, 30:33] = 0
    options = {"tile": 40, "halo": 10, "boundary": "periodic"} | RL
    out = np.empty(Y.shape, "f4")
    sd.tiled(lazy, PSF, mask=mask, out=out, **options)
    x = sd.tiled(lazy, PSF, mask=da.from_array(mask), **options)
    np.testing.assert_array_equal(x.compute(), out)
    np.testing.assert_array_equal(out, sd.tiled(Y, PSF, mask=mask, **options))


def test_what_takes_memory_names_the_way():
    with pytest.raises(TypeError, match=r"Pass y\.compute\(\), or give it to sigdeconv\.tiled"):
        sd.deconvolve(da.from_array(Y), PSF)


def test_a_client_that_is_none():
    pytest.importorskip("distributed")
    with pytest.raises(TypeError, match=r"client must be a dask\.distributed Client"):
        sd.tiled(Y, PSF, client=3, tile=64, halo=8, **RL)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of distributed, when a process dies
def test_two_workers_and_one_that_is_killed_give_the_same(tmp_path):
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("zarr")
    options = {"tile": 20, "halo": 8} | RL
    whole = sd.tiled(Y, PSF, **options)
    io.save(tmp_path / "y.npy", Y)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    )
    with cluster, distributed.Client(cluster) as client:
        sent = sd.tiled(Y, PSF, client=client, **options)
        np.testing.assert_array_equal(sent, whole)
        victim = next(iter(cluster.workers.values())).process.process
        seen = []

        def kill(progress):
            seen.append(progress.done)
            if progress.done == 5:
                victim._process.kill()

        sd.tiled(
            tmp_path / "y.npy", PSF, out=tmp_path / "x.zarr", client=cluster.scheduler_address,
            progress=kill, **options,
        )  # fmt: skip
        np.testing.assert_array_equal(io.load(tmp_path / "x.zarr"), whole)
        assert seen[-1] == 36 and not victim.is_alive()
