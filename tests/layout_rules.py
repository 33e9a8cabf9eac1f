"""Layout rules of recsys and pages, checked on the syntax tree of each module.

Nothing is imported, so a check of the whole tree takes about a second. `tests/test_layout.py`
applies the rules and describes them.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = [
    "NAMES_ON_DISK",
    "NO_ALL",
    "SAME_FILE_NAME",
    "SAME_PUBLIC_NAME",
    "VAGUE_NAMES",
    "Module",
    "documentation",
    "duplicate_file_names",
    "duplicate_public_names",
    "exports",
    "read_modules",
    "vague_names",
]

NO_ALL = {
    "page.py": "a script that Streamlit runs; nobody imports it",
    "frame.py": "a script that Streamlit runs; nobody imports it",
    "__main__.py": "a script that Python runs; nobody imports it",
    "env.py": "a script that Alembic runs; nobody imports it",
    "0001_profiles.py": "a migration that Alembic reads by attribute",
}
SAME_FILE_NAME = {
    "__init__.py": "every package has an __init__.py",
    "page.py": "every page has a page.py",
}
SAME_PUBLIC_NAME = {
    "main": "the entry point of each program",
    "evaluate": "a command of the terminal and the library function of the same name",
    "train": "a command of the terminal and the library function of the same name",
}
VAGUE_NAMES = frozenset({
    "asked", "found", "kept", "mine", "named", "one", "there", "told", "way", "what", "whole",
})  # fmt: skip

# Names that are keys in files of users, by module.
NAMES_ON_DISK = {"recsys/training/events.py": {"told"}}  # in the journals of runs

_RETURN_SUMMARY = re.compile(r"(Returns?|Yields?|Whether)\b")
_PROPERTIES = {"property", "cached_property"}
_EXITS = {"Abort", "BadParameter", "Exit"}  # typer's ways to end a command
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file: its path relative to the repository, and its syntax tree."""

    path: PurePosixPath
    tree: ast.Module

    @classmethod
    def parse(cls, path: str, source: str) -> "Module":
        """Return the module of this path and source text."""
        return cls(PurePosixPath(path), ast.parse(source))

    @property
    def public_names(self) -> list[str] | None:
        """Strings of `__all__`, or None where the module has no `__all__`."""
        for node in self.tree.body:
            targets = (
                node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            )
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                return list(ast.literal_eval(node.value)) if node.value else []
        return None

    def definitions(self) -> Iterator[_Function | ast.ClassDef]:
        """Yield the functions and classes at the top level of the module."""
        for node in self.tree.body:
            if isinstance(node, _Function | ast.ClassDef):
                yield node

    def public_definitions(self) -> Iterator[_Function | ast.ClassDef]:
        """Yield those in `__all__`; without `__all__`, those without a leading underscore."""
        names = self.public_names
        for node in self.definitions():
            public = node.name in names if names is not None else not node.name.startswith("_")
            if public:
                yield node


def read_modules(root: Path, folders: Iterable[str]) -> list[Module]:
    """Return every Python file of these folders of the repository, sorted by path."""
    return [
        Module.parse(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for folder in folders
        for path in sorted((root / folder).rglob("*.py"))
    ]


def exports(module: Module) -> Iterator[str]:
    """Yield a violation for a missing `__all__` or a missing module docstring."""
    if ast.get_docstring(module.tree) is None:
        yield f"{module.path}: no module docstring"
    if module.public_names is None and module.path.name not in NO_ALL and not _is_empty(module):
        yield f"{module.path}: no __all__"


def documentation(module: Module) -> Iterator[str]:
    """Yield a violation for each undocumented return value or exception of a public function."""
    for node in module.public_definitions():
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, _Function) and not method.name.startswith("_"):
                    yield from _undocumented(module, method, f"{node.name}.{method.name}")
        else:
            yield from _undocumented(module, node, node.name)


