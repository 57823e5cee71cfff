"""What is added in one file is like everything else: the files of docs/adding.rst, run.

They are written into an empty package; nothing else knows of them.
"""

import contextlib
import dataclasses
import doctest
import importlib
import inspect
import itertools
import os
import pathlib
import pickle
import re
import subprocess
import sys
import textwrap
from typing import get_args

import numpy as np
import pytest
from scipy import integrate

import sigdeconv as sd
from sigdeconv import choice, cli, io, losses, priors, psf
from sigdeconv.catalogue import registry
from sigdeconv.method import closed_form
from sigdeconv.result import Estimate
from sigdeconv.solvers.variational.problem import VariationalProblem
from sigdeconv.solvers.variational.run import minimise
from sigdeconv.stopping import MaxIter, StopReason

ROOT = pathlib.Path(__file__).parents[1]
PAGE = ROOT / "docs" / "adding.rst"
BLOCK = re.compile(r"\.\. code-block:: python\n   :caption: (\w+)\.py\n\n((?:   .*\n|\n)+)")
NAME = "steepest_descent"


def files():
    """Return the files that the page shows."""
    return {k: textwrap.dedent(v) for k, v in BLOCK.findall(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a package of these files."""
    folder = tmp_path_factory.mktemp("adding")
    (folder / "added").mkdir()
    (folder / "added" / "__init__.py").touch()
    for name, text in files().items():
        (folder / "added" / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def forget(folder):
    """Take a folder off the path, and what was imported from it."""
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "added"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def added(folder):
    """The modules, imported, and forgotten in the end."""
    registries = (registry, psf.registry, priors.registry, losses.registry, io.registry)
    with contextlib.ExitStack() as stack:
        sys.path.insert(0, str(folder))
        stack.callback(forget, folder)
        for one in registries:
            stack.enter_context(one.scoped())
        registry.search("added")
        assert NAME in registry  # found by discovery, as the others are
        yield {name: importlib.import_module(f"added.{name}") for name in files()}
    assert NAME not in registry and "tent" not in psf.registry and ".pnm" not in io.suffixes()


@pytest.fixture(scope="module")
def descent(added):
    return added[NAME].steepest_descent


@pytest.fixture
def obs():
    scene = sd.datasets.coins()[100:148, 40:90]
    return sd.simulate(scene, sd.psf.gaussian((1.5, 1.0)), noise=0.01, rng=0)


def test_the_page_shows_one_file_of_each_kind(added):
    assert list(files()) == [NAME, "energy", "quantile", "tent", "pgm"]
    assert all(len(text.splitlines()) < 130 for text in files().values())


@pytest.mark.slow
def test_their_examples_hold(added):
    for module in added.values():
        found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
        assert found.failed == 0


@pytest.mark.slow
def test_the_page_runs():
    text = BLOCK.sub("", PAGE.read_text(encoding="utf-8"))
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    assert len(example.examples) > 3
    assert doctest.DocTestRunner().run(example).failed == 0


# ---------------------------------------------------------------------------------- a method


@pytest.mark.filterwarnings("ignore:psf has its peak at")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_iter": 7},
        {"num_iter": 7, "relaxation": 0.8},
        {"tol": 1e-2},
        {"stop": MaxIter(3) | MaxIter(5)},
        {"stop": "auto", "num_iter": 20},
        {"num_iter": 4, "boundary": "reflect"},
        {"num_iter": 4, "boundary": "periodic", "centre": (2, 1)},
        {"num_iter": 4, "workers": 1},
        {"num_iter": 4, "mask": "grey"},
        {"num_iter": 4, "start": "data"},
    ],
    ids=str,
)
def test_the_function_is_the_method_by_name(descent, obs, options):
    words = {"grey": np.linspace(0.2, 1, obs.y.size).reshape(obs.y.shape), "data": obs.y}
    options = {n: words[v] if isinstance(v, str) and v in words else v for n, v in options.items()}
    kernel = sd.psf.gaussian((1.5, 1.0))
    kept = obs.y.copy()
    x = descent(obs.y, kernel, **options)
    result = sd.deconvolve(obs.y, kernel, method=NAME, **options)
    np.testing.assert_array_equal(result.x, x)
    np.testing.assert_array_equal(obs.y, kept)
    assert x.shape == obs.y.shape and x.dtype == np.float64
    assert descent(obs.y.astype(np.float32), kernel, **options).dtype == np.float32
    assert pickle.loads(pickle.dumps(result)).method == NAME


def test_by_default_it_stops_at_the_noise_and_is_better_than_the_data(descent, obs):
    result = sd.deconvolve(obs, method=NAME)
    assert result.stop is StopReason.DISCREPANCY and "noise_std" in result.parameters
    assert sd.metrics.psnr(obs.truth_window, result.x) > 1 + sd.metrics.psnr(
        obs.truth_window, obs.y
    )
    seen = []
    sd.deconvolve(obs, method=NAME, callback=lambda k, x: seen.append(k))
    assert seen == list(range(1, result.num_iter + 1))
    assert len(result.history["residual"]) == result.num_iter + 1


def test_errors_name_what_is_wrong(descent, obs):
    with pytest.raises(ValueError, match=r"relaxation must be .* below 2; got 3"):
        descent(obs.y, obs.A, relaxation=3)
    with pytest.raises(TypeError, match="relaxation"):
        descent(obs.y, obs.A, relaxation="fast")
    with pytest.raises(TypeError, match="relaxatoin"):
        descent(obs.y, obs.A, relaxatoin=1.0)
    with pytest.raises(TypeError, match=f"{NAME} has no parameter 'magic'; it has relaxation"):
        sd.deconvolve(obs, method=NAME, magic=1)
    with pytest.raises(TypeError, match=rf"relaxation .*method='auto'.* one of {NAME}"):
        sd.deconvolve(obs, relaxation=1.0)


def test_it_is_listed_compared_and_shown(descent, obs):
    assert sd.methods()[NAME].startswith("Steepest descent on the misfit")
    comparison = sd.compare(obs, methods=[NAME, "adjoint"])
    (row,) = [row for row in comparison.rows if row["method"] == NAME]
    assert row["kind"] == "inverse" and row["gain"] > 0 and row["num_iter"] > 0
    assert NAME in str(comparison) and NAME in comparison._repr_html_()


@pytest.mark.slow
def test_compare_runs_it_by_itself_and_leaves_it_out_where_it_declares_so(added, obs):
    with registry.scoped():
        entry = dataclasses.replace(added[NAME].METHOD, compared=True)
        registry.add(NAME, entry, owner=entry.function.__module__)
        assert NAME in sd.compare(obs).results
        entry = dataclasses.replace(entry, refuses=lambda obs: "it is Tuesday")
        registry.add(NAME, entry, owner=entry.function.__module__)
        assert sd.compare(obs).left_out == {NAME: "it is Tuesday"}
    assert NAME not in sd.compare(obs).results


@pytest.mark.slow
def test_it_is_tuned(descent):
    scene = sd.datasets.coins()[100:228, 40:168]
    obs = sd.simulate(scene, sd.psf.gaussian((1.5, 1.0)), noise=0.01, rng=0)
    curve = sd.tune(obs, method=NAME)
    assert curve.method == NAME and curve.parameter == "num_iter"
    assert {"auto", "sure", "gcv", "discrepancy", "oracle"} <= set(curve.best)
    assert curve.loss("sure") < 1  # decibels, to the best there is on the curve
    x = descent(obs.y, obs.A, num_iter=int(curve.best["sure"]))
    np.testing.assert_array_equal(curve.result("sure").x, x)


def test_the_command_line_has_it_with_its_flags(added, descent, obs, tmp_path, capsys):
    sd.io.save(tmp_path / "y.npy", obs.y)
    out = str(tmp_path / "x.npy")
    command = ["restore", str(tmp_path / "y.npy"), "--psf", "tent:2", "--method", NAME, "-o", out]
    assert cli.main([*command, "--relaxation", "0.7", "--num-iter", "5"]) == 0
    expected = descent(obs.y, added["tent"].tent(2), relaxation=0.7, num_iter=5)
    np.testing.assert_allclose(sd.io.load(out), expected, rtol=1e-12)
    assert cli.main([*command, "--overwrite", "--relaxation", "3"]) == 1
    assert cli.main([*command, "--help"]) == 0
    assert "Part of the best step that is taken, between 0 and 2" in capsys.readouterr().out
    assert cli.main(["methods"]) == 0 and NAME in capsys.readouterr().out
    assert cli.main(["methods", NAME]) == 0
    assert "Raydan" in capsys.readouterr().out


def oracle(y, psf, *, boundary=None, centre=None, mask=None, workers=None):
    """Look the truth up.

    It knows what nobody knows, and its error is the least.
    """
    raise NotImplementedError


def few_candidates():
    """Let the choice try the quick ones only, beside what was added."""
    for name in ("hyper_laplacian", "wavelet_l1", "plug_and_play"):
        entry = dataclasses.replace(registry.get(name), candidate="")
        registry.add(name, entry, owner=entry.function.__module__)


@pytest.mark.slow
def test_best_tries_it_and_takes_it_where_its_error_is_the_least(added, obs):
    with registry.scoped():
        few_candidates()
        plan = choice.choose(obs, "best")
        assert NAME in plan.why and plan.method != NAME  # beaten by total variation
        assert NAME not in choice.choose(obs, "auto").why
        closed_form(
            oracle,
            lambda o: Estimate(obs.truth),  # also for other data, by which errors are predicted
            candidate="best",
            belief="what is true",
        )
        plan = choice.choose(obs, "best")
        assert plan.method == "oracle" and plan.why.startswith("what is true predict the data best")
        np.testing.assert_array_equal(sd.deconvolve(obs, method="best").x, obs.truth_window)
        assert choice.choose(obs, "auto").method != "oracle"


def type_errors(folder, text):
    """Return what mypy says of a file that uses the package."""
    pytest.importorskip("mypy")
    (folder / "user.py").write_text(textwrap.dedent(text), encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
         "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(folder / "cache"),
         "user.py"],
        cwd=folder,
        env=os.environ | {"MYPYPATH": os.pathsep.join([str(folder), str(ROOT)])},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert found.stderr == ""
    return found.stdout.splitlines()


@pytest.mark.slow
def test_it_is_typed(folder):
    lines = type_errors(
        folder,
        """
        import numpy as np

        from added.energy import Energy
        from added.quantile import Quantile
        from added.steepest_descent import METHOD, steepest_descent
        from added.tent import tent

        y = np.ones(8)
        steepest_descent(y, tent(2.0, ndim=1), relaxation=1.0, num_iter=3, mask=y)
        Energy().prox(Quantile(0.7).prox(y, 1.0, y, None), 1.0)
        steepest_descent(y, y, relaxatoin=1.0)
        steepest_descent(y, y, relaxation="fast")
        steepest_descent(y)
        tent(2.0, dim=1)
        Quantile(p=0.7)
        Energy().proximal(y, 1.0)
        METHOD.nmae
        """,
    )
    assert [int(line.split(":")[1]) for line in lines if ": error:" in line] == list(range(12, 19))


@pytest.mark.slow
def test_the_contracts_hold_for_it(folder):
    """The contract tests read the registry: in a process that has the method, they try it."""
    (folder / "plugin.py").write_text("import added.steepest_descent, added.tent\n")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "plugin", "-p", "no:cacheprovider", "-k", NAME,
         "tests/contracts"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])},
        capture_output=True,
        text=True,
    )  # fmt: skip
    (passed,) = re.findall(r"^(\d+) passed", found.stdout, re.MULTILINE) or ["0"]
    assert found.returncode == 0 and int(passed) > 90, found.stdout[-5000:] + found.stderr


def test_the_signature_is_what_help_shows(descent):
    names = list(inspect.signature(descent).parameters)
    assert names[:3] == ["y", "psf", "relaxation"] and names[-1] == "workers"
    text = inspect.getdoc(descent)
    assert all(f"{name} :" in text for name in names)


# --------------------------------------------------------------------- a prior and a loss


@pytest.fixture
def small():
    scene = sd.datasets.coins()[100:116, 40:58]
    return sd.simulate(scene, sd.psf.gaussian(0.8), noise=0.01, rng=0, boundary="periodic")


def solve(obs, problem, weight):
    """Return the last estimate of many, and what was reported."""
    run = minimise(obs, problem, weight, accuracy=0.0)
    *_, (x, _) = itertools.islice(run, 400)
    return x, run


def test_the_prior_is_solved_for(added, small):
    """Least squares with half the energy is a filter where everything is periodic."""
    assert priors.prior("energy") == added["energy"].Energy()
    x, run = solve(small, VariationalProblem(priors.prior("energy")), 0.1)
    H = small.A.otf
    expected = np.fft.ifftn(np.conj(H) * np.fft.fftn(small.y) / (np.abs(H) ** 2 + 0.1)).real
    np.testing.assert_allclose(x, expected, atol=1e-5)
    assert "objective" in run.measures


def test_the_weight_of_the_prior_is_found(added, obs):
    run = minimise(obs, VariationalProblem(added["energy"].Energy()), None)
    assert run.parameters["weight"] > 0
    *_, (_, Ax) = run
    noise = np.std(obs.y - obs.A(obs.truth))
    assert 0.5 * noise < np.sqrt(np.mean((Ax - obs.y) ** 2)) < 1.2 * noise


@pytest.mark.slow
def test_the_loss_is_solved_for(added, small):
    """Half of the magnitude, at the quantile of one half, is the loss that is here already."""
    assert losses.as_loss("quantile", delta=None) == added["quantile"].Quantile()
    half = VariationalProblem(priors.TV(), losses.as_loss("quantile"))
    whole = VariationalProblem(priors.TV(), losses.Absolute())
    (x, run), (expected, other) = solve(small, half, 0.01), solve(small, whole, 0.02)
    np.testing.assert_allclose(x, expected, atol=1e-2)
    prices = run.measures["objective"](x, x), other.measures["objective"](x, x) / 2
    assert prices[0] == pytest.approx(prices[1], rel=3e-3)


@pytest.mark.filterwarnings("ignore:.* stand out from the neighbours")
def test_methods_take_the_loss_by_name_and_as_a_record(added, obs):
    hot = obs.y.copy()
    hot[np.random.default_rng(0).random(hot.shape) < 0.05] += 3.0
    options = {"weight": 0.02, "num_iter": 60}
    loss = added["quantile"].Quantile(0.6)
    x = sd.tv(hot, obs.A, loss=loss, **options)
    plain = sd.tv(hot, obs.A, **options)
    assert sd.metrics.psnr(obs.truth_window, x) > 5 + sd.metrics.psnr(obs.truth_window, plain)
    same = sd.tv(hot, obs.A, loss="quantile", **options)
    np.testing.assert_array_equal(same, sd.tv(hot, obs.A, loss=type(loss)(), **options))
    with pytest.raises(ValueError, match=r"loss must be .* quantile; got 'quantil'"):
        sd.tv(hot, obs.A, loss="quantil")


def test_type_checkers_know_the_names_of_the_losses_that_are_here():
    assert {*get_args(losses.LossName)} == {
        name for name in losses.registry if "sigdeconv" in losses.registry.get(name).__module__
    }


@pytest.mark.parametrize("m", [None, np.array([1.0, 0.5, 0.0, 0.2])], ids=["even", "weighted"])
def test_the_proximal_map_of_the_loss_is_a_minimum(added, m):
    loss = added["quantile"].Quantile(0.8)
    y, v = np.array([0.0, 1.0, 2.0, 3.0]), np.array([2.0, -1.0, 2.1, 2.5])

    def price(z):
        return loss.value(z, y, m) + 0.7 / 2 * np.sum((z - v) ** 2)

    z = loss.prox(v, 0.7, y, m)
    for e in np.eye(4):
        assert price(z) <= min(price(z + 1e-4 * e), price(z - 1e-4 * e))


# ------------------------------------------------------------------ a blur model and a format


def test_the_blur_model_is_one(added):
    assert "tent" in psf.registry
    for width in (0.4, 1.0, 2.0, 3.7, (2.0, 1.2)):
        h = added["tent"].tent(width)
        assert h.min() >= 0 and abs(h.sum() - 1) < 1e-14 and all(n % 2 for n in h.shape)
        np.testing.assert_allclose(h, h[::-1, ::-1], atol=1e-15)
    np.testing.assert_array_equal(psf.from_spec("tent:2:ndim=1"), added["tent"].tent(2, ndim=1))
    for k, value in enumerate(added["tent"].tent(2.3, ndim=1), -2):
        density = integrate.quad(lambda x: max(1 - abs(x) / 2.3, 0) / 2.3, k - 0.5, k + 0.5)
        assert value == pytest.approx(density[0], abs=1e-6)


def test_the_format_is_one(added, tmp_path):
    path = tmp_path / "x.pnm"
    values = np.arange(32, dtype=np.uint8).reshape(4, 8)  # some are spaces to a careless reader
    for x in (values, values.T, 1000 * values.astype(np.uint16)):
        io.write(path, x)
        back, meta = io.read(path)
        np.testing.assert_array_equal(back, x)
        assert back.dtype == x.dtype and meta.suffix == ".pnm"
    io.write(path, np.array([[0.0, 0.5, 1.0]]))
    assert io.load(path).tolist() == [[0, 128, 255]]
    with pytest.raises(ValueError, match=r"\.pnm holds uint8, uint16 only; got int64"):
        io.write(path, np.array([[1, 2]]))
    path.write_bytes(b"P6 1 1 255 abc")
    with pytest.raises(ValueError, match=r"x\.pnm cannot be read as \.pnm: it begins with b'P6"):
        io.read(path)
    assert ".pnm" in io.suffixes(pictures=True)


def test_a_name_is_taken_once(added):
    with pytest.raises(ValueError, match="method 'wiener' is registered twice"):
        registry.add("wiener", added[NAME].METHOD, owner="added")
