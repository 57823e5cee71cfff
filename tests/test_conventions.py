"""What fits in a head: sizes of files and functions, one meaning a name, the field's words.

The checks read the text of the package, as those of `test_imports` do, and are tested like them: a
fault planted in a file is found.
"""

import ast
import collections
import functools
import io
import pathlib
import re
import tokenize

import pytest

import sigdeconv as sd
from tests._source import Package, dotted, parse

PACKAGE = Package.read(pathlib.Path(sd.__file__).parent)

LINES, FUNCTION_LINES = 400, 60  # of a file; of a function without its docstring

# The record that every file of a method has, and that stands for the method in it.
SHARED_NAMES = {"METHOD"}

# Words that a metaphor brought, and what the field says.
WORDS = {
    r"torus": "periodic grid",
    r"pric(e|es|ed|ing)": "penalty, weight",
    r"halls?": "periodic grid",
    r"houses?": "package",
    r"doors?": "entry point",
    r"rooms": "packages",
    r"room of": "package of",
    r"ground floor": "operators",
    r"wing( one| two)?": "inverse, transposed; kind",
    r"tied": "constrained",
    r"endless": "never_stops",
    r"dear(er|est)?": "of large weight",
    r"freedom": "degrees of freedom, dof",
}
BANNED = re.compile(r"(?<!degrees of )\b(" + "|".join(WORDS) + r")\b", re.IGNORECASE)


def body_lines(node):
    """Return the lines of a function without its docstring and decorators."""
    first = node.body[0]
    texts = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = first if texts and isinstance(first.value.value, str) else None
    lines = node.end_lineno - node.lineno + 1
    return lines - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)


@functools.cache
def functions(text):
    """Return (line, name, lines) of every function of a file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    found = [node for node in ast.walk(parse(text)) if isinstance(node, kinds)]
    return [(node.lineno, node.name, body_lines(node)) for node in found]


@functools.cache
def classes(text):
    """Return (line, name) of every class of a file."""
    found = [node for node in ast.walk(parse(text)) if isinstance(node, ast.ClassDef)]
    return [(node.lineno, node.name) for node in found]


@functools.cache
def assigned(text):
    """Return (name, value as text) of every assignment at the top of a file."""
    found = []
    for node in parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else ()
        targets = (node.target,) if isinstance(node, ast.AnnAssign) else targets
        for target in targets:
            value = "" if node.value is None else ast.unparse(node.value)
            ids = [name.id for name in ast.walk(target) if isinstance(name, ast.Name)]
            found += [(name, value) for name in ids]
    return found


def too_long(source):
    """Return the files and functions that are too long."""
    faults = []
    for path in source.files:
        count = sum(text.count("\n") for text in source.texts(path))
        if count > LINES:
            faults.append(f"{path} has {count} lines; split it: at most {LINES}")
        for text in source.texts(path):
            faults += [
                f"{path}:{line} {name} has {count} lines; split it: at most {FUNCTION_LINES}"
                for line, name, count in functions(text)
                if count > FUNCTION_LINES
            ]
    return faults


def twice(places):
    """Return the names that have more than one place."""
    return [f"{name}: {', '.join(at)}" for name, at in sorted(places.items()) if len(at) > 1]


def classes_twice(source):
    """Return the names that more than one class has."""
    places = collections.defaultdict(list)
    for path in source.files:
        for text in source.texts(path):
            for line, name in classes(text):
                places[name].append(f"{path}:{line}")
    return twice(places)


def top_level(source):
    """Yield (path, name, value as text) of every assignment at the top of a file."""
    for path in source.files:
        for text in source.texts(path):
            for name, value in assigned(text):
                yield path, name, value


def constants_twice(source):
    """Return the constants and types that have one name in more than one file.

    A constant is written in capitals, a type with a capital. A type variable without bounds means
    the same everywhere.
    """
    places = collections.defaultdict(set)
    for path, name, value in top_level(source):
        free = value == f"TypeVar('{name}')"
        if name.lstrip("_")[:1].isupper() and not free and name not in SHARED_NAMES:
            places[name.lstrip("_")].add(path)
    return twice({name: sorted(paths) for name, paths in places.items()})


def methods_declared_twice(source):
    """Return the files that use a shared name for something else than the record of a method."""
    return [
        f"{path} has {name} = {value[:40]}"
        for path, name, value in top_level(source)
        if name in SHARED_NAMES
        and not (path.startswith("inverse/") and value.startswith(("iterative(", "closed_form(")))
    ]


def private_methods(source):
    """Return the private modules of `inverse`, which holds methods and nothing else."""
    return [path for path in source.files if re.match(r"inverse/(_(?!_)|.*/)", path)]


def array_aliases(source):
    """Return the names for NumPy's arrays beside that of `_array`."""
    return [
        f"{path} has {name} = {value}; use NumpyArray of sigdeconv._array"
        for path, name, value in top_level(source)
        if re.fullmatch(r"(np|numpy)\.ndarray(\[Any, (Any|np\.dtype\[Any\])\])?", value)
        and (path, name) != ("_array.py", "NumpyArray")
    ]