def vague_names(module: Module) -> Iterator[str]:
    """Yield a violation for each variable, argument or function with a name from VAGUE_NAMES."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        elif isinstance(node, ast.arg):
            name = node.arg
        elif isinstance(
            node, _Function | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar
        ):
            name = node.name or ""
        else:
            continue
        if name.lstrip("_") in VAGUE_NAMES - NAMES_ON_DISK.get(str(module.path), set()):
            yield f"{module.path}:{node.lineno}: the name {name} says nothing"


def duplicate_public_names(modules: Iterable[Module]) -> Iterator[str]:
    """Yield a violation for each module after the first that defines the same public name.

    A script (see NO_ALL) has no public names.
    """
    paths_of: defaultdict[str, list[PurePosixPath]] = defaultdict(list)
    for module in modules:
        for node in module.public_definitions():
            if node.name not in SAME_PUBLIC_NAME and module.path.name not in NO_ALL:
                paths_of[node.name].append(module.path)
    for name, paths in sorted(paths_of.items()):
        for path in paths[1:]:
            yield f"{path}: {name} is also defined in {paths[0]}"


def duplicate_file_names(modules: Iterable[Module]) -> Iterator[str]:
    """Yield a violation for each file after the first that has the same name."""
    paths_of: defaultdict[str, list[PurePosixPath]] = defaultdict(list)
    for module in modules:
        if module.path.name not in SAME_FILE_NAME:
            paths_of[module.path.name].append(module.path)
    for name, paths in sorted(paths_of.items()):
        for path in paths[1:]:
            yield f"{path}: {name} is also the name of {paths[0]}"


def _is_empty(module: Module) -> bool:
    """Whether the module holds its docstring only."""
    return len(module.tree.body) == 1 and ast.get_docstring(module.tree) is not None


def _undocumented(module: Module, function: _Function, name: str) -> Iterator[str]:
    decorators = {_last_name(node) for node in function.decorator_list}
    if "overload" in decorators:
        return
    docstring = ast.get_docstring(function) or ""
    subject = f"{module.path}:{function.lineno}: {name}"
    if (
        _returns_a_value(function)
        and not decorators & _PROPERTIES
        and not _RETURN_SUMMARY.match(docstring)
        and not re.search(r"^(Returns|Yields):", docstring, re.MULTILINE)
    ):
        yield f"{subject} does not document what it returns"
    if module.path.is_relative_to("recsys/cli") and not _returns_a_value(function):
        return  # the docstring of a command is its help text
    section = re.search(r"^Raises:\n((?:[ \t]+.*\n?|\n)*)", docstring + "\n", re.MULTILINE)
    for error in sorted(set(_raised(function.body)) - _EXITS):
        if not section or not re.search(rf"\b{error}\b", section.group(1)):
            yield f"{subject} does not document that it raises {error}"


def _returns_a_value(function: _Function) -> bool:
    annotation = function.returns
    if annotation is None:
        return False
    if isinstance(annotation, ast.Constant) and annotation.value in {None, "None"}:
        return False
    return _last_name(annotation) not in {"NoReturn", "Never"}


def _raised(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the classes that these statements raise, without nested functions.

    A `raise` inside a `try` that has handlers is skipped, because a handler may catch it.
    """
    for statement in body:
        if isinstance(statement, ast.Raise) and statement.exc is not None:
            raised = statement.exc
            name = _last_name(raised.func if isinstance(raised, ast.Call) else raised)
            if name[:1].isupper():
                yield name
        elif isinstance(statement, ast.Try):
            if not statement.handlers:
                yield from _raised(statement.body)
            for handler in statement.handlers:
                yield from _raised(handler.body)
            yield from _raised([*statement.orelse, *statement.finalbody])
        elif isinstance(statement, ast.Match):
            for case in statement.cases:
                yield from _raised(case.body)
        elif not isinstance(statement, _Function | ast.ClassDef):
            yield from _raised(getattr(statement, "body", []))
            yield from _raised(getattr(statement, "orelse", []))


def _last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name: `RecsysError` of `errors.RecsysError`."""
    if isinstance(node, ast.Call):
        return _last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
