"""Figures by content: which panels, which data, which ranges; and nothing left behind."""

import inspect
import pkgutil
import subprocess
import sys
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv import plots, views
from sigdeconv.plots import style

METHODS = ["adjoint", "scaled_adjoint", "inverse_filter", "wiener", "tikhonov", "richardson_lucy"]


def comparison_2d(methods=METHODS, truth=True):
    obs = sd.simulate(
        sd.datasets.camera()[120:216, 180:260], sd.psf.gaussian(1.5), noise=0.01, rng=0
    )
    if not truth:
        return sd.compare(obs.y, obs.A.psf, methods=methods)
    return sd.compare(obs, methods=methods)


def comparison_1d(methods=METHODS, truth=True):
    obs = sd.simulate(sd.datasets.spectrum(256), sd.psf.gaussian(2.0, ndim=1), noise=0.01, rng=0)
    if not truth:
        return sd.compare(obs.y, obs.A.psf, methods=methods)
    return sd.compare(obs, methods=methods)


def comparison_3d(methods=METHODS):
    x = sd.datasets.beads((20, 24, 28), rng=0)
    return sd.compare(
        sd.simulate(x, sd.psf.gaussian((1.0, 1.2, 1.2)), noise=0.01, rng=0), methods=methods
    )


def shown(fig):
    """Axes of the images by the first line of their title."""
    return {a.get_title().split("\n")[0]: a for a in fig.axes if a.images and a.get_title()}


def labelled(fig, text):
    return next(a for a in fig.axes if text in a.get_xlabel())


@pytest.fixture(scope="module")
def comparison():
    return comparison_2d()


@pytest.fixture(scope="module")
def fig(comparison):
    return plots.comparison(comparison)


def test_one_panel_for_each_image_and_each_error(comparison, fig):
    values = ["truth", "data", *METHODS]
    errors = [f"{name} − truth" for name in values[1:]]
    assert list(shown(fig)) == [*values, *errors, "kernel 13×13"]
    assert len(fig.axes) == 8 + 8 + 2 + 2  # colour bars, line, spectra


def test_images_are_the_estimates_in_one_range(comparison, fig):
    axes = shown(fig)
    np.testing.assert_array_equal(axes["truth"].images[0].get_array(), comparison.truth)
    np.testing.assert_array_equal(axes["data"].images[0].get_array(), comparison.data)
    for name in METHODS:
        np.testing.assert_array_equal(axes[name].images[0].get_array(), comparison.images[name])
    ranges = {axes[name].images[0].get_clim() for name in ["truth", "data", *METHODS]}
    assert ranges == {(comparison.truth.min(), comparison.truth.max())}


def test_errors_are_centred_on_zero_in_one_range(comparison, fig):
    axes = shown(fig)
    ranges = set()
    for name in ["data", *METHODS]:
        image = axes[f"{name} − truth"].images[0]
        source = comparison.data if name == "data" else comparison.images[name]
        np.testing.assert_array_equal(image.get_array(), source - comparison.truth)
        assert image.get_cmap().name == style.DIVERGING
        ranges.add(image.get_clim())
    ((low, high),) = ranges
    assert low == -high
    assert high < np.ptp(comparison.truth)  # the exploding inverse does not set it


def test_titles_say_how_close(comparison, fig):
    titles = {name: a.get_title() for name, a in shown(fig).items()}
    row = next(row for row in comparison.rows if row["method"] == "wiener")
    assert titles["truth"] == "truth"
    assert titles["wiener"] == (
        f"wiener\nPSNR {row['psnr']:.1f} dB ({row['gain']:+.1f})  r {row['correlation']:.3f}"
    )


def test_a_panel_says_when_its_values_leave_the_range(fig):
    axes = shown(fig)
    (note,) = axes["inverse_filter"].texts
    assert note.get_text().startswith("range −")
    (note,) = axes["inverse_filter − truth"].texts
    assert note.get_text().startswith("up to ±")
    assert not axes["wiener"].texts
    assert not axes["data"].texts


@pytest.mark.slow
def test_the_line_is_marked_and_keeps_the_range_of_the_truth(comparison):
    fig = plots.comparison(comparison, profile=(30, 10))
    (mark,) = shown(fig)["truth"].lines
    assert set(mark.get_ydata()) == {30}
    axes = labelled(fig, "marked line (y 30)")
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_array_equal(lines["truth"], comparison.truth[30])
    np.testing.assert_array_equal(lines["data"], comparison.data[30])
    np.testing.assert_array_equal(lines["wiener"], comparison.images["wiener"][30])
    assert "inverse_filter" not in lines
    assert [text.get_text() for text in axes.texts] == ["beyond this range: inverse_filter"]
    assert np.diff(axes.get_ylim())[0] < 2 * np.ptp(comparison.truth[30])