def prose(text):
    """Yield (line, text) of every docstring and comment."""
    for node in ast.walk(parse(text)):
        alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if alone and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def names(text):
    """Yield (line, name) of every name that a file gives, its words apart."""
    for node in ast.walk(parse(text)):
        found = {
            ast.ClassDef: lambda n: n.name,
            ast.FunctionDef: lambda n: n.name,
            ast.arg: lambda n: n.arg,
            ast.Name: lambda n: n.id if isinstance(n.ctx, ast.Store) else "",
            ast.Attribute: lambda n: n.attr if isinstance(n.ctx, ast.Store) else "",
        }.get(type(node), lambda n: "")(node)
        if found:
            apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", found).replace("_", " ")
            yield getattr(node, "lineno", 0), apart


@functools.cache
def metaphors(text):
    """Return (line, word) of the metaphors in names, docstrings and comments of a file."""
    return [
        (line, found.group().lower())
        for line, words in (*prose(text), *names(text))
        for found in BANNED.finditer(" ".join(words.split()))
    ]


def replaced_words(source):
    """Return the metaphors that stand in names, docstrings and comments."""
    better = {w: next(b for p, b in WORDS.items() if re.fullmatch(p, w)) for w in used(source)}
    return [
        f"{path}:{line} says {word!r}; write {better[word]}"
        for path in source.files
        for text in source.texts(path)
        for line, word in metaphors(text)
    ]


def used(source):
    """Return the metaphors that are used at all."""
    texts = (text for path in source.files for text in source.texts(path))
    return {word for text in texts for _, word in metaphors(text)}


CHECKS = {
    "a file or function is too long": too_long,
    "a class name has two meanings": classes_twice,
    "a constant or type has two meanings": constants_twice,
    "METHOD is the record of a method in sigdeconv.inverse": methods_declared_twice,
    "sigdeconv.inverse has private modules": private_methods,
    "an array type has another name": array_aliases,
    "a metaphor stands for a word of the field": replaced_words,
}


@pytest.mark.slow
@pytest.mark.parametrize("what", CHECKS)
def test_the_package_keeps_its_conventions(what):
    assert not CHECKS[what](PACKAGE), what


LONG = "def f():\n" + "    x = 1\n" * 61
PLANTED = {
    "lines": (too_long, "x = 1\n" * LINES),
    "function": (too_long, LONG),
    "method": (too_long, "class C:\n" + "\n".join("    " + line for line in LONG.splitlines())),
    "class": (classes_twice, "class Convolution:\n    pass"),
    "inner class": (classes_twice, "def f():\n    class Convolution:\n        pass"),
    "constant": (constants_twice, "VISIBLE = 3"),
    "annotated": (constants_twice, "VISIBLE: Final = 3"),
    "in a pair": (constants_twice, "MOST_RATIO, VISIBLE = 3, 4"),
    "private": (constants_twice, "_VISIBLE = 3"),
    "type": (constants_twice, "NumpyArray = float"),
    "type variable": (constants_twice, 'LossClass = TypeVar("LossClass", bound=int)'),
    "method record": (methods_declared_twice, "METHOD = 3"),
    "alias": (array_aliases, "Numbers = np.ndarray[Any, Any]"),
    "docstring": (replaced_words, 'def f():\n    """Return the price of it."""'),
    "comment": (replaced_words, "x = 1  # on the torus"),
    "name": (replaced_words, "def price_of(x):\n    pass"),
    "class name": (replaced_words, "class TorusGrid:\n    pass"),
    "argument": (replaced_words, "def f(house):\n    pass"),
    "freedom": (replaced_words, "x = 1  # the freedom of it"),
}


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("path", ["_checks.py", "psf/box.py", "inverse/tv.py", "cli/_parser.py"])
def test_a_planted_fault_is_found(what, path):
    check, code = PLANTED[what]
    faults = check(PACKAGE.planted(path, code))
    assert len(faults) > len(found_in_all(check)) and any(path in fault for fault in faults)


@functools.cache
def found_in_all(check):
    """Return the faults of the package as it is, looked for once."""
    return check(PACKAGE)


def test_a_planted_private_module_of_methods_is_found():
    for path in ("inverse/_engine.py", "inverse/parts/engine.py"):
        assert private_methods(Package({**PACKAGE.files, path: "x = 1"}))


def test_words_of_the_field_are_free():
    code = 'def f(x):\n    """Return the degrees of freedom; the wings of a line; room for more."""'
    assert not metaphors(code)


def test_the_record_of_a_method_is_one_a_file():
    declared = {path for path, name, _ in top_level(PACKAGE) if name == "METHOD"}
    assert {dotted(path) for path in declared} == {
        module for module in PACKAGE.modules if module.startswith("sigdeconv.inverse.")
    }
