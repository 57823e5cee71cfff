"""Settings that must hold before any test module is imported."""

import os
import pathlib

os.environ["MPLBACKEND"] = "Agg"
# Matrices are small here, and threads that wait for each other in every worker of pytest-xdist make
# dense algebra several times slower.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

hypothesis.settings.register_profile("sigdeconv", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("sigdeconv")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed; each test gets a fresh one."""
    return np.random.default_rng(20240229)


# Solvers, operators and contracts are tried on kernels of any sum, centre and sampling, and on data
# that none has made: what the checks of the package would say of them is not the matter there.
ANY_KERNEL = ("contracts", "inverse", "operators", "solvers", "transposed", "tuning")


# Examples in docstrings that take more than a second; those of their parts are quick.
LONG_EXAMPLES = {
    f"sigdeconv.{name}"
    for name in (
        "choice.Plan", "frames.restore.multiframe", "inverse.plug_and_play.plug_and_play",
        "inverse.wavelet_l1.wavelet_l1", "psf.free_kernel.FreeKernel",
        "psf.free_kernel.free_kernel",
    )
}  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark long examples, and make no errors of sanity's warnings about arbitrary numbers."""
    quiet = pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")
    for item in items:
        if item.name in LONG_EXAMPLES:
            item.add_marker(pytest.mark.slow)
        if set(ANY_KERNEL) & set(item.path.relative_to(pathlib.Path(__file__).parent.parent).parts):
            item.add_marker(quiet, append=False)


# Their tests share what they have read, drawn or restored: one worker has all of a file.
TOGETHER = (
    "test_conventions", "test_imports", "test_run_time", "test_claims", "test_scale", "test_masks",
    "test_doors", "test_constants", "test_print",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give the tests of some files to one worker, and the others one by one."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return path if pathlib.PurePath(path).stem in TOGETHER else nodeid

    return Scheduling(config, log)