def test_spectra_show_every_method_and_the_transfer_function(fig):
    axes = labelled(fig, "frequency")
    assert axes.get_yscale() == "log"
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines) == ["truth", "data", *METHODS, "|OTF|"]
    assert lines["|OTF|"].get_ydata()[0] == pytest.approx(1)
    assert lines["truth"].get_ydata()[0] == pytest.approx(1)


def test_headline_names_the_best_of_each_kind(fig):
    text = fig.get_suptitle()
    assert "Best inverse (" in text
    assert "Transposed convolution (" in text


@pytest.mark.slow
def test_no_text_is_small_or_outside_and_titles_do_not_touch(fig):
    with style.context():
        fig.canvas.draw()
    renderer = fig.canvas.get_renderer()
    frame = fig.bbox
    boxes = []
    for axes in fig.axes:
        texts = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        texts += [*axes.get_xticklabels(), *axes.get_yticklabels()]
        assert all(text.get_size() >= 7 for text in texts)
        if axes.get_title():
            boxes.append(axes.title.get_window_extent(renderer))
    for k, a in enumerate(boxes):
        assert frame.x0 - 1 <= a.x0
        assert a.x1 <= frame.x1 + 1
        assert not any(a.overlaps(b) for b in boxes[k + 1 :])


@pytest.mark.slow
def test_at_most_max_methods(comparison):
    fig = plots.comparison(comparison, max_methods=2)
    assert list(shown(fig))[:4] == ["truth", "data", "adjoint", "scaled_adjoint"]
    assert "inverse_filter" not in shown(fig)
    assert "first 2 of 6 methods" in fig.get_suptitle()


@pytest.mark.slow
def test_values_that_are_not_finite_are_said_and_spoil_nothing(comparison):
    truth = comparison.truth
    broken = truth.copy()
    broken[3, :2] = np.nan, np.inf
    row = {"kind": "inverse", "psnr": 20.0, "gain": 0.0, "correlation": 1.0}
    perfect = row | {"method": "perfect", "psnr": np.inf, "gain": np.inf}
    spoilt = row | {"method": "broken", "psnr": np.nan, "gain": np.nan, "correlation": np.nan}
    fake = SimpleNamespace(
        observation=comparison.observation,
        truth=truth,
        data=comparison.data,
        images={"perfect": truth, "broken": broken},
        rows=[row | {"method": "data", "kind": "data"}, perfect, spoilt],
    )
    fig = plots.comparison(fake)
    axes = shown(fig)
    assert axes["perfect"].get_title() == "perfect\nPSNR ∞ dB (+∞)  r 1.000"
    assert axes["broken"].texts[0].get_text() == "2 values are not finite"
    assert np.isfinite(axes["broken − truth"].images[0].get_clim()).all()
    fig.canvas.draw()


def test_without_truth_there_are_no_errors():
    fig = plots.comparison(comparison_2d(["adjoint", "wiener"], truth=False))
    assert list(shown(fig)) == ["data", "adjoint", "wiener"]
    assert [a.get_title() for a in shown(fig).values()] == ["data", "adjoint", "wiener"]
    assert "No truth" in fig.get_suptitle()


@pytest.mark.slow
@pytest.mark.parametrize("methods", [["wiener"], METHODS[1:], METHODS])
def test_traces_with_residuals_below(methods):
    comparison = comparison_1d(methods)
    fig = plots.comparison(comparison)
    traces = {a.get_title().split()[0]: a for a in fig.axes if a.get_title()}
    residuals = [a for a in fig.axes if a.get_ylabel() == "error"]
    assert list(traces) == ["data", *methods]
    assert len(residuals) == len(traces)
    truth, wiener = traces["wiener"].lines
    np.testing.assert_array_equal(truth.get_ydata(), comparison.truth)
    np.testing.assert_array_equal(wiener.get_ydata(), comparison.images["wiener"])
    assert len({a.get_ylim() for a in traces.values()}) == 1
    ((low, high),) = {a.get_ylim() for a in residuals}
    assert low == -high
    below = residuals[list(traces).index("wiener")]
    np.testing.assert_array_equal(
        below.lines[-1].get_ydata(), comparison.images["wiener"] - comparison.truth
    )


def test_a_box_is_not_a_blank_panel():
    image = views.kernel(np.ones((3, 5)))
    assert image.shape == (5, 7)
    assert image.sum() == 15


def test_traces_without_truth():
    fig = plots.comparison(comparison_1d(["wiener"], truth=False))
    assert [a.get_title() for a in fig.axes] == ["data", "wiener", ""]


