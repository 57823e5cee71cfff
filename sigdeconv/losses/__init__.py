"""Data terms, one a file: how badly the blurred estimate z explains the data, sample by sample.

    gaussian   m (z - y)^2 / 2
    poisson    m (z + b - y log(z + b))              Kullback-Leibler, background b
    huber      m h(z - y), quadratic up to `delta`, linear beyond
    l1         m |z - y|
    cauchy     m d^2 / 2 log(1 + (z - y)^2 / d^2)

with a weight m of each sample; 0 for one that is dead. A loss is a record without data; a solver
binds it to some (`DataTerm`) and uses the proximal map, in closed form for each. A new file in this
folder is found by discovery.
"""

from sigdeconv.losses._loss import (
    DataTerm,
    Loss,
    LossName,
    as_loss,
    register,
    registry,
    weighted_sum,
)
from sigdeconv.losses.absolute import Absolute
from sigdeconv.losses.cauchy import Cauchy
from sigdeconv.losses.huber import Huber
from sigdeconv.losses.kullback_leibler import KullbackLeibler
from sigdeconv.losses.least_squares import LeastSquares

__all__ = [
    "Absolute",
    "Cauchy",
    "DataTerm",
    "Huber",
    "KullbackLeibler",
    "LeastSquares",
    "Loss",
    "LossName",
    "as_loss",
    "register",
    "registry",
    "weighted_sum",
]

registry.search(__name__)
