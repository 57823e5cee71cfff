"""The audit of adjoints: what it passes, what it must not pass."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.operators import Diagonal, Operator, dot_test

FACTOR = 1 + 2j


def twisted(x):
    return FACTOR * x


def untwisted(y):
    return FACTOR.conjugate() * y


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_a_complex_map_needs_the_conjugate_on_the_way_back(dtype):
    assert not dot_test(twisted, twisted, (20,), (20,), dtype=dtype)
    report = dot_test(twisted, untwisted, (20,), (20,), dtype=dtype)
    assert report and all(np.iscomplexobj(a) for pair in report.trials for a in pair)


def test_only_the_imaginary_parts_of_the_product_differ():
    """An adjoint that is off by a phase of the sum: the real parts alone can agree."""
    A = np.random.default_rng(0).standard_normal((6, 6)) * 1j
    assert dot_test(lambda x: A @ x, lambda y: A.conj().T @ y, (6,), (6,))
    assert not dot_test(lambda x: A @ x, lambda y: A.T @ y, (6,), (6,))


class Forgetful(Operator):
    """A factor whose adjoint may forget to conjugate it."""

    shape = out_shape = (5,)

    def __init__(self, factor, back):
        self.factor, self.back = factor, back

    def _forward(self, x):
        return x * self.factor

    def _adjoint(self, y):
        return y * self.back


def test_an_operator_with_a_complex_factor_is_tested_with_complex_arrays():
    assert dot_test(Forgetful(1j, -1j)) and not dot_test(Forgetful(1j, 1j))
    assert dot_test(Forgetful(2.0, 2.0))
    A = sd.Convolution([1.0, 2.0, 4.0], (9,))
    for factor in (1j, 1 - 2j, np.complex64(3j), np.array(1j)):
        B = factor * A
        for operator in (B, A * factor, B.T, B @ A.T, B + A):
            report = dot_test(operator)
            assert report and np.iscomplexobj(report.trials[0][0]), operator
    M = (1j * A).to_dense()
    np.testing.assert_allclose((1j * A).T.to_dense(), M.conj().T)


def test_real_maps_are_tested_with_real_arrays():
    given = []
    A = sd.Convolution([1.0, 2.0, 4.0], (9,))

    def forward(x):
        given.append(x.dtype)
        return A(x)

    report = dot_test(forward, A.adjoint, (9,), (9,))
    assert report and set(given) == {np.dtype(np.float64)}
    assert all(isinstance(a, float) for pair in report.trials for a in pair)


@pytest.mark.parametrize(
    ("forward", "back"),
    [
        (lambda x: x, lambda y: y * 1.001),
        (lambda x: x, lambda y: -y),
        (lambda x: x * 0, lambda y: y),
        (lambda x: x, lambda y: y * 0),
        (lambda x: x, lambda y: y[::-1]),
        (lambda x: x, lambda y: y * np.nan),
        (lambda x: x * np.nan, lambda y: y),
        (lambda x: np.where(np.arange(8) == 3, np.nan, x), lambda y: y),
        (lambda x: x + 1, lambda y: y),
        (lambda x: np.maximum(x, 0), lambda y: y),
        (lambda x: x * 1j, lambda y: y),
    ],
)
def test_a_wrong_pair_does_not_pass(forward, back):
    assert not dot_test(forward, back, (8,), (8,))


def test_zero_is_linear_and_has_an_adjoint():
    assert dot_test(lambda x: x * 0, lambda y: y * 0, (8,), (8,))
    assert dot_test(Diagonal(np.zeros(4)))


@pytest.mark.parametrize(
    ("words", "error", "text"),
    [
        ({"trials": 0}, ValueError, "trials must be"),
        ({"trials": 1.5}, TypeError, "trials must be"),
        ({"tol": "0.1"}, TypeError, "tol must be .*write tol=0.1"),
        ({"dtype": int}, TypeError, "dtype must be"),
        ({"verbose": "no"}, TypeError, "verbose must be"),
        ({"shape": (9,)}, ValueError, r"adjoint\(y\) has shape \(8,\); expected \(9,\)"),
        ({"out_shape": (7, 1)}, ValueError, r"A\(x\) has shape \(8,\); expected \(7, 1\)"),
        ({"rng": -1}, ValueError, "rng must be"),
    ],
)
def test_bad_arguments_are_named(words, error, text):
    with pytest.raises(error, match=text):
        dot_test(lambda x: x[:8], lambda y: y, **({"shape": (8,), "out_shape": (8,)} | words))


def test_numpy_scalars_are_numbers():
    A = sd.Convolution([1.0, 2.0], (5,))
    assert dot_test(A, trials=np.int64(2), tol=np.float32(1e-10), dtype="float64")
    assert dot_test(A.forward, A.adjoint, np.int64(5), np.array([5]))


def test_factors_keep_the_precision():
    A = sd.Convolution([1.0, 2.0], (5,))
    x = np.ones(5, np.float32)
    for factor in (2, 0.5, np.float64(0.5), np.float32(0.5), np.int64(2), np.array(0.5)):
        for operator in (factor * A, A * factor):
            assert isinstance(operator, Operator)
            assert operator(x).dtype == np.float32 and operator.T(x).dtype == np.float32
            np.testing.assert_allclose(operator(x), float(factor) * A(x))
        assert (1j * A)(x).dtype == np.complex64
    with pytest.raises(TypeError):
        np.ones(3) * A
    with pytest.raises(TypeError):
        A * np.ones(3)
