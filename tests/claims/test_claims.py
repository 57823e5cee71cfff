"""The claims: computed, with the figures of the scan, and dependent on the operator."""

import functools
import importlib
import pathlib
from xml.etree import ElementTree

import numpy as np
import pytest

from sigdeconv import claims
from sigdeconv.claims import Verdict, equations, layers, systems
from sigdeconv.claims.equations import Geometry, geometries
from sigdeconv.claims.layers import stuffed_transpose
from sigdeconv.geometry import Axis
from sigdeconv.operators import Convolution
from sigdeconv.transposed import _layer

FAILS = {1, 2, 3, 4, 10, 17, 23, 24}
HOLDS = {8, 12, 20, 22, 25, 26, 28, 33}
REFERENCE = {6}


LAB = claims.Lab()  # experiments that others build on run once in it


@functools.cache
def found(number):
    """The finding with the package's own operators, run once."""
    return claims.run(number, LAB)


SLOW = pytest.mark.slow
LARGE = {4, 12, 22, 28, 31}  # thousands of layers, or matrices


def each(numbers):
    """Return cases by number, the large ones apart."""
    return [pytest.param(n, marks=SLOW if n in LARGE else ()) for n in numbers]


@pytest.mark.parametrize("number", each(claims.numbers()))
def test_verdict(number):
    finding = found(number)
    expected = Verdict.SOMETIMES
    for numbers, verdict in ((FAILS, Verdict.FAILS), (HOLDS, Verdict.HOLDS)):
        expected = verdict if number in numbers else expected
    assert finding.verdict is (Verdict.REFERENCE if number in REFERENCE else expected)
    assert finding.evidence.measured
    assert finding.claim in str(finding)
    if finding.verdict in (Verdict.FAILS, Verdict.SOMETIMES):
        assert finding.evidence.condition, "a claim that does not hold says what holds instead"


def test_every_number_is_there():
    assert claims.numbers() == list(range(1, 36))


def test_scan_has_the_geometries_it_says():
    assert len(geometries()) == 6160
    assert sum(g.remainder == 0 for g in geometries()) == 3244


@pytest.mark.parametrize(
    ("number", "figure", "value"),
    [
        (27, "exact", 3244),
        (27, "corrected", 6160),
        (29, "exact", 1676),
        (29, "corrected", 6160),
        pytest.param(31, "equal", 1676, marks=SLOW),
        pytest.param(31, "fraction", 1488, marks=SLOW),
        pytest.param(31, "coincide", 40, marks=SLOW),
        (24, "equal", 384),
        pytest.param(12, "equal", 6160, marks=SLOW),
        pytest.param(12, "layered", 6160, marks=SLOW),
        (14, "exact", 3244),
        (14, "added", 6160),
        (11, "right", 6160),
        (30, "first", 6160),
        (32, "agree", 163),
    ],
)
def test_figures_of_the_scan(number, figure, value):
    assert found(number).evidence.figures[figure] == value


def test_smallest_gains():
    gains = found(7).evidence.figures
    assert gains["0.5"] == pytest.approx(0.57, abs=0.01)
    assert gains["1"] == pytest.approx(1.4e-2, rel=0.05)
    assert gains["1.5"] == pytest.approx(3e-5, rel=0.05)
    assert gains["2"] == pytest.approx(5e-9, rel=0.1)
    assert gains["3"] < 1e-15


def pseudo_inverse(A):
    return np.linalg.pinv(A.to_dense())


def unflipped(A):
    return A.T.to_dense()[::-1]


def nothing(A):
    return np.zeros(A.shape + A.out_shape)


