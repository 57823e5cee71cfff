"""What the measurement does to the signal, and the exact adjoint."""

from sigdeconv.geometry import BOUNDARIES, Boundary
from sigdeconv.operators._filter import FFTGrid
from sigdeconv.operators.base import Adjoint, Composed, Operator, Scaled, Sum
from sigdeconv.operators.boundary import fold, pad
from sigdeconv.operators.convolution import Convolution
from sigdeconv.operators.decomposition import SVD, Picard, svd
from sigdeconv.operators.diagonal import Diagonal
from sigdeconv.operators.difference import Difference
from sigdeconv.operators.dottest import DotTest, dot_test
from sigdeconv.operators.masked import Masked
from sigdeconv.operators.matrix import Matrix, OperatorLike, as_operator
from sigdeconv.operators.pseudo import null_part, pseudo_inverse
from sigdeconv.operators.sampled import Sampled
from sigdeconv.operators.space_variant import SpaceVariant
from sigdeconv.operators.stacked import Stacked

__all__ = [
    "BOUNDARIES",
    "SVD",
    "Adjoint",
    "Boundary",
    "Composed",
    "Convolution",
    "Diagonal",
    "Difference",
    "DotTest",
    "FFTGrid",
    "Masked",
    "Matrix",
    "Operator",
    "OperatorLike",
    "Picard",
    "Sampled",
    "Scaled",
    "SpaceVariant",
    "Stacked",
    "Sum",
    "as_operator",
    "dot_test",
    "fold",
    "null_part",
    "pad",
    "pseudo_inverse",
    "svd",
]
