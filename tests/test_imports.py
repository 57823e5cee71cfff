"""Imports run one way, file by file; private names stay in their package; heavy packages too.

The checks are in `_source`. They count imports at the top, inside functions, for type checkers and
by name, and are themselves tested: a fault planted in any file of the package is found.
"""

import ast
import pathlib
import subprocess
import sys
import types

import pytest

import sigdeconv as sd
from tests import _source
from tests._source import LEVELS, Package, circles, package, private_names, upward

ROOT = pathlib.Path(sd.__file__).parent
PACKAGE = Package.read(ROOT)

# package -> the only folders or files that import it, at the top or in a function
ONLY_IN = {
    "matplotlib": ("plots/",),
    "skimage": ("priors/denoiser.py", "metrics/", "datasets/", "io/"),
    "PIL": ("datasets/", "io/"),
    "tifffile": ("io/",),
    "pywt": ("operators/wavelet.py", "priors/denoiser.py"),
    "dask": ("tiles/",),
    "distributed": ("tiles/",),
    "zarr": ("io/", "tiles/"),
    "astropy": ("io/",),
    "h5py": ("io/",),
    "mrcfile": ("io/",),
    "bioio": ("io/",),
    "torch": (),
    "pyfftw": ("_fft.py",),
    "scipy.fft": ("_fft.py",),
    "numpy.fft": ("_fft.py",),
    "lazy_loader": ("__init__.py",),
}


@pytest.mark.slow
def test_imports_run_one_way():
    assert not upward(PACKAGE)


def test_no_circle_among_files():
    assert not circles(PACKAGE)


def test_no_private_name_crosses_packages():
    assert not private_names(PACKAGE)


def test_the_order_is_the_whole_package():
    named = [name for level in LEVELS for name in level]
    assert len(set(named)) == len(named)
    assert set(named) == {package(path) for path in PACKAGE.files}


# ------------------------------------------------------------------------- planted faults


def above(path):
    """Return the module of a package that the file must not import: of its level, or the next."""
    own = package(path)
    level = _source.LEVEL[own]
    others = [name for name in LEVELS[level] if name not in (own, "__init__")]
    names = others or (LEVELS[level + 1] if level + 1 < len(LEVELS) else ())
    return f"sigdeconv.{names[0]}" if names else None


def relative(module, path):
    """Return a module of the package with the dots that lead to it from a file."""
    return "." * len(path.split("/")) + module.removeprefix("sigdeconv.")


UPWARD = {
    "at the top": lambda m, path: f"import {m}",
    "from the package": lambda m, path: f"from sigdeconv import {m.rpartition('.')[2]}",
    "with dots": lambda m, path: f"from {relative(m, path)} import something",
    "in a function": lambda m, path: f"def f():\n    from {m} import something",
    "in a method": lambda m, path: f"class C:\n    def f(self):\n        import {m} as other",
    "for type checkers": lambda m, path: f"if TYPE_CHECKING:\n    from {m} import Something",
    "by a string": lambda m, path: f'module = importlib.import_module("{m}")',
    "by a string with dots": lambda m, path: (
        f'module = import_module("{relative(m, path)}", __package__)'
    ),
    "by a string elsewhere": lambda m, path: f'def f():\n    return sys.modules["{m}.some"]',
    "by parts of a string": lambda m, path: (
        f'import_module("sigdeconv." + "{m.rpartition(".")[2]}")'
    ),
    "by an attribute": lambda m, path: (
        f"def f():\n    import sigdeconv as sd\n    return sd.{m.rpartition('.')[2]}.g()"
    ),
    "by the package handed on": lambda m, path: (
        "import sigdeconv\nf = getattr(sigdeconv, 'na' + 'me')"
    ),
    "by executed text": lambda m, path: f"exec('import ' + '{m}')",
}


@pytest.mark.parametrize("how", UPWARD)
def test_a_planted_upward_import_is_found(how):
    missed = []
    for path in PACKAGE.files:
        module = above(path)
        # A loader that takes any name cannot be asked which: names count where they are written.
        free = path in _source.DYNAMIC and how == "by parts of a string"
        if module is None or free or path == "__init__.py":
            continue
        if not upward(PACKAGE.planted(path, UPWARD[how](module, path)), [path]):
            missed.append(path)
    assert not missed
    assert above("noise/models.py") == "sigdeconv.priors"
    assert above("solvers/em/run.py") == "sigdeconv.guard"


@pytest.mark.parametrize("name", ["wiener", "richardson_lucy", "adjoint"])
@pytest.mark.parametrize("code", ['rule = registry.get("{}").rule', 'rule = registry["{}"]'])
def test_a_planted_look_up_of_a_method_is_found(code, name):
    below = [p for p in PACKAGE.files if _source.LEVEL[package(p)] <= _source.LEVEL["method"]]
    assert len(below) > 80
    for path in below:
        assert upward(PACKAGE.planted(path, code.format(name)), [path]), path


