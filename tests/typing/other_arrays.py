"""Right calls with arrays of other libraries than NumPy."""

import array_api_strict as xp
import torch

import sigdeconv as sd
from sigdeconv._array import Array, ArrayLike


def accepted(data: ArrayLike, kernel: Array) -> Array:
    return sd.wiener(data, kernel, nsr=0.1) * 2


def calls() -> None:
    accepted(torch.ones(8, 8), torch.ones(3, 3))
    accepted(xp.ones((8, 8)), xp.ones((3, 3)))
    sd.deconvolve(torch.ones(8, 8), torch.ones(3, 3), method="wiener", nsr=0.1)
    sd.conv(torch.ones(1, 1, 8), torch.ones(1, 1, 3), stride=2)
