"""The package as text: what each file imports, defines and reads, without running it.

A package can be read from its folder, and again with one file changed, so that a test can plant a
fault anywhere and see whether the checks find it.
"""

import ast
import copy
import dataclasses
import functools
import pathlib
from collections.abc import Iterable, Iterator, Mapping

NAME = "sigdeconv"

# From the bottom up: a file imports from its own package and from the lines above its own. Packages
# in one line do not import each other.
LEVELS = (
    ("__init__", "_array", "_checks", "_machine", "_registry", "_display"),
    ("_fft",),
    ("geometry",),
    ("operators",),
    ("noise", "priors", "losses"),
    ("psf",),
    ("stopping",),
    ("problem", "result"),
    ("sanity",),
    ("solvers",),
    ("guard",),
    ("alike",),
    ("method",),
    ("inverse", "transposed"),
    ("catalogue",),
    ("tuning",),
    ("prediction",),
    ("choice", "division"),
    ("io",),
    ("tiles",),
    ("_deconvolve",),
    ("frames",),
    ("metrics",),
    ("comparison", "claims"),
    ("views",),
    ("datasets", "plots", "report"),
    ("cli",),
    ("__main__",),
)
LEVEL = {package: n for n, packages in enumerate(LEVELS) for package in packages}

# The modules beside the packages that every package may use, though their names are private.
SHARED = {"_array", "_checks", "_fft", "_machine", "_registry", "_display", "_deconvolve"}

# The one import against the order: an object that is shown imports what draws it, by name.
BY_NAME = {"_display.py": {"plots", "report"}}
# Files that import what their callers name; the names count where they are written.
DYNAMIC = {"_display.py", "_registry.py"}
LOADERS = {"import_module", "__import__", "find_spec", "resolve_name", "run_module", "load_module"}


@dataclasses.dataclass(frozen=True)
class Import:
    """One import: the dotted name that is asked for, the line, how, and the file that answers.

    The file is None for what is not of this package.
    """

    name: str
    line: int
    how: str  # "top", "deferred", "typing", "by name"
    file: str | None = None