@pytest.mark.slow
@pytest.mark.parametrize("how", ["at the top", "in a function", "by a string", "for type checkers"])
def test_a_planted_circle_is_found(how):
    """Every arrow between two files of one package is turned round; some of them, other ways."""
    arrows = {
        (path, one.file)
        for path in PACKAGE.files
        for one in PACKAGE.imports(path)
        if one.file and one.file != path and package(one.file) == package(path)
    }
    assert len({package(path) for path, _ in arrows}) > 15
    some = {package(path): (path, target) for path, target in sorted(arrows)}
    for path, target in sorted(arrows) if how == "at the top" else some.values():
        code = UPWARD[how](_source.dotted(path), target)
        found = circles(PACKAGE.planted(target, code))
        assert any(path in text and target in text for text in found), (path, target)


PRIVATE = {
    "a function": "from sigdeconv.{0}.some import _helper",
    "a module": "from sigdeconv.{0}._some import helper",
    "a module by name": "import sigdeconv.{0}._some",
    "in a function": "def f():\n    from sigdeconv.{0} import _helper",
    "an attribute": "def f(A):\n    return A._hidden_part",
    "an attribute that is set": "def f(A):\n    A._hidden_part = 1",
    "an attribute of self": "class C(Base):\n    def f(self):\n        return self._hidden_part",
    "by a string": "def f(A):\n    return getattr(A, '_hidden_part', None)",
}


@pytest.mark.parametrize("what", PRIVATE)
def test_a_planted_private_name_is_found(what):
    missed = []
    for path in PACKAGE.files:
        other = "psf" if package(path) == "operators" else "operators"
        if not private_names(PACKAGE.planted(path, PRIVATE[what].format(other)), [path]):
            missed.append(path)
    assert not missed


def test_private_names_within_a_package_are_its_own():
    assert not private_names(PACKAGE.planted("operators/base.py", "def f(A):\n    A._transfer"))


# ------------------------------------------------------------------------- heavy packages


def heavy(source, path):
    """Return the imports of packages that a file may not have."""
    return [
        f"{path}:{one.line} imports {one.name}; only {', '.join(where) or 'nobody'} may"
        for one in source.imports(path)
        for name, where in ONLY_IN.items()
        if one.how != "typing" and one.name != "sigdeconv.torch"
        if one.name == name or one.name.startswith(name + ".")
        if not any(path == w or (w.endswith("/") and path.startswith(w)) for w in where)
    ]


def test_heavy_packages_stay_where_they_are_allowed():
    assert not [fault for path in PACKAGE.files for fault in heavy(PACKAGE, path)]


def test_a_planted_heavy_import_is_found():
    code = "def f():\n    from matplotlib import pyplot"
    for path in PACKAGE.files:
        assert bool(heavy(PACKAGE.planted(path, code), path)) == (package(path) != "plots")


@pytest.mark.parametrize("name", ["skimage", "PIL", "tifffile"])
def test_heavy_packages_are_imported_in_functions(name):
    for path in PACKAGE.files:
        for one in PACKAGE.imports(path):
            if one.name.split(".")[0] == name:
                assert one.how in ("deferred", "typing"), f"{path}:{one.line}"


def python(code):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT.parent
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_import_is_light():
    loaded = python("import sys, sigdeconv; print(*sys.modules)").split()
    heavy = ("numpy", "matplotlib", "scipy", "skimage", "PIL", "torch", "array_api_compat")
    assert not [name for name in loaded if name.startswith(heavy)]


@pytest.mark.slow
def test_methods_do_not_load_figures():
    code = "import sys, sigdeconv as sd; sd.wiener, sd.deconvolve, sd.psf; print(*sys.modules)"
    loaded = python(code).split()
    assert not [name for name in loaded if name.startswith(("matplotlib", "scipy.signal"))]
    assert not [name for name in loaded if name.startswith("skimage")]


# --------------------------------------------------------------------------- public names

STUB = _source.lazy_names((ROOT / "__init__.pyi").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sd.__all__)
def test_public_names_resolve(name):
    value = getattr(sd, name)
    if name != "__version__":
        assert name in dir(sd)
        # A package is a noun: no function hides one.
        assert isinstance(value, types.ModuleType) == (f"sigdeconv.{name}" in PACKAGE.modules)


def test_the_stub_names_them_all():
    assert {*STUB, "sigdeconv.__version__"} == {f"sigdeconv.{name}" for name in sd.__all__}
    listed = ast.literal_eval(
        next(
            node.value
            for node in ast.walk(_source.parse(PACKAGE.stub))
            if isinstance(node, ast.Assign)
        )
    )
    assert sorted(listed) == sorted(sd.__all__)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="wienner"):
        _ = sd.wienner
    assert not hasattr(sd, "_nothing")


def test_packages_are_packages_for_everyone():
    names = sorted({package(path) for path in PACKAGE.files if "/" in path})
    python(
        f"import importlib, sigdeconv as sd, types\n"
        f"for name in {names}:\n"
        f"    imported = importlib.import_module('sigdeconv.' + name)\n"
        f"    assert isinstance(imported, types.ModuleType)\n"
        f"    assert getattr(sd, name, imported) is imported\n"
    )


@pytest.mark.slow
def test_the_package_of_methods_is_one():
    python(
        "import sigdeconv.inverse as inv\n"
        "import sigdeconv.inverse.wiener as w, sigdeconv as sd\n"
        "assert w.wiener is sd.wiener and inv.wiener is w\n"
    )
