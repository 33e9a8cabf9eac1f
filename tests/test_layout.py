"""Layout of the packages: exports, documentation and names, read from the source text.

The rules:

- A module has a docstring and `__all__` (exceptions: `NO_ALL`, and a module without code).
- A public function or method that returns a value says what: a `Returns:` or `Yields:` section, or
  a summary line that begins with "Return", "Yield" or "Whether". A property is documented like an
  attribute, so it needs neither.
- A public function that raises an exception itself names it in a `Raises:` section. A bare `raise`,
  a `raise` inside a `try` with handlers, and typer's exits do not count. The docstring of a command
  (a function of recsys.cli that returns nothing) is its help text and needs no such section.
- Two modules define no function or class of the same public name (exceptions: `SAME_PUBLIC_NAME`).
  A re-export is no definition.
- Two modules have no common file name (exceptions: `SAME_FILE_NAME`).
- No variable, argument or function has a name from `VAGUE_NAMES` (exceptions: `NAMES_ON_DISK`).
  This rule also covers scripts and benchmarks.
"""

from pathlib import Path

import pytest

from tests import layout_rules as rules
from tests.layout_rules import Module

ROOT = Path(__file__).parents[1]


def violations() -> list[str]:
    library = rules.read_modules(ROOT, ["recsys", "pages"])
    tools = rules.read_modules(ROOT, ["scripts", "benchmarks"])
    return [
        *(violation for module in library for violation in rules.exports(module)),
        *(violation for module in library for violation in rules.documentation(module)),
        *(violation for module in [*library, *tools] for violation in rules.vague_names(module)),
        *rules.duplicate_public_names(library),
        *rules.duplicate_file_names(library),
    ]


def test_the_packages_keep_the_layout_rules():
    broken = violations()
    assert not broken, "\n" + "\n".join(broken)


@pytest.mark.parametrize("name", [*rules.NO_ALL, *rules.SAME_FILE_NAME])
def test_each_exception_is_still_used(name: str):
    assert any(ROOT.glob(f"recsys/**/{name}")) or any(ROOT.glob(f"pages/**/{name}"))


def check(rule, source: str) -> list[str]:
    return list(rule(Module.parse("recsys/jobs/made_up.py", source)))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"""A concept."""\n__all__ = ["a"]\na = 1', 0),
        ('"""A concept."""', 0),
        ('"""A concept."""\na = 1', 1),
        ('__all__ = ["a"]\na = 1', 1),
        ("a = 1", 2),
    ],
)
def test_a_module_needs_a_docstring_and_all(source: str, expected: int):
    assert len(check(rules.exports, source)) == expected


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Return the sum.", 0),
        ("Whether it is so.", 0),
        ("Add up.\n\n    Returns:\n        The sum.\n    ", 0),
        ("Yield each.", 0),
        ("The sum.", 1),
        ("Returning is not stated.", 1),
    ],
)
def test_a_public_function_states_what_it_returns(docstring: str, expected: int):
    function = f'def add(a: int) -> int:\n    """{docstring}"""\n    return a\n'
    assert len(check(rules.documentation, function)) == expected
    method = "class Sum:\n" + "\n".join("    " + line for line in function.splitlines())
    assert len(check(rules.documentation, method)) == expected


@pytest.mark.parametrize(
    "source",
    [
        "def _add(a: int) -> int: ...",
        "def show(a: int) -> None: ...",
        "def stop() -> NoReturn: ...",
        "class Sum:\n    @property\n    def value(self) -> int: ...",
        "class Sum:\n    @functools.cached_property\n    def value(self) -> int: ...",
        "class _Sum:\n    def value(self) -> int: ...",
        "@overload\ndef add(a: int) -> int: ...",
        "__all__ = ['b']\ndef a() -> int: ...",
    ],
)
def test_private_names_properties_and_overloads_need_no_returns_section(source: str):
    assert check(rules.documentation, source) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise ValueError('no')", 1),
        ("raise errors.DataError('no') from None", 1),
        ("if True:\n        raise DataError('no')", 1),
        ("with a:\n        for b in c:\n            raise DataError", 1),
        ("try:\n        pass\n    except OSError as error:\n        raise DataError from error", 1),
        ("try:\n        raise DataError\n    except DataError:\n        pass", 0),
        ("try:\n        raise DataError\n    finally:\n        pass", 1),
        ("match a:\n        case 1:\n            raise DataError", 1),
        ("raise ValueError\n    raise DataError", 2),
        ("raise", 0),
        ("raise error", 0),
        ("raise typer.Exit(1)", 0),
        ("def inner():\n        raise DataError", 0),
    ],
)
def test_a_public_function_states_what_it_raises(body: str, expected: int):
    assert len(check(rules.documentation, f"def read() -> None:\n    {body}")) == expected


def test_the_raises_section_must_name_the_exception():
    docstring = '"""Read.\n\n    Raises:\n        {}: why.\n\n    """'
    source = f"def read() -> None:\n    {docstring}\n    raise {{}}"
    assert check(rules.documentation, source.format("DataError", "DataError")) == []
    assert len(check(rules.documentation, source.format("DataError", "ValueError"))) == 1


def test_the_help_text_of_a_command_needs_no_raises_section():
    source = "def train() -> None:\n    raise DataError"
    assert list(rules.documentation(Module.parse("recsys/cli/train.py", source))) == []
    source = "def number() -> int:\n    'Return it.'\n    raise DataError"
    assert len(list(rules.documentation(Module.parse("recsys/cli/train.py", source)))) == 1


def test_a_name_that_files_of_users_hold_may_stay_in_its_module():
    for path, names in rules.NAMES_ON_DISK.items():
        for name in names:
            assert list(rules.vague_names(Module.parse(path, f"{name}: str"))) == []
            assert f"    {name}: " in (ROOT / path).read_text("utf-8")
    assert len(list(rules.vague_names(Module.parse("recsys/a.py", "told: str")))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "told = 1",
        "told: int = 1",
        "a, (told, b) = c",
        "for told in a: ...",
        "[told for told in a]",
        "def f(*, told): ...",
        "def f(*told): ...",
        "lambda told: 1",
        "with a as told: ...",
        "try: ...\nexcept OSError as told: ...",
        "(told := 1)",
        "self.told = 1",
        "_told = 1",
        "def told(): ...",
        "match a:\n    case told: ...",
    ],
)
def test_a_vague_name_is_a_violation_wherever_it_is_bound(source: str):
    assert len(check(rules.vague_names, source)) == 1


@pytest.mark.parametrize("source", ["print(told)", "a.told", "message = 1", "f(told=1)"])
def test_a_vague_name_that_is_only_read_is_none(source: str):
    assert check(rules.vague_names, source) == []


def test_a_public_name_is_defined_once():
    first = Module.parse("recsys/a.py", "def score(): ...\ndef _help(): ...")
    second = Module.parse("pages/b.py", "class score: ...\ndef _help(): ...")
    assert list(rules.duplicate_public_names([first, second])) == [
        "pages/b.py: score is also defined in recsys/a.py"
    ]
    re_export = Module.parse(
        "recsys/__init__.py", "__all__ = ['score']\nfrom recsys.a import score"
    )
    assert list(rules.duplicate_public_names([re_export, first])) == []


def test_a_file_name_is_used_once():
    paths = ["recsys/a/io.py", "recsys/b/io.py", "recsys/a/__init__.py", "recsys/b/__init__.py"]
    modules = [Module.parse(path, "") for path in paths]
    assert list(rules.duplicate_file_names(modules)) == [
        "recsys/b/io.py: io.py is also the name of recsys/a/io.py"
    ]