@pytest.mark.parametrize(
    ("transpose", "number"),
    [
        pytest.param(transpose, n, marks=SLOW if n in (12, 22) else ())
        for transpose, numbers in (
            (pseudo_inverse, (1, 12, 13, 16, 22, 34)),
            (unflipped, (5, 12, 16, 22, 34)),
            (nothing, (5, 12, 16, 23)),
        )
        for n in numbers
    ],
)
def test_another_operator_flips_the_verdict(transpose, number, monkeypatch):
    some = geometries()[::23]
    for module in (layers, equations):
        monkeypatch.setattr(module, "geometries", lambda: some)
    lab = claims.Lab(transpose=transpose)
    assert claims.run(number, lab).verdict is not claims.run(number).verdict


@pytest.mark.parametrize(
    ("setting", "number"),
    [("S", 14), ("S", 27), ("l", 29), ("l", 30), ("l", 31), ("K", 29), ("K", 31)],
)
def test_where_the_condition_is_met_the_claim_holds_more(setting, number, monkeypatch):
    """With stride 1, dilation 1 or one tap alone, what held in some geometries holds in all."""
    some = tuple(g for g in geometries() if getattr(g, setting) == 1)
    for module in (layers, equations):
        monkeypatch.setattr(module, "geometries", lambda: some)
    tried = claims.run(number).evidence.cases.items()
    tried = [(name, held) for name, held in tried if "Haar" not in name and "a > 0" not in name]
    assert all(held for _, held in tried)


def scaled(factor):
    return lambda own: lambda self, *given: factor * own(self, *given)


def rolled(own):
    return lambda self, x: np.roll(own(self, x), 1)


def halved(own):
    return lambda self, y: own(self, y) * (np.arange(self.shape[0]) % 2)


def turned(own):
    return lambda self, x: own(self, np.asarray(x)[::-1])[::-1]


def flipped(own):
    return lambda x, weight, *rest, **words: own(x, np.flip(weight, -1), *rest, **words)


def longer(own):
    return lambda self, n: own(self, n) + 1


def wider(own):
    return property(lambda self: (own.fget(self)[0] - 1, own.fget(self)[1] - 1))


def delayed(own):
    """A spectrum that belongs to a kernel some samples later."""

    def broken(self, *given, **words):
        H = np.asarray(own(self, *given, **words))
        return H * np.exp(2j * np.pi * np.arange(H.shape[-1]) * 20 / 128)

    return broken


def later(own):
    return lambda self, n: range(own(self, n).start + 1, own(self, n).stop + 1)


# a fault planted in the package -> the claims whose cases it turns
PLANTED = {
    "adjoint, one sample late": ([(Convolution, "_adjoint", rolled)], (5, 11, 12, 14, 16, 19, 34)),
    "adjoint, every other sample": ([(Convolution, "_adjoint", halved)], (3, 5, 12, 16, 22, 34)),
    "adjoint, nothing": ([(Convolution, "_adjoint", scaled(0.0))], (5, 9, 12, 16, 22, 23)),
    "forward, nothing": ([(Convolution, "_forward", scaled(0.0))], (7, 8, 15, 18)),
    "forward, one sample late": ([(Convolution, "_forward", rolled)], (7, 14, 15, 18)),
    "flip of the operator": (
        [(Convolution, "_adjoint", turned), (Convolution, "_forward", turned)],
        (2, 12, 15, 19, 22, 34),
    ),
    "flip of the layer": (
        [(_layer, "transpose", flipped), (_layer, "convolve", flipped)], (6, 12, 22)
    ),
    "spectrum": ([(Convolution, "transfer", delayed)], (4, 7, 10, 15)),
    "frame": ([(Axis, "frame", wider)], (22, 24, 29, 30, 31)),
    "size of the transpose": (
        [(Axis, "smallest_input", longer)],
        (11, 12, 14, 17, 20, 21, 25, 27, 28, 29, 30, 32, 33, 35),
    ),
    "size of the convolution": ([(Axis, "output_size", longer)], (25, 26)),
    "sizes that the layer takes": ([(Axis, "input_sizes", later)], (27, 33)),
}  # fmt: skip


MANY = ("spectrum", "flip of the operator", "adjoint, nothing", "size of the transpose")


