"""One headless Chromium for the tests of this folder; they skip where there is none."""

import importlib.util
import pathlib

import pytest

_spec = importlib.util.spec_from_file_location(
    "_chromium", pathlib.Path(__file__).parents[1] / "_chromium.py"
)
_chromium = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_chromium)


@pytest.fixture(scope="session")
def browser():
    if _chromium.find() is None:
        pytest.skip("no chromium on the path")
    with _chromium.Browser() as running:
        yield running