class Package:
    """The files of a package, with what they import.

    Attributes
    ----------
    files : dict of str to str
        The text of each file, by its path below the root, with slashes.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {path: text for path, text in files.items() if path.endswith(".py")}
        self.stub = files.get("__init__.pyi", "")
        self.modules = {dotted(path): path for path in self.files}
        self.methods = names_of_methods(self.modules)
        self.public = lazy_names(self.stub)
        self.added: dict[str, str] = {}
        self._cache: dict[tuple[str, str], list[Import]] = {}

    @classmethod
    def read(cls, root: pathlib.Path) -> "Package":
        """Return the package in a folder."""
        paths = sorted([*root.rglob("*.py"), root / "__init__.pyi"])
        return cls({p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in paths})

    def planted(self, path: str, code: str) -> "Package":
        """Return the package with code added at the end of a file."""
        other = copy.copy(self)
        other.added = {**self.added, path: code}
        return other

    def texts(self, path: str) -> list[str]:
        """Return the text of a file, and what was added at its end."""
        return [self.files[path], *([self.added[path]] if path in self.added else [])]

    def imports(self, path: str) -> list[Import]:
        """Return every import of a file: at the top, in functions, for type checkers, by name."""
        return [one for text in self.texts(path) for one in self._found(path, text)]

    def _found(self, path: str, text: str) -> list[Import]:
        key = (path, text)
        if key not in self._cache:
            self._cache[key] = [self._answered(one) for one in written(text, path, self.methods)]
        return self._cache[key]

    def _answered(self, one: Import) -> Import:
        """Return an import with the file that answers it."""
        if one.name.split(".")[0] != NAME:
            return one
        # A public name of the package stands for the file that it comes from.
        head = ".".join(one.name.split(".")[:2])
        known = head in self.modules or head not in self.public
        name = one.name if known else self.public[head] + one.name[len(head) :]
        target = name
        while target not in self.modules:
            target = target.rpartition(".")[0]
        return dataclasses.replace(one, name=name, file=self.modules[target])


@functools.cache
def parse(text: str) -> ast.Module:
    return ast.parse(text)


def dotted(path: str) -> str:
    parts = [NAME, *path.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package(path: str) -> str:
    """Return the package that a file belongs to: the first part of its path."""
    return path.split("/")[0].removesuffix(".py")


# ------------------------------------------------------------------------------- the imports


def names_of_methods(known: Mapping[str, str]) -> dict[str, str]:
    """Return the module that defines each method, by the name that the registry knows it by."""
    inside = f"{NAME}.inverse."
    methods = {module.removeprefix(inside): module for module in known if inside in module}
    return methods | dict.fromkeys(("adjoint", "scaled_adjoint"), f"{NAME}.transposed.baseline")


@functools.cache
def lazy_names(stub: str) -> dict[str, str]:
    """Return where the public names of the package come from, by their dotted names."""
    names = {}
    for node in parse(stub).body:
        if isinstance(node, ast.ImportFrom):
            base = ".".join([NAME, *([node.module] if node.module else [])])
            names |= {f"{NAME}.{alias.name}": f"{base}.{alias.name}" for alias in node.names}
    return names


def written(text: str, path: str, methods: Mapping[str, str]) -> list[Import]:
    """Return the imports of a file as they are written."""
    reader = Reader(path, methods)
    reader.visit(parse(text))
    return reader.found


class Reader(ast.NodeVisitor):
    """Collect the imports of one file."""

    def __init__(self, path: str, methods: Mapping[str, str]) -> None:
        self.path, self.methods = path, methods
        self.package = [NAME, *path.split("/")[:-1]]
        self.found: list[Import] = []
        self.roots = set[str]()  # names that stand for the package itself
        self.deferred = self.typing = False

    def add(self, name: str, node: ast.AST, how: str | None = None) -> None:
        usual = "typing" if self.typing else "deferred" if self.deferred else "top"
        self.found.append(Import(name, getattr(node, "lineno", 0), how or usual))

    def absolute(self, module: str | None, level: int) -> str:
        base = self.package[: len(self.package) - level + 1] if level else []
        return ".".join([*base, *([module] if module else [])])

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.add(alias.name, node)
            if alias.name.split(".")[0] == NAME and (alias.asname is None or alias.name == NAME):
                self.roots.add(alias.asname or NAME)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        base = self.absolute(node.module, node.level)
        for alias in node.names:
            self.add(base if alias.name == "*" else f"{base}.{alias.name}", node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        before, self.deferred = self.deferred, True
        self.generic_visit(node)
        self.deferred = before

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef  # type: ignore[assignment]

    def visit_If(self, node: ast.If) -> None:
        before = self.typing
        self.visit(node.test)
        self.typing = before or "TYPE_CHECKING" in ast.dump(node.test)
        for child in node.body:
            self.visit(child)
        self.typing = before
        for child in node.orelse:
            self.visit(child)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            self.generic_visit(node)  # a text by itself is a docstring

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            chain.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in self.roots:
            self.add(".".join([NAME, *chain]), node, "deferred" if self.deferred else "top")
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.roots:  # the package itself, handed on: it could be asked for anything
            self.add(f"{NAME}.__main__", node, "by name")

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.startswith(f"{NAME}."):
            self.add(node.value.rstrip("."), node, "by name")

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, ast.Constant) else None
        if called in ("exec", "eval"):
            self.add(f"{NAME}.__main__", node, "by name")  # it could be anything
        elif called in LOADERS and isinstance(text, str) and text.startswith("."):
            level = len(text) - len(text.lstrip("."))
            self.add(self.absolute(text.lstrip("."), level), node, "by name")
        elif called in LOADERS and (text == NAME or not isinstance(text, str)):
            if self.path not in DYNAMIC:
                self.add(f"{NAME}.__main__", node, "by name")
        elif called == "get" and text in self.methods:
            self.add(self.methods[text], node, "by name")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if key in self.methods and "registry" in ast.dump(node.value):
            self.add(self.methods[key], node, "by name")
        self.generic_visit(node)


# --------------------------------------------------------------------------------- the checks


def upward(source: Package, paths: Iterable[str] | None = None) -> list[str]:
    """Return the imports that do not run down the order of `LEVELS`."""
    faults = []
    for path in source.files if paths is None else paths:
        own = package(path)
        if own not in LEVEL:
            faults.append(f"{path} has no level: add {own} to LEVELS in tests/_source.py")
            continue
        for one in source.imports(path):
            if one.file in (None, "__init__.py") or package(one.file) == own:
                continue
            other = package(one.file)
            if one.how == "by name" and other in BY_NAME.get(path, ()):
                continue
            if LEVEL.get(other, len(LEVELS)) >= LEVEL[own]:
                faults.append(f"{path}:{one.line} imports {one.name} ({one.how}), not below it")
    return faults


def circles(source: Package) -> list[str]:
    """Return the circles among files, each as a text of its files."""
    arrows = {path: {one.file for one in source.imports(path)} for path in source.files}
    for path, targets in arrows.items():
        targets -= {None, path}
        targets -= {t for t in targets if package(t) in BY_NAME.get(path, ())}
    groups = strongly_connected(arrows)
    return [" <-> ".join(sorted(group)) for group in groups if len(group) > 1]


def strongly_connected(arrows: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield the sets of nodes that reach each other (Kosaraju)."""
    back: dict[str, set[str]] = {node: set() for node in arrows}
    for node, targets in arrows.items():
        for target in targets:
            back[target].add(node)
    order = [node for tree in trees(list(arrows), arrows) for node in tree]
    yield from trees(order[::-1], back)


