"""A quick search of weights, for contracts that hold whatever the weight is."""

import pytest

from tests import _search
from tests.contracts._cases import plain


@pytest.fixture(scope="module")
def one_probe():
    """See `tests/_search.py`; estimates that are kept are those of that search."""
    with _search.one_probe():
        plain.cache_clear()
        yield
        plain.cache_clear()
