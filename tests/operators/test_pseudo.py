"""The pseudo-inverse in closed form against that of the dense matrix."""

import numpy as np
import pytest

import sigdeconv as sd
from sigdeconv.operators import null_part, pseudo_inverse


@pytest.mark.parametrize(
    ("shape", "stride", "kernel", "centre"),
    [((8,), 2, 3, "middle"), ((9,), 3, 4, "start"), ((8, 6), (2, 3), (3, 2), "middle")],
)
def test_the_pseudo_inverse_of_a_strided_periodic_convolution(shape, stride, kernel, centre):
    rng = np.random.default_rng(0)
    psf, x = rng.standard_normal(kernel), rng.standard_normal(shape)
    A = sd.Convolution(psf, shape, "periodic", stride=stride, centre=centre)
    pinv = np.linalg.pinv(A.to_dense())
    y = A(x)
    np.testing.assert_allclose(pseudo_inverse(A, y).ravel(), pinv @ y.ravel(), atol=1e-12)
    np.testing.assert_allclose(A(null_part(A, x)), 0, atol=1e-12)
    with pytest.raises(ValueError, match="A must be periodic"):
        pseudo_inverse(sd.Convolution(psf, shape, "zero"), x)
