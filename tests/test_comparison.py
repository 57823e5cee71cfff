"""A comparison as a value: what it holds, and that it survives the way to another process."""

import multiprocessing
import pickle

import numpy as np
import pytest

import sigdeconv as sd

METHODS = {"adjoint": {}, "inverse_filter": {}, "wiener": {}, "richardson_lucy": {"num_iter": 3}}


@pytest.fixture(scope="module")
def comparison():
    scene = sd.datasets.coins()[:40, :36]
    obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise=0.01, rng=0)
    return sd.compare(obs, methods=METHODS)


def compare_again(seed):
    """Compare on data of their own; at the top of the module, so that processes find it."""
    scene = sd.datasets.coins()[:40, :36]
    obs = sd.simulate(scene, sd.psf.gaussian(1.2), noise=0.01, rng=seed)
    return sd.compare(obs, methods=METHODS)


def assert_equal(a, b):
    assert list(a.results) == list(b.results) and a.left_out == b.left_out
    for name, x in a.images.items():
        np.testing.assert_array_equal(x, b.images[name])
    np.testing.assert_array_equal(a.truth, b.truth)
    np.testing.assert_array_equal(a.data, b.data)
    timeless = [
        [{key: value for key, value in row.items() if key != "seconds"} for row in c.rows]
        for c in (a, b)
    ]
    assert timeless[0] == timeless[1]
    assert a.verdict == b.verdict


def test_rows_have_one_name_a_column(comparison):
    kinds = {row["method"]: row["kind"] for row in comparison.rows}
    assert kinds == {
        "data": "data", "adjoint": "adjoint", "inverse_filter": "inverse", "wiener": "inverse",
        "richardson_lucy": "inverse",
    }  # fmt: skip
    header = comparison.table("csv").splitlines()[0].split(",")
    assert header == list(comparison.rows[1]) or set(header) == set(comparison.rows[1])
    truth = comparison.truth
    level = np.vdot(truth, comparison.images["wiener"]) / np.vdot(truth, truth)
    row = next(row for row in comparison.rows if row["method"] == "wiener")
    assert row["level"] == pytest.approx(level, rel=1e-12)


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_a_comparison_pickles(comparison, protocol):
    copy = pickle.loads(pickle.dumps(comparison, protocol))
    assert_equal(copy, comparison)
    assert str(copy) == str(comparison)
    assert copy.to_html() == comparison.to_html()
    obs = copy.observation
    np.testing.assert_array_equal(obs.A(obs.truth), comparison.observation.A(obs.truth))


@pytest.mark.slow
def test_a_comparison_comes_back_from_a_spawned_process(comparison):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (back,) = pool.map(compare_again, [0])
    assert_equal(back, comparison)


@pytest.mark.slow
def test_comparisons_run_in_joblib(comparison):
    joblib = pytest.importorskip("joblib")
    parallel = joblib.Parallel(n_jobs=2)
    backs = parallel(joblib.delayed(compare_again)(seed) for seed in (0, 1))
    assert_equal(backs[0], comparison)
    assert not np.array_equal(backs[1].data, comparison.data)


def test_the_null_space_of_a_stride_is_told():
    """Its energy and the pseudo-inverse's PSNR are those of the dense matrix."""
    x = sd.datasets.coins()[:40, :40]
    obs = sd.simulate(x, sd.psf.gaussian(0.7, shape=(3, 3)), noise=0.01, stride=(2, 1), rng=0)
    comparison = sd.compare(obs, methods=["scaled_adjoint"])
    found, truth = comparison.null_space, obs.truth_window
    shape = (truth.shape[0] // 2 * 2, truth.shape[1])
    truth = truth[: shape[0], : shape[1]]
    A = sd.Convolution(obs.A.psf, shape, "periodic", stride=(2, 1))
    M = A.to_dense()
    seen = (np.linalg.pinv(M) @ (M @ truth.ravel())).reshape(shape)
    energy = np.sum((truth - seen) ** 2) / np.sum((truth - truth.mean()) ** 2)
    assert found.energy == pytest.approx(energy, rel=1e-6) and found.kept == 0.5
    assert found.psnr == pytest.approx(sd.metrics.psnr(truth, seen))
    assert "in the null space" in comparison.verdict
    whole = sd.simulate(x, sd.psf.gaussian(0.7), noise=0.01, rng=0)
    assert sd.compare(whole, methods=["adjoint"]).null_space is None


def test_what_is_printed_fits_and_says_what_the_columns_mean():
    obs = sd.simulate(sd.datasets.coins()[:48, :48], sd.psf.gaussian(1.0), noise=0.01, rng=0)
    first, *lines = str(sd.compare(obs, methods=["adjoint", "wiener"])).splitlines()
    assert "transposed convolution" in first
    assert max(map(len, [first, *lines])) <= 110
    assert "corr: do its ups and downs follow" in "\n".join(lines)


def test_a_callback_hears_of_every_method_and_stops_one():
    obs = sd.simulate(sd.datasets.coins()[:40, :44], sd.psf.box(3), noise=0.01, rng=0)
    heard = []

    def hear(name, k, x):
        heard.append((name, k, None if x is None else x.shape))
        return k == 3

    found = sd.compare(obs, methods=["wiener", "landweber"], callback=hear)
    assert heard[:2] == [("wiener", 0, None), ("landweber", 0, None)]
    assert heard[2:] == [("landweber", k, (40, 44)) for k in (1, 2, 3)]
    assert found.rows[-1]["num_iter"] == 3
