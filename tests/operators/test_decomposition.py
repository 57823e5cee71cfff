"""Singular values, the truncated inverse, Picard's condition: against the matrix and the truth."""

import numpy as np
import pytest

import sigdeconv as sd


@pytest.mark.parametrize("shape", [(21,), (8, 9)])
def test_a_periodic_convolution_is_its_matrix(shape, rng):
    psf = sd.psf.gaussian((0.8,) * len(shape)) + 0.02
    A = sd.Convolution(psf, shape, "periodic", centre=(1,) * len(shape))
    M = A.to_dense()
    fourier, dense = sd.svd(A), sd.svd(sd.Matrix(M, shape, shape))
    np.testing.assert_allclose(fourier.values, dense.values, atol=1e-12)
    y = rng.standard_normal(shape)
    np.testing.assert_allclose(
        fourier.truncated(y, y.size), np.linalg.solve(M, y.ravel()).reshape(shape), atol=1e-9
    )
    gaps = np.flatnonzero(fourier.values[:-1] - fourier.values[1:] > 1e-6) + 1
    for rank in gaps[len(gaps) // 3 :: 5]:
        np.testing.assert_allclose(fourier.truncated(y, rank), dense.truncated(y, rank), atol=1e-9)
    assert np.linalg.norm(fourier.coefficients(y)) == pytest.approx(np.linalg.norm(y))


def test_a_matrix_need_not_be_square(rng):
    M, y = rng.standard_normal((12, 7)), rng.standard_normal(12)
    parts = sd.svd(sd.Matrix(M))
    assert parts.rank == 7 and parts.condition == pytest.approx(np.linalg.cond(M))
    np.testing.assert_allclose(parts.truncated(y, 7), np.linalg.lstsq(M, y, rcond=None)[0])


@pytest.mark.parametrize("name", ["deriv2", "gravity", "heat", "phillips", "shaw"])
def test_the_truncation_is_near_the_best(name):
    A, x = sd.datasets.hansen(name, 64)
    obs = sd.simulate(x, A, noise=1e-3, rng=0)
    parts = sd.svd(A)
    found = parts.picard(obs.y)
    sigma = np.std(obs.y - A(x))
    assert found.verdict == "holds" and 0.4 * sigma < found.noise < 2.5 * sigma
    errors = [np.linalg.norm(parts.truncated(obs.y, k) - x) for k in range(1, parts.rank)]
    assert np.linalg.norm(parts.truncated(obs.y) - x) < 4 * min(errors)


def test_verdicts():
    A, x = sd.datasets.hansen("shaw", 64)
    rng = np.random.default_rng(0)
    parts = sd.svd(A)
    noise = parts.picard(rng.standard_normal(64))
    assert noise.rank <= 3 and "above the noise" in str(noise)
    assert parts.picard(A(x)).rank > 12
    # A solution of white noise: data that fall as the singular values, not faster.
    B = sd.svd(sd.datasets.hansen("deriv2", 64)[0])
    rough = B.picard(B.A(rng.standard_normal(64)) + 1e-6 * rng.standard_normal(64), noise=1e-6)
    assert rough.exponent == pytest.approx(1, abs=0.3)
    made = sd.operators.Picard(B.values, np.sqrt(B.values), 0.0, False, 64, 0.5, 0.01)
    assert made.verdict == "does not hold" and "not smooth" in str(made)


def test_the_plot_says_the_verdict():
    A, x = sd.datasets.hansen("shaw", 32)
    found = sd.svd(A).picard(sd.simulate(x, A, noise=1e-3, rng=0).y)
    axes = found.plot().axes[0]
    assert "holds" in axes.get_title() and f"{found.rank} of 32" in axes.get_title()
    assert len(axes.get_lines()) == 5


def test_what_does_not_fit_says_so():
    with pytest.raises(TypeError, match=r"give sd.Matrix\(A\)"):
        sd.svd(np.eye(3))
    with pytest.raises(ValueError, match="boundary='periodic'"):
        sd.svd(sd.Convolution(sd.psf.gaussian(1.0), (60, 60)))
    parts = sd.svd(sd.Matrix(np.eye(4)))
    with pytest.raises(ValueError, match=r"y has shape \(3,\); expected \(4,\)"):
        parts.coefficients(np.ones(3))
    with pytest.raises(ValueError, match="rank must be"):
        parts.truncated(np.ones(4), 5)
