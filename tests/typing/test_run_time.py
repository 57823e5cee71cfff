"""What runs has the signature of its source: help, hints, documentation and completion agree."""

import ast
import dataclasses
import enum
import functools
import inspect
import pathlib
import re
import subprocess
import sys
import types
import typing

import pytest

import sigdeconv as sd
from sigdeconv.catalogue import registry


def public():
    """Return the public functions, classes and their methods, by name."""
    modules = [sd, *(getattr(sd, n) for n in sd.__all__ if inspect.ismodule(getattr(sd, n)))]
    found = {}
    for module in modules:
        for name in getattr(module, "__all__", []):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isroutine(value):
                found.setdefault(value, f"{module.__name__}.{name}")
    for cls, name in list(found.items()):
        for key, value in vars(cls).items() if inspect.isclass(cls) else ():
            plain = isinstance(value, (types.FunctionType, classmethod, staticmethod))
            if plain and not key.startswith("_") and getattr(cls, key).__name__ == key:
                found.setdefault(getattr(cls, key), f"{name}.{key}")
            if isinstance(value, property) and not key.startswith("_"):
                found.setdefault(value.fget, f"{name}.{key}")
    return {name: value for value, name in found.items()}


PUBLIC = public()
FUNCTIONS = [name for name, value in PUBLIC.items() if not inspect.isclass(value)]
RECORDS = [
    name
    for name, value in PUBLIC.items()
    if inspect.isclass(value)
    and not inspect.isabstract(value)
    and not issubclass(value, (enum.Enum, tuple, Exception))
]


def source_of(function):
    """Return the definition of a function in its file."""
    code = inspect.unwrap(function).__code__
    return definitions(code.co_filename)[code.co_name, code.co_firstlineno]


@functools.cache
def definitions(path):
    """Return the definitions of a file by name and first line."""
    tree = ast.parse(pathlib.Path(path).read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {
        (node.name, min([node.lineno, *(d.lineno for d in node.decorator_list)])): node
        for node in found
    }


def parameters(value):
    found = inspect.signature(value).parameters.values()
    return [p for p in found if p.name not in ("self", "cls")]


def documented(text, title):
    """Return the names of a numpydoc section, in order."""
    section = re.search(rf"^{title}\n-+\n(.*?)(?=^\S[^\n]*\n-+\n|\Z)", text, re.M | re.S)
    lines = section[1].splitlines() if section else []
    heads = [line.split(" : ")[0] for line in lines if line and not line.startswith(" ")]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def test_there_are_many():
    assert len(FUNCTIONS) > 150 and len(RECORDS) > 40


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_signature_is_that_of_the_source(name):
    function = PUBLIC[name]
    node = source_of(function)
    given = node.args
    expected = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    expected = [a for a in expected if a is not None and a.arg not in ("self", "cls")]
    found = parameters(function)
    assert [p.name for p in found] == [a.arg for a in expected]
    for p, a in zip(found, expected, strict=True):
        assert a.annotation is not None and p.annotation == ast.unparse(a.annotation), p.name
    assert node.returns is not None
    assert inspect.signature(function).return_annotation == ast.unparse(node.returns)
    assert not hasattr(function, "__signature__")
    defaults = [d for d in [*given.defaults, *given.kw_defaults] if d is not None]
    assert len([p for p in found if p.default is not p.empty]) == len(defaults)
    constants = [d.value for d in defaults if isinstance(d, ast.Constant)]
    assert all(any(p.default is c or p.default == c for p in found) for c in constants)


@pytest.mark.parametrize("name", [*FUNCTIONS, *RECORDS])
def test_hints_resolve(name):
    value = PUBLIC[name]
    own_init = inspect.isclass(value) and inspect.getsource(value).find("def __init__(") >= 0
    hints = typing.get_type_hints(value.__init__ if own_init else value)
    if not inspect.isclass(value) or own_init:
        assert set(hints) >= {p.name for p in parameters(value)} | {"return"}


@pytest.mark.parametrize("name", [*FUNCTIONS, *RECORDS])
def test_parameters_are_documented_in_order(name):
    value = PUBLIC[name]
    text = inspect.getdoc(value) or ""
    names = [p.name for p in parameters(value)]
    found = documented(text, "Parameters")
    if inspect.isclass(value) and dataclasses.is_dataclass(value) and not found:
        found = documented(text, "Attributes")[: len(names)]
    if found or not is_method(name):  # a method of a class may say all in its summary
        assert found == names


def is_method(name):
    """Tell whether a name is that of a method of a class."""
    return name.rpartition(".")[0] in PUBLIC


@pytest.mark.parametrize("name", registry)
def test_an_editor_completes_the_parameters(name):
    jedi = pytest.importorskip("jedi")
    script = jedi.Script(f"import sigdeconv as sd\nsd.{name}(")
    (signature,) = script.get_signatures()
    own = list(inspect.signature(getattr(sd, name)).parameters)
    assert [p.name for p in signature.params if p.name != "*"] == own


@pytest.mark.slow
def test_an_editor_completes_results():
    jedi = pytest.importorskip("jedi")
    code = "import sigdeconv as sd\nsd.deconvolve([1.0], [1.0], method='wiener')."
    names = {entry.name for entry in jedi.Script(code).complete()}
    assert {"x", "std", "stop", "parameters", "history"} <= names


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "import sigdeconv.inverse as inv; assert inv.__path__",
        "import sigdeconv.comparison as c, sigdeconv.tuning as t; assert c.__path__ and t.__path__",
        "import types, sigdeconv.inverse.wiener as w; assert isinstance(w, types.ModuleType)",
        "import sigdeconv.inverse.wiener as w, sigdeconv as sd; assert sd.wiener is w.wiener",
        "import sigdeconv as sd, sigdeconv.inverse.tv; assert callable(sd.tv)",
    ],
)
def test_packages_are_packages(code):
    root = pathlib.Path(sd.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