@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=SLOW if name in MANY else ()) for name in PLANTED]
)
def test_a_planted_fault_is_seen(fault, monkeypatch):
    some = geometries()[::61]
    for module in (layers, equations):
        monkeypatch.setattr(module, "geometries", lambda: some)
    places, numbers = PLANTED[fault]
    before = {n: claims.run(n).evidence.cases for n in numbers}
    for owner, name, broken in places:
        monkeypatch.setattr(owner, name, broken(owner.__dict__[name]))
    with np.errstate(all="ignore"):
        after = {n: claims.run(n).evidence.cases for n in numbers}
    assert [n for n in numbers if after[n] == before[n]] == []


def test_every_claim_on_an_operator_is_turned_by_some_fault():
    planted = {n for _, numbers in PLANTED.values() for n in numbers}
    by_another_transpose = {1, 13}  # no fault makes the adjoint an inverse: see the test above
    assert set(claims.numbers()) - planted == by_another_transpose


def one_answer(y, *begun):
    return np.eye(1, y.size)[0], y


def unit_sum(y, *begun):
    kernel, signal = ESTIMATED(y, *begun)
    return kernel / kernel.sum(), signal * kernel.sum()


ESTIMATED = systems._both


@pytest.mark.parametrize(
    ("both", "decided"), [(one_answer, {"scale", "shift", "swap"}), (unit_sum, {"scale"})]
)
def test_an_estimator_that_decides_turns_two_signals(both, decided, monkeypatch):
    def cases():
        found = claims.run(2).evidence.cases
        return {name.split()[-1] for name, holds in found.items() if "estimate" in name and holds}

    assert cases() == set()
    monkeypatch.setattr(systems, "_both", both)
    assert cases() == decided


def test_layers_that_each_interface_can_say():
    figures = found(21).evidence.figures
    assert figures["tf.nn"] == figures["layers"] > 2 * figures["Keras"] > 0
    takes = found(35).evidence.figures
    assert [name for name, does in takes.items() if does] == ["torch", "tf", "onnx"]


def test_the_inverse_reverses_where_it_exists():
    cases = claims.run(1, claims.Lab(transpose=pseudo_inverse)).evidence.cases
    assert [held for name, held in cases.items() if name.startswith("stride 1")] == [True]


def test_recipe_fails_without_the_dilated_kernel():
    g = Geometry(9, 3, 2, 1, 2)
    w, y = np.array([1.0, 2.0, 3.0]), np.arange(1.0, g.counted + 1)
    wrong = g._replace(l=1)
    assert stuffed_transpose(w, y, g, 0).size != stuffed_transpose(w, y, wrong, 0).size


def test_unknown_number():
    with pytest.raises(ValueError, match="number must be one of 1 to 35"):
        claims.run(36)


def test_table_has_all():
    text = claims.table([found(k) for k in (26, 29)])
    assert "26  holds" in text and "1676" in text


@pytest.mark.slow
def test_every_claim_has_a_figure_on_the_page(monkeypatch):
    """35 of 35; the title of each says its cases and numbers, for those who do not see it."""
    root = pathlib.Path(claims.__file__).parents[2] / "docs"
    if not (root / "_cards.py").exists():
        pytest.skip("the documentation is not beside this installation")
    monkeypatch.syspath_prepend(root)
    page = importlib.import_module("_cards").cards({n: found(n) for n in claims.numbers()})
    ElementTree.fromstring(f"<page>{page}</page>")
    assert page.count("<svg") == page.count("<title>") == 35
    for n in claims.numbers():
        evidence = found(n).evidence
        drawn = page.split(f'id="claim-{n}"')[1].split("</section>")[0]
        assert drawn.count("✓") + drawn.count("✗") == len(evidence.cases)
        title = drawn.split("<title>")[1].split("</title>")[0]
        assert all(
            name.split()[0] in title for name in evidence.figures if len(evidence.figures) < 6
        )