def trees(roots: list[str], arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Return what a search in depth reaches from each root first, in the order of leaving."""
    found = []
    met = set[str]()
    for root in roots:
        tree: list[str] = []
        stack = [] if root in met else [(root, iter(arrows[root]))]
        met.add(root)
        while stack:
            _, rest = stack[-1]
            following = next((n for n in rest if n not in met), None)
            if following is None:
                tree.append(stack.pop()[0])
            else:
                met.add(following)
                stack.append((following, iter(arrows[following])))
        found.append(tree)
    return found


def private_names(source: Package, paths: Iterable[str] | None = None) -> list[str]:
    """Return the private names of one package that another one uses."""
    faults = []
    for path in source.files if paths is None else paths:
        own = package(path)
        for one in source.imports(path):
            parts = one.name.split(".")[1:]
            shared = parts[:1] if parts and parts[0] in SHARED else []
            crossed = any(is_private(part) for part in parts[len(shared) :])
            if one.file and package(one.file) != own and crossed:
                faults.append(f"{path}:{one.line} imports {one.name}")
        known = names_of(source, own)
        faults += [
            f"{path}:{line} uses .{name}, which nothing in {own} defines"
            for text in source.texts(path)
            for name, line in private_attributes(text)
            if name not in known
        ]
    return faults


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


# Private by their looks, public by their documentation: named tuples, and `sys._getframe`.
PUBLIC = {"_asdict", "_fields", "_make", "_replace", "_getframe"}


@functools.cache
def private_attributes(text: str) -> list[tuple[str, int]]:
    """Return the private attributes that a file reads or writes, with their lines."""
    found = []
    for node in ast.walk(parse(text)):
        name = node.attr if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
            key = node.args[1]
            if node.func.id in ("getattr", "setattr", "hasattr") and isinstance(key, ast.Constant):
                name = str(key.value)
        if is_private(name) and name not in PUBLIC:
            found.append((name, node.lineno))
    return found


def names_of(source: Package, own: str) -> set[str]:
    """Return what the files of a package define: functions, classes, variables, attributes."""
    paths = [path for path in source.files if package(path) == own]
    return set().union(*(definitions(text) for path in paths for text in source.texts(path)))


@functools.cache
def definitions(text: str) -> set[str]:
    """Return the names that a file defines, those of attributes of ``self`` among them."""
    names = set[str]()
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Call) and "__setattr__" in ast.dump(node.func):
            names |= {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
    return names
