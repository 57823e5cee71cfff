"""The page as a reader meets it, in a real browser: mouse, keys, touch, phone, dark."""

import numpy as np
import pytest

import sigdeconv as sd

READY = "document.documentElement.dataset.ready === 'yes'"
METHODS = ["adjoint", "wiener", "richardson_lucy"]


def hall_of(kind):
    if kind == "trace":
        x, psf = sd.datasets.spectrum(160), sd.psf.gaussian(2.0, ndim=1)
    elif kind == "stack":
        x, psf = sd.datasets.beads((12, 24, 28), rng=0), sd.psf.gaussian((1.0, 1.2, 1.2))
    else:
        x, psf = sd.datasets.camera()[120:190, 180:264], sd.psf.gaussian(1.5)
    obs = sd.simulate(x, psf, noise=0.01, rng=0)
    if kind == "blind":
        return sd.compare(obs.y, obs.A.psf, methods=["adjoint", "wiener"])
    return sd.compare(obs, methods=METHODS)


@pytest.fixture(scope="module")
def comparisons(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for kind in ("image", "trace", "stack", "blind"):
        made[kind] = hall_of(kind), folder / f"{kind}.html"
        made[kind][0].to_html(made[kind][1])
    return made


@pytest.fixture
def opened(browser, comparisons):
    pages = []

    def opens(kind="image", **options):
        page = browser.page(**options)
        pages.append(page)
        page.go(comparisons[kind][1], until=READY)
        page.settle()
        return page

    yield opens
    for page in pages:
        page.settle()
        assert page.errors == []
        outside = [url for url in page.requests if not url.startswith(("file:", "data:"))]
        assert outside == []
        page.close()


def state(page, name):
    return page.run(f"sigdeconv.state.{name}")


def canvas(page, name):
    """What a panel shows, as numbers from 0 to 255."""
    text = page.run(
        f"(() => {{ const c = document.querySelector('[data-name={name}] canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return [c.height, c.width, Array.from(d)]; })()"
    )
    return np.array(text[2]).reshape(text[0], text[1], 4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["image", "trace", "stack", "blind"])
@pytest.mark.parametrize("dark", [False, True])
def test_pages_open_without_an_error_and_fit(opened, kind, dark):
    page = opened(kind, width=320, height=640, dark=dark, touch=True)
    assert page.run("document.documentElement.scrollWidth") == 320
    page.size(1280, 900)
    page.settle()
    assert page.run("document.documentElement.scrollWidth") <= 1280


@pytest.mark.slow
def test_dark_changes_the_colours(opened):
    page = opened()
    look = (
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    light = page.run(look)
    page.dark(True)
    page.settle()
    dark = page.run(look)

    def level(text):
        return sum(int(part) for part in text[4:-1].split(","))

    assert level(light[0]) > level(light[1]) and level(dark[0]) < level(dark[1])


@pytest.mark.slow
def test_the_slider_moves_by_mouse_in_all_panels(opened):
    page = opened()
    x, y = page.middle("[data-name=wiener] .handle")
    width = page.run("document.querySelector('[data-name=wiener] .view').clientWidth")
    before = canvas(page, "adjoint")
    page.drag((x, y), (x + 0.2 * width, y))
    assert state(page, "a") == pytest.approx(53, abs=1)
    lefts = page.run(
        "[...document.querySelectorAll('.handle:not(.second)')].map(h => h.style.left)"
    )
    assert len(lefts) == 3 and len(set(lefts)) == 1
    assert not np.array_equal(before, canvas(page, "adjoint"))


@pytest.mark.slow
def test_the_slider_moves_by_keys(opened):
    page = opened()
    page.run("document.querySelector('[data-name=wiener] .handle').focus()")
    for key, value in (("ArrowRight", 34), ("ArrowLeft", 33), ("PageUp", 43), ("Home", 0)):
        page.key(key)
        assert state(page, "a") == value
        now = page.run("document.activeElement.getAttribute('aria-valuenow')")
        assert int(now) == value
    page.key("End")
    assert (state(page, "a"), state(page, "b")) == (100, 100)  # the second handle is pushed on


@pytest.mark.slow
def test_bands_are_data_method_and_truth(opened, comparisons):
    comparison, _ = comparisons["image"]
    page = opened()
    page.click(*page.middle("[data-bands='33 67']"))
    shown = canvas(page, "wiener")[..., 0]
    low, high = comparison.truth.min(), comparison.truth.max()
    width = comparison.data.shape[1]
    scale = shown.shape[1] / width
    bands = {"data": (0.1, 0.25), "wiener": (0.45, 0.55), "truth": (0.75, 0.9)}
    images = {"data": comparison.data, "truth": comparison.truth, **comparison.images}
    row = 10  # away from the cross and the handles
    for name, (start, stop) in bands.items():
        columns = np.arange(int(start * width), int(stop * width))
        at = ((columns + 0.5) * scale).astype(int)
        obs = shown[int((row + 0.5) * scale), at]
        expected = 255 * np.clip((images[name][row, columns] - low) / (high - low), 0, 1)
        assert np.abs(obs - expected).max() <= 1.01


@pytest.mark.slow
def test_zoom_and_move_go_together(opened):
    page = opened()
    before = {name: canvas(page, name) for name in METHODS}
    x, y = page.middle("[data-name=wiener] .view")
    page.click(x + 20, y + 20)
    page.mouse("mouseWheel", x + 20, y + 20, deltaX=0, deltaY=-240)
    page.settle()
    assert state(page, "zoom") == pytest.approx(2, rel=0.01)
    for name in METHODS:
        assert not np.array_equal(before[name], canvas(page, name))
    middle = state(page, "x")
    page.drag((x + 25, y + 25), (x + 5, y + 25))
    assert state(page, "x") > middle
    page.key("0")
    assert state(page, "zoom") == 1
    page.key("+")
    assert state(page, "zoom") == 1.5
    page.click(*page.middle("#zoom-out"))
    page.click(*page.middle("#zoom-in"))
    page.click(*page.middle("#fit"))
    assert state(page, "zoom") == 1


@pytest.mark.slow
def test_the_page_scrolls_unless_a_picture_was_clicked(opened):
    page = opened()
    page.mouse("mouseWheel", *page.middle("[data-name=wiener] .view"), deltaX=0, deltaY=-240)
    page.settle()
    assert state(page, "zoom") == 1


@pytest.mark.slow
def test_errors_are_estimate_minus_truth(opened, comparisons):
    comparison, _ = comparisons["image"]
    page = opened()
    before = canvas(page, "wiener")
    page.click(*page.middle("#errors"))
    assert page.run("document.querySelector('#errors').getAttribute('aria-pressed')") == "true"
    assert not np.array_equal(before, canvas(page, "wiener"))
    values = np.array(page.run("Array.from(sigdeconv.shown('wiener'))")).reshape(
        comparison.data.shape
    )
    error = comparison.images["wiener"] - comparison.truth
    assert np.abs(values - error).max() < 1e-4 * np.ptp(comparison.truth)
    page.run("document.querySelector('[data-name=wiener] .view').focus()")
    page.key("e")
    assert state(page, "errors") is False


@pytest.mark.slow
def test_the_numbers_under_the_pointer_are_those_of_the_data(opened, comparisons):
    comparison, _ = comparisons["image"]
    page = opened()
    x, y = page.middle("[data-name=wiener] .view")
    page.move(x + 31, y - 17)
    column, row = state(page, "cross")
    assert page.run("document.querySelector('#where').textContent") == f"row {row}, column {column}"
    for name, a in {
        "truth": comparison.truth,
        "data": comparison.data,
        **comparison.images,
    }.items():
        told = page.run(f"document.querySelector('#legend [data-name={name}] output').textContent")
        value = float(told.replace("−", "-"))
        assert value == pytest.approx(a[row, column], abs=np.ptp(a) / 65534 + 1e-4 * abs(value))
    page.run("document.querySelector('[data-name=wiener] .view').focus()")
    page.key("ArrowDown")
    page.key("ArrowRight", "Shift")
    assert state(page, "cross") == [column + 10, row + 1]
    page.until("document.querySelector('#live').textContent.includes('wiener')")


@pytest.mark.slow
def test_the_profile_runs_through_the_cross(opened):
    page = opened()
    curves = "[...document.querySelectorAll('#profile .curve')].map(c => c.dataset.name)"
    assert page.run(curves) == ["truth", "data", *METHODS]
    curve = "document.querySelector('#profile [data-name=wiener]')"
    points = f"{curve}.getAttribute('d').split('L').length"
    assert page.run(points) == page.run("sigdeconv.plane().width")
    page.click(*page.middle("#direction"))
    assert page.run(points) == page.run("sigdeconv.plane().height")
    page.click(*page.middle("#legend [data-name=wiener]"))
    assert "wiener" not in page.run(curves)


@pytest.mark.slow
def test_the_table_sorts(opened):
    page = opened()
    cells = "[...document.querySelectorAll('td[data-column=psnr]')]"
    values = f"{cells}.map(c => Number(c.dataset.sort))"
    page.click(*page.middle("th[data-column=psnr] button"))
    assert page.run(values) == sorted(page.run(values), reverse=True)
    page.key("Enter")
    assert page.run(values) == sorted(page.run(values))
    assert page.run("document.querySelector('th[data-column=psnr]').ariaSort") == "ascending"


def test_convergence_is_drawn(opened, comparisons):
    page = opened()
    box = "document.querySelector('#convergence .curve')"
    assert page.run(f"{box}.dataset.name") == "richardson_lucy"
    count = len(comparisons["image"][0].results["richardson_lucy"].history["residual"])
    assert page.run(f"{box}.getAttribute('d').split('L').length") == count


@pytest.mark.slow
def test_slices_and_projection_of_a_stack(opened, comparisons):
    comparison, _ = comparisons["stack"]
    page = opened("stack")
    shape = comparison.data.shape

    def values(name):
        size = page.run("[sigdeconv.plane().height, sigdeconv.plane().width]")
        return np.array(page.run(f"Array.from(sigdeconv.values('{name}'))")).reshape(size)

    a, near = comparison.images["wiener"], {"atol": 1e-4 * np.ptp(comparison.images["wiener"])}
    page.run("document.querySelector('#slice').focus()")
    page.key("Home")
    page.key("ArrowRight")
    assert state(page, "slice") == 1
    np.testing.assert_allclose(values("wiener"), a[1], **near)
    page.click(*page.middle("#projection"))
    np.testing.assert_allclose(values("wiener"), a.max(axis=0), **near)
    page.click(*page.middle("#projection"))
    for axis, plane in ((1, a[:, shape[1] // 2]), (2, a[:, :, shape[2] // 2].T)):
        page.run(
            f"(() => {{ const s = document.querySelector('#axis'); s.value = '{axis}';"
            "s.dispatchEvent(new Event('change')); })()"
        )
        page.settle()
        assert state(page, "slice") == shape[axis] // 2
        np.testing.assert_allclose(values("wiener"), plane, **near)


@pytest.mark.slow
def test_a_trace_zooms_along_its_axis(opened, comparisons):
    comparison, _ = comparisons["trace"]
    page = opened("trace")
    values = np.array(page.run("Array.from(sigdeconv.values('wiener'))"))
    np.testing.assert_allclose(values, comparison.images["wiener"], atol=1e-4 * np.ptp(values))
    before = canvas(page, "wiener")
    page.run("document.querySelector('[data-name=wiener] .view').focus()")
    page.key("+")
    assert state(page, "zoom") == 1.5 and not np.array_equal(before, canvas(page, "wiener"))


@pytest.mark.slow
def test_everything_is_reached_by_the_tab_key_and_named(opened):
    page = opened()
    unnamed = page.run(
        "[...document.querySelectorAll('button, select, input, [tabindex], img, canvas, svg')]"
        ".filter(e => !e.closest('[aria-hidden=true], [hidden]'))"
        ".filter(e => !(e.ariaLabel || e.alt || e.textContent.trim() || e.labels?.length"
        " || e.getAttribute('aria-labelledby'))).map(e => e.outerHTML.slice(0, 90))"
    )
    assert unnamed == []
    obs = set()
    for _ in range(60):
        page.key("Tab")
        obs.add(page.run("document.activeElement.id || document.activeElement.className"))
    assert {"skip", "scroll", "errors", "fit", "view", "handle", "handle second"} <= obs


@pytest.mark.slow
def test_keys_work_at_once_and_the_profile_closes(opened, comparisons):
    page = opened()
    page.key("e")
    page.settle()
    assert state(page, "errors") is True
    page.key("+")
    page.settle()
    assert state(page, "zoom") == 1.5
    for query, hidden in (("#profile-close", True), ("#profile-toggle", False)):
        page.run(f"document.querySelector('{query}').click()")
        page.settle()
        assert page.run("document.querySelector('.profile').hidden") is hidden
    table = [line.split(",") for line in page.run("sigdeconv.tableText()").splitlines()]
    rows = comparisons["image"][0].rows
    assert len(table) == len(rows) + 1 and {len(line) for line in table} == {len(table[0])}
    column = [head.lower().startswith("gain") for head in table[0]].index(True)
    for line, row in zip(table[1:], rows, strict=True):
        assert line[0] == row["method"]
        assert float(line[column]) == pytest.approx(row["gain"], abs=1e-6)
