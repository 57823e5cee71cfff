"""Inverses and adjoints on the same data, in numbers, words and pictures.

Two questions are asked of every estimate. *Shape*: does it have the size of the signal, and do its
ups and downs follow it (correlation)? *Values*: is it closer to the signal than the data were
(gain in dB)? The transposed convolution answers yes to the first and no to the second.
"""

from sigdeconv.comparison._comparison import Comparison
from sigdeconv.comparison._lost import NullSpace
from sigdeconv.comparison._run import compare
from sigdeconv.comparison._sheet import ContactSheet, contact_sheet
from sigdeconv.comparison._words import COLUMNS, cell

__all__ = ["COLUMNS", "Comparison", "ContactSheet", "NullSpace", "cell", "compare", "contact_sheet"]
