"""Type checkers find wrong calls and accept right ones; the stubs say what the registry holds."""

import functools
import importlib.metadata
import importlib.util
import json
import pathlib
import re
import subprocess
import sys
import zipfile

import pytest

from tests.typing import right_calls

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
RIGHT, WRONG = HERE / "right_calls.py", HERE / "wrong_calls.py"
OTHER = HERE / "other_arrays.py"


def run(*command, **options):
    return subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, cwd=ROOT, **options
    )


def mypy(*files):
    """Return (file, line, text) of what mypy --strict finds."""
    pytest.importorskip("mypy")
    # What array namespaces return is Any, as pyproject.toml has it: the flag after --strict.
    found = run("-m", "mypy", "--strict", "--no-warn-return-any", "--no-error-summary",
                "--no-pretty", *files)  # fmt: skip
    assert found.returncode in (0, 1), found.stderr
    lines = [re.fullmatch(r"(.*?):(\d+): error: (.*)", text) for text in found.stdout.splitlines()]
    return [(pathlib.Path(m[1]).name, int(m[2]), m[3]) for m in lines if m]


def pyright(*files):
    """Return (file, line, text) of what pyright finds."""
    pytest.importorskip("pyright")
    try:
        found = run("-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *files,
                    timeout=300)  # fmt: skip
        report = json.loads(found.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        pytest.skip("pyright does not run here: it fetches itself from the network at first")
    return [
        (pathlib.Path(each["file"]).name, each["range"]["start"]["line"] + 1, each["message"])
        for each in report["generalDiagnostics"]
        if each["severity"] == "error"
    ]


@functools.cache
def pyright_of_all():
    """Return what pyright finds in all files here: most of its time is the package's."""
    return pyright(RIGHT, WRONG, OTHER)


def pyright_of_calls(*files):
    """Return what pyright finds in files, which are some of them."""
    names = {path.name for path in files}
    return [entry for entry in pyright_of_all() if entry[0] in names]


@pytest.mark.slow
@pytest.mark.parametrize("checker", [mypy, pyright_of_calls], ids=["mypy", "pyright"])
def test_right_calls_pass_and_wrong_ones_are_found(checker):
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    wrong = {n for n, line in enumerate(lines, 1) if "# wrong: " in line}
    calls = re.findall(r"^    +(?:.*[ =({])?(?:sd|psf|metrics|priors)\.", RIGHT.read_text("utf-8"),
                       re.MULTILINE)  # fmt: skip
    assert len(wrong) >= 30 and len(calls) >= 30
    found = checker(RIGHT, WRONG)
    assert [entry for entry in found if entry[0] != WRONG.name] == []
    seen = {line for _, line, _ in found}
    assert [lines[n - 1] for n in sorted(wrong - seen)] == [], "not found"
    assert [lines[n - 1] for n in sorted(seen - wrong)] == [], "found, and right"


@pytest.mark.slow
def test_arrays_of_other_libraries_pass():
    pytest.importorskip("torch")
    pytest.importorskip("array_api_strict")
    assert pyright_of_calls(OTHER) == []


@pytest.mark.slow
def test_the_source_behind_the_stub_is_typed():
    """The checker reads the stub in its place, so it is given by name."""
    assert mypy(ROOT / "sigdeconv" / "_deconvolve.py") == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sigdeconv.sanity.SanityWarning")
def test_right_calls_run():
    right_calls.methods()
    right_calls.by_name("tikhonov", {"order": 2, "num_iter": 3})
    right_calls.results()
    right_calls.operators([0.25, 0.5, 0.25])
    right_calls.kernels("reflect")
    right_calls.layers()
    right_calls.comparisons()


@pytest.mark.slow
def test_stubs_are_what_the_registry_says():
    found = run(".ci/stubs", "--check")
    assert found.returncode == 0, f"{found.stdout}{found.stderr}run .ci/stubs"


@pytest.mark.slow
def test_the_wheel_holds_the_stubs(tmp_path):
    if importlib.util.find_spec("setuptools") is None or (
        int(importlib.metadata.version("setuptools").split(".")[0]) < 77
    ):
        pytest.skip("setuptools 77 or later is not installed")
    build = "from setuptools.build_meta import build_wheel; import sys; build_wheel(sys.argv[1])"
    # Built in a copy: setuptools leaves its folders beside the source.
    source = tmp_path / "source"
    for name in run_files():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", build, str(tmp_path)],
        cwd=source, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"sigdeconv/__init__.pyi", "sigdeconv/_deconvolve.pyi", "sigdeconv/py.typed"} <= names


def run_files():
    """Return the files that a wheel is made of."""
    package = (
        p for p in (ROOT / "sigdeconv").rglob("*") if p.is_file() and "__pycache__" not in p.parts
    )
    return [p.relative_to(ROOT) for p in package] + ["pyproject.toml", "README.md", "LICENSE"]
