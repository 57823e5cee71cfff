"""Imports run one way, heavy packages stay in their rooms, public names are what they say."""

import ast
import pathlib
import subprocess
import sys
import types

import pytest

import sigdeconv as sd

ROOT = pathlib.Path(sd.__file__).parent

# From the ground up; a module imports from its own level and from those below.
LEVELS = [
    {"_array", "_checks", "_display", "_fft", "_registry"},
    {"geometry"},
    {"operators"},
    {"psf", "noise", "priors"},
    {"problem", "result", "stopping", "method"},
    {"inverse", "transposed"},
    {"tune", "sanity", "deconvolve", "division", "tiled"},
    {"metrics", "comparison", "claims"},
    {"views"},
    {"datasets", "io", "plots", "report"},
    {"cli", "__main__"},
]
LEVEL = {room: n for n, rooms in enumerate(LEVELS) for room in rooms}

# package -> the only rooms or files that import it, at the top or in a function
ONLY_IN = {
    "matplotlib": ("plots/",),
    "skimage": ("priors/denoiser.py", "metrics/", "datasets/", "io/"),
    "PIL": ("datasets/", "io/"),
    "tifffile": ("io/",),
    "pywt": ("operators/wavelet.py", "priors/denoiser.py"),
    "dask": ("tiled.py",),
    "scipy.fft": ("_fft.py",),
    "numpy.fft": ("_fft.py",),
}

FILES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))


def imports(relative):
    """Yield (module, inside a function, for type checkers only) of every import of a file."""
    tree = ast.parse((ROOT / relative).read_text(encoding="utf-8"))
    package = ["sigdeconv", *relative.parent.parts]

    def walk(node, deferred, typing):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, deferred, typing
            elif isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else []
                module = ".".join([*base, *([child.module] if child.module else [])])
                for alias in child.names:
                    yield f"{module}.{alias.name}", deferred, typing
            else:
                function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
                checking = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
                yield from walk(child, deferred or function, typing or checking)

    yield from walk(tree, False, False)


def room(relative):
    return relative.parts[0].removesuffix(".py")


@pytest.mark.parametrize("relative", FILES, ids=str)
def test_imports_run_one_way(relative):
    own = room(relative)
    if own == "__init__":
        return
    assert own in LEVEL, f"{own} has no level: add it to LEVELS here"
    for module, _, typing in imports(relative):
        parts = module.split(".")
        if parts[0] != "sigdeconv" or len(parts) < 2 or typing:
            continue
        other = parts[1]
        if other == own:
            continue
        assert other in LEVEL, f"{relative} imports {module}, which is no room of the house"
        assert LEVEL[other] <= LEVEL[own], f"{relative} imports {module} from a level above"
        assert {own, other} != {"inverse", "transposed"}, "the wings meet in compare"


@pytest.mark.parametrize("relative", FILES, ids=str)
def test_heavy_packages_stay_in_their_rooms(relative):
    for module, _, typing in imports(relative):
        for package, rooms in ONLY_IN.items():
            if not typing and (module == package or module.startswith(package + ".")):
                where = relative.as_posix()
                assert any(where == r or where.startswith(r) for r in rooms if r), (
                    f"{where} imports {module}; only {', '.join(rooms)} may"
                )


@pytest.mark.parametrize("relative", FILES, ids=str)
def test_scikit_image_is_imported_in_functions(relative):
    for module, deferred, typing in imports(relative):
        if module.split(".")[0] in ("skimage", "PIL", "tifffile"):
            assert deferred or typing


@pytest.mark.parametrize("relative", FILES, ids=str)
def test_only_the_display_imports_by_name_what_draws(relative):
    text = (ROOT / relative).read_text(encoding="utf-8")
    if relative.as_posix() in ("_display.py", "__init__.py"):
        return
    assert '"sigdeconv.plots' not in text and '"sigdeconv.report' not in text


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


def test_methods_do_not_load_figures():
    code = "import sys, sigdeconv as sd; sd.wiener, sd.deconvolve, sd.psf; print(*sys.modules)"
    loaded = python(code).split()
    assert not [name for name in loaded if name.startswith(("matplotlib", "scipy.signal"))]
    assert not [name for name in loaded if name.startswith("skimage")]


@pytest.mark.parametrize("name", sd.__all__)
def test_public_names_resolve(name):
    value = getattr(sd, name)
    assert name in dir(sd)
    if name in sd._NAMES:
        assert not isinstance(value, types.ModuleType)
    elif name in sd._MODULES:
        assert isinstance(value, types.ModuleType)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'wienner'"):
        _ = sd.wienner
    assert not hasattr(sd, "_nothing")


@pytest.mark.parametrize("name", ["deconvolve", "inverse"])
def test_functions_win_over_modules_of_their_name(name):
    code = (
        f"import sigdeconv.{name}, sigdeconv as sd, sys, types\n"
        f"assert callable(sd.{name}) and not isinstance(sd.{name}, types.ModuleType)\n"
        f"assert isinstance(sys.modules['sigdeconv.{name}'], types.ModuleType)\n"
        f"import sigdeconv.inverse.wiener\n"
        f"from sigdeconv.inverse import wiener\n"
        f"assert isinstance(wiener, types.ModuleType) or callable(wiener)\n"
        f"assert callable(sd.{name}) and not isinstance(sd.{name}, types.ModuleType)\n"
    )
    python(code)


def test_type_checkers_see_the_same_names():
    seen = {}
    for node in ast.walk(ast.parse(pathlib.Path(sd.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            seen |= {alias.name: node.module for alias in node.names if alias.asname}
    table = {name: f"sigdeconv.{module}" for name, module in sd._NAMES.items()}
    assert seen == table | dict.fromkeys(sd._MODULES, "sigdeconv")