@pytest.mark.slow
def test_a_stack_is_three_slices_through_one_voxel():
    comparison = comparison_3d(["adjoint", "wiener"])
    z, y, x = 3, 7, 11
    fig = plots.comparison(comparison, profile=(z, y, x))
    axes = shown(fig)
    depth, height, width = comparison.truth.shape
    for name, stack in {"truth": comparison.truth, "wiener": comparison.images["wiener"]}.items():
        image = np.asarray(axes[name].images[0].get_array())
        np.testing.assert_array_equal(image[:height, :width], stack[z])
        np.testing.assert_array_equal(image[-depth:, :width], stack[:, y])
        np.testing.assert_array_equal(image[:height, -depth:], stack[:, :, x].T)
    assert [text.get_text() for text in axes["truth"].texts] == ["xy", "yz", "xz"]
    line = labelled(fig, "marked line (z 3, y 7)").lines[0]
    np.testing.assert_array_equal(line.get_ydata(), comparison.truth[z, y])


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["pdf", "svg", "PNG"])
def test_the_file_is_written_and_settings_stay(comparison, tmp_path, suffix):
    before = dict(matplotlib.rcParams)
    path = tmp_path / f"figure.{suffix}"
    fig = plots.comparison(comparison, path, max_methods=1)
    assert isinstance(fig, matplotlib.figure.Figure)
    head = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[suffix.lower()]
    assert path.read_bytes().startswith(head)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.slow
def test_the_figure_does_not_depend_on_the_settings_of_who_draws(comparison):
    with matplotlib.rc_context({"font.size": 30, "axes.grid": True}):
        fig = plots.comparison(comparison, max_methods=1)
        assert matplotlib.rcParams["font.size"] == 30
    assert fig.axes[0].title.get_size() <= 8


@pytest.mark.slow
def test_pyplot_is_not_imported():
    code = (
        "import sys, sigdeconv as sd; sd.plots.psf([1.0, 2.0]); print('pyplot' in str(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_wrong_arguments_are_named(comparison, tmp_path):
    with pytest.raises(ValueError, match=r"\.xyz"):
        plots.comparison(comparison, tmp_path / "a.xyz")
    with pytest.raises(ValueError, match="suffix"):
        plots.psf(np.ones(3), tmp_path / "a")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        plots.comparison(comparison, tmp_path / "nowhere" / "a.png")
    with pytest.raises(ValueError, match="max_methods"):
        plots.comparison(comparison, max_methods=0)
    for profile in (1000, (1, 2, 3), (1, 1000)):
        with pytest.raises(ValueError, match="profile"):
            plots.comparison(comparison, profile=profile)
    for profile in ("row", 1.5, (1, "row")):
        with pytest.raises(TypeError, match=r"profile.* must be a whole number"):
            plots.comparison(comparison, profile=profile)
    with pytest.raises(TypeError, match="max_methods must be a whole number"):
        plots.comparison(comparison, max_methods=2.5)
    with pytest.raises(TypeError, match="path must be a path; got 5"):
        plots.comparison(comparison, 5)
    with pytest.raises(ValueError, match="profile"):
        plots.comparison(comparison_1d(["wiener"]), profile=3)
    with pytest.raises(ValueError, match="4 axes"):
        plots.comparison(SimpleNamespace(data=np.ones((2, 2, 2, 2)), images={}))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "panels"),
    [
        (sd.psf.gaussian(2.0, ndim=1), 2),
        (sd.psf.airy(3.0), 3),
        (sd.psf.gaussian((2.5, 1.5, 1.5)), 3),
        (np.array([[0.0, -1.0], [1.0, 0.0]]), 3),
        (np.zeros((3, 3)), 3),
    ],
)
def test_a_kernel(kernel, panels, tmp_path):
    fig = plots.psf(kernel, tmp_path / "psf.png")
    titles = [a.get_title() for a in fig.axes if a.get_title()]
    assert len(titles) == panels
    assert any(title.startswith("kernel") for title in titles)
    transfer = next(a for a in fig.axes if a.get_title() == "|OTF|")
    assert transfer.lines[0].get_ydata()[0] == pytest.approx(abs(kernel.sum()), abs=1e-12)
    assert (tmp_path / "psf.png").stat().st_size > 1000


@pytest.mark.parametrize("kernel", [np.ones((0, 3)), np.ones((1, 1, 1, 1)), np.array([np.nan, 1])])
def test_a_kernel_that_cannot_be_drawn(kernel):
    with pytest.raises(ValueError, match="psf"):
        plots.psf(kernel)


def test_radial_average_of_a_single_frequency():
    n = 64
    x = np.cos(2 * np.pi * 8 / n * np.arange(n))
    f, modulus = views.amplitude(np.tile(x, (n, 1)))
    assert f[np.argmax(modulus)] == pytest.approx(8 / n, abs=1 / n)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.333, "−0.33"), (1234.0, "1200"), (-1.26e11, "−1.3e11"), (1e-5, "1e−5")],
)
def test_numbers_are_short(value, text):
    assert views.short(value) == text


def test_no_public_module_shares_the_name_of_a_figure():
    modules = {info.name for info in pkgutil.iter_modules(plots.__path__)}
    figures = {name for name in plots.__all__ if inspect.isfunction(getattr(plots, name))}
    assert {"comparison", "psf"} <= figures and not figures & modules
