"""Data that need more memory than there is go to tiles by themselves, and the result says so."""

import dataclasses
import math

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import _machine
from sigdeconv.tiles import automatic

PSF = sd.psf.gaussian(1.0)
SEEN = sd.simulate(sd.datasets.camera()[60:156, 140:236], PSF, noise=0.01, rng=0)
RL = {"method": "richardson_lucy", "num_iter": 5}
SMALL = "300 KiB"


def test_what_is_too_large_goes_to_tiles_and_says_so():
    whole = sd.deconvolve(SEEN.y, PSF, **RL)
    assert "tiles" not in whole.parameters
    for y, psf in [(SEEN.y, PSF), (SEEN, None)]:
        parts = sd.deconvolve(y, psf, memory=SMALL, **RL)
        assert "samples, halo" in parts.parameters["tiles"]
        assert f"may take {SMALL}" in parts.parameters["tiles"] and "tiles" in str(parts)
        assert not parts.parameters["tiles"].startswith("1 ")
        assert (parts.method, parts.num_iter, parts.stop) == (whole.method, 5, whole.stop)
        assert np.abs(parts.x - whole.x).max() <= 1e-3 * np.ptp(whole.x)


def test_of_integers_memory_maps_masks_and_channels(tmp_path):
    y = np.round(SEEN.y * 1000).clip(0).astype("uint16")
    np.save(tmp_path / "y.npy", y)
    mapped = np.load(tmp_path / "y.npy", mmap_mode="r")
    mask = np.ones(y.shape)
    mask[40:42, 50:52] = 0
    whole = sd.deconvolve(y, PSF, mask=mask, **RL).x
    x = sd.deconvolve(mapped, PSF, mask=mask, memory="1 MB", **RL)
    assert "tiles" in x.parameters and x.x.dtype == np.float64
    assert np.abs(x.x - whole).max() <= 1e-3 * np.ptp(whole)
    film = np.stack([SEEN.y, 2 * SEEN.y], axis=-1)
    x = sd.deconvolve(film, PSF, channel_axis=-1, memory="700 kB", **RL)
    whole = sd.deconvolve(film, PSF, channel_axis=-1, **RL).x
    assert "tiles" in x.parameters and np.abs(x.x - whole).max() <= 1e-3 * np.ptp(whole)


@pytest.mark.parametrize(
    "options",
    [
        {"memory": "unlimited"},
        {"memory": "10 GiB"},
        {"callback": lambda k, x: False},
        {"psf": sd.Convolution.for_data(PSF, SEEN.y.shape, dilation=2)},
        {"psf": sd.psf.psf2otf(PSF, SEEN.y.shape)},
    ],
)
def test_what_stays_whole(options):
    options = {"memory": SMALL, "psf": PSF} | RL | options
    assert "tiles" not in sd.deconvolve(SEEN.y, options.pop("psf"), **options).parameters


def test_without_a_limit_it_is_what_the_process_may_take(monkeypatch):
    limits = dataclasses.replace(automatic.TILING, least_whole=1 << 10)
    monkeypatch.setattr(automatic, "TILING", limits)
    monkeypatch.setattr(automatic, "free_memory", lambda: 300.0 * 1024)
    assert "tiles" in sd.deconvolve(SEEN.y, PSF, **RL).parameters
    monkeypatch.setattr(automatic, "free_memory", lambda: 3e3)
    with pytest.warns(sd.sanity.SanityWarning, match="tiles cannot be made: memory of"):
        found = sd.deconvolve(SEEN.y, PSF, **RL)
    assert "tiles" not in found.parameters


@pytest.mark.parametrize("memory", ["much", -1, True])
def test_a_limit_that_is_none(memory):
    with pytest.raises((ValueError, TypeError), match="memory must be"):
        sd.deconvolve(SEEN.y, PSF, memory=memory, **RL)


def files(root, said):
    for name, text in said.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


GIB = 2**30


def test_free_memory_is_that_of_the_nearest_limit(tmp_path):
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    assert _machine.free_memory(proc, groups) == math.inf
    files(proc, {"meminfo": f"MemTotal: 1 kB\nMemAvailable: {8 * 2**20} kB\n"})
    assert _machine.free_memory(proc, groups) == 8 * GIB
    files(proc, {"self/cgroup": "4:memory:/job\n0::/slurm/job\n"})
    files(groups, {"memory/job/memory.limit_in_bytes": str(6 * GIB),
                   "memory/job/memory.usage_in_bytes": str(2 * GIB),
                   "memory/job/memory.stat": f"total_inactive_file {GIB}\n"})  # fmt: skip
    assert _machine.free_memory(proc, groups) == 5 * GIB
    files(groups, {"slurm/memory.max": str(3 * GIB), "slurm/memory.current": str(GIB),
                   "slurm/job/memory.max": "max\n", "slurm/job/memory.current": "7\n"})  # fmt: skip
    assert _machine.free_memory(proc, groups) == 2 * GIB
    files(groups, {"slurm/memory.current": str(4 * GIB)})
    assert _machine.free_memory(proc, groups) == 0


def test_cores_are_those_of_affinity_quota_and_what_is_told(tmp_path, monkeypatch):
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    files(proc, {"self/cgroup": "1:cpu,cpuacct:/job\n0::/slurm/job\n"})
    assert _machine.quota(proc, groups) == math.inf
    files(groups, {"cpu/job/cpu.cfs_quota_us": "350000", "cpu/job/cpu.cfs_period_us": "100000"})
    assert _machine.quota(proc, groups) == 3.5
    files(groups, {"slurm/cpu.max": "150000 100000\n", "slurm/job/cpu.max": "max 100000\n"})
    assert _machine.quota(proc, groups) == 1.5
    monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
    assert _machine.cores() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr(_machine.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(_machine, "_own_quota", lambda: 2.5)
    assert _machine.cores() == 3
    monkeypatch.setattr(_machine, "_own_quota", lambda: math.inf)
    assert _machine.cores() == 8
