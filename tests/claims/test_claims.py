"""The claims: computed, with the figures of the scan, and dependent on the operator."""

import functools

import numpy as np
import pytest

from sigdeconv import claims
from sigdeconv.claims import Verdict, equations, layers
from sigdeconv.claims.equations import Geometry, geometries
from sigdeconv.claims.layers import stuffed_transpose

FAILS = {1, 2, 3, 4, 10, 23}
HOLDS = {8, 12, 20, 22, 25, 26, 28, 33}
REFERENCE = {6, 19}


@functools.cache
def found(number):
    """The finding with the package's own operators, run once."""
    return claims.run(number)


@pytest.mark.parametrize("number", claims.numbers())
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
        (31, "equal", 1676),
        (31, "fraction", 1488),
        (31, "coincide", 40),
        (24, "equal", 384),
        (12, "equal", 6160),
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
    [(pseudo_inverse, n) for n in (1, 12, 13, 16, 22, 34)]
    + [(unflipped, n) for n in (5, 12, 16, 22, 34)]
    + [(nothing, n) for n in (5, 12, 16, 23)],
)
def test_another_operator_flips_the_verdict(transpose, number, monkeypatch):
    some = geometries()[::23]
    for module in (layers, equations):
        monkeypatch.setattr(module, "geometries", lambda: some)
    lab = claims.Lab(transpose=transpose)
    assert claims.run(number, lab).verdict is not claims.run(number).verdict


@pytest.mark.parametrize(
    ("setting", "number"),
    [("S", 14), ("S", 27), ("l", 29), ("l", 30), ("l", 31), ("K", 24), ("K", 29), ("K", 31)],
)
def test_where_the_condition_is_met_the_claim_holds_more(setting, number, monkeypatch):
    """With stride 1, dilation 1 or one tap alone, what held in some geometries holds in all."""
    some = tuple(g for g in geometries() if getattr(g, setting) == 1)
    for module in (layers, equations):
        monkeypatch.setattr(module, "geometries", lambda: some)
    tried = [g for g in claims.run(number).evidence.cases.items() if "Haar" not in g[0]]
    assert all(held for _, held in tried)


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
    text = claims.table([found(k) for k in (26, 31)])
    assert "26  holds" in text and "1676" in text
