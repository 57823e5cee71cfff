"""The kernel from points: as good as the noise lets it be, and what cannot be used is named."""

import numpy as np
import pytest
import scipy.ndimage

import sigdeconv as sd


def field(number=40, size=200, kernel=25, flux=(3e3, 1e5), seed=0, read=5.0):
    """Return a field of stars at fractions of a sample, the kernel at zero, and the centres."""
    rng = np.random.default_rng(seed)
    fine, half = 8, kernel // 2
    grid = (np.arange(kernel * fine) + 0.5) / fine - kernel / 2

    def star(dy, dx):
        y, x = np.meshgrid(grid - dy, grid - dx, indexing="ij")
        profile = (1 + (x**2 + 1.3 * y**2 + 0.3 * x * y) / 9.0) ** -3
        return profile.reshape(kernel, fine, kernel, fine).mean(axis=(1, 3))

    total = star(0, 0).sum()
    y = np.full((size, size), 50.0)
    side = int(np.ceil(np.sqrt(number)))
    step = (size - 2 * half - 4) / side
    centres = []
    for k in range(number):
        at = half + 2 + (np.array(divmod(k, side)) + rng.uniform(0.3, 0.7, 2)) * step
        near = np.round(at).astype(int)
        window = tuple(slice(p - half, p + half + 1) for p in near)
        y[window] += np.exp(rng.uniform(*np.log(flux))) * star(*(at - near)) / total
        centres.append(at)
    y = rng.poisson(y) + rng.normal(0, read, y.shape)
    return y, star(0, 0) / total, np.array(centres)


def test_the_kernel_of_a_star_field():
    y, true, centres = field()
    found = sd.psf.from_points(y, size=25)
    assert np.abs(found.psf - true).sum() < 0.04
    assert len(found.points) + len(found.dropped) == 40
    apart = np.linalg.norm(found.points[:, None] - centres[None], axis=-1).min(axis=1)
    assert np.median(apart) < 0.05
    assert 0.5 < np.median(found.misfit) < 1.5
    assert "misfit" in found.table()
    # an average of crops on whole samples widens it
    crops = [y[tuple(slice(int(p) - 12, int(p) + 13) for p in np.round(c))] - 50 for c in centres]
    mean = np.mean(crops, axis=0)
    assert np.abs(found.psf - true).sum() < 0.6 * np.abs(mean / mean.sum() - true).sum()


@pytest.mark.slow
def test_oversampling_is_no_worse():
    y, true, _ = field(number=64, size=300)
    found = sd.psf.from_points(y, size=25, oversampling=3)
    assert found.fine.shape == (75, 75)
    assert np.abs(found.psf - true).sum() < 0.04


def test_what_cannot_be_used_is_dropped_and_named():
    y, true, centres = field(number=16)
    first, second = (tuple(np.round(c).astype(int)) for c in centres[:2])
    limit = float(y[first]) * 0.8
    y[first[0] - 1 : first[0] + 2, first[1] - 1 : first[1] + 2] = y.max() * 1.01
    y[second[0] + 5, second[1] + 4] += 0.9 * y[second]
    found = sd.psf.from_points(y, size=25)
    reasons = " ".join(why for _, why in found.dropped)
    assert "saturated" in reasons
    assert "crowded" in reasons
    assert np.abs(found.psf - true).sum() < 0.12
    assert limit > 0


def test_given_points_are_used():
    y, _, centres = field(number=9)
    found = sd.psf.from_points(y, np.round(centres[:5] + 0.4), size=21)
    assert len(found.points) == 5
    assert len(sd.psf.from_points(y, centres[:1], size=21).points) == 1


def test_a_bead_is_divided_out():
    rng = np.random.default_rng(0)
    true = sd.psf.gaussian((2.4, 1.2, 1.2), shape=(17, 11, 11))
    ball = scipy.ndimage.convolve(np.pad(true, 4), sd.psf.disk(2.0, ndim=3, shape=(5, 5, 5)))
    y = np.full((70, 70, 70), 100.0)
    for at in [(18, 18, 18), (18, 50, 50), (50, 18, 50), (50, 50, 18)]:
        window = tuple(
            slice(p - n // 2, p + n // 2 + 1) for p, n in zip(at, ball.shape, strict=True)
        )
        y[window] += 1e6 * ball
    y += rng.normal(0, 5, y.shape)
    plain = sd.psf.from_points(y, size=(17, 11, 11))
    less = sd.psf.from_points(y, size=(17, 11, 11), bead=4.0)
    assert np.abs(less.psf - true).sum() < 0.5 * np.abs(plain.psf - true).sum()


@pytest.mark.parametrize(
    ("y", "options", "error", "says"),
    [
        (np.ones((64, 64)), {}, ValueError, "no point"),
        (np.random.default_rng(0).standard_normal((64, 64)), {}, ValueError, "no point"),
        (np.full((64, 64), np.nan), {}, ValueError, "y holds"),
        (field(4, 80)[0], {"size": 101}, ValueError, "size must be at most"),
        (field(4, 80)[0], {"size": 12}, ValueError, "size must be odd"),
        (field(4, 80)[0], {"points": [[400, 2]]}, ValueError, "points must lie"),
        (field(4, 80)[0], {"saturation": 0.0}, ValueError, "none can be used: saturated"),
        (field(4, 80)[0], {"bead": -1}, ValueError, "bead must be"),
        (field(4, 80)[0], {"oversampling": 1.5}, TypeError, "oversampling must be"),
    ],
)
def test_bad_input_is_named(y, options, error, says):
    with pytest.raises(error, match=says):
        sd.psf.from_points(y, **options)
