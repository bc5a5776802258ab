"""What no linter knows about this repository: its words, its borders and its sizes."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import crypto

ROOT: Final = Path(__file__).parent.parent
PYTHON: Final = sorted(
    path
    for folder in ("bidroom", "crypto", "loadtest", "tests")
    for path in ROOT.glob(f"{folder}/**/*.py")
)
MODULES: Final = [path for path in PYTHON if path.parts[len(ROOT.parts)] != "tests"]
BROWSER: Final = sorted(path for end in ("ts", "vue") for path in ROOT.glob(f"web/src/**/*.{end}"))
SCHEMAS: Final = ["hall", "tenders", "people", "publish", "deposits"]  # each is its service's own
LINES_MAX: Final = 400
FUNCTION_LINES_MAX: Final = 70
PAGE_LINES_MAX: Final = {"README.md": 150, "ARCHITECTURE.md": 300}

# Spelt in halves, so that this file may be searched as well.
HOSTS: Final = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "mirror.com")
MACHINE: Final = ("/wo" + "rk/", "/ro" + "ot/", "/br" + "ief/", "farm" + "-")
UNFINISHED: Final = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def listed(begin: str) -> set[str]:
    """The words of a sentence in the glossary that begins so."""
    sentence = (ROOT / "GLOSSARY.md").read_text().split(begin)[1]
    return {word.strip() for word in sentence.split(":", 1)[1].split(".")[0].split(",")}


def names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case (
                ast.ClassDef(name=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
            ):
                yield name


def words_in(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


def committed() -> list[Path]:
    """Every text file of the repository; in a copy without git, what lies in it."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    found = [ROOT / name for name in told.stdout.decode().split("\0") if name]
    return [path for path in found or [*PYTHON, *BROWSER] if path.is_file()]


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_a_module_speaks_the_glossary_and_stays_small(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)

    shunned = listed("Never in a name of ours")
    assert not {name for name in names(tree) if words_in(name) & shunned}
    assert path.stem not in listed("No module is called")
    assert text.count("\n") <= LINES_MAX
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_opens_by_saying_what_it_is_about(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))

    assert said, "no sentence at its top"
    assert said.split("\n\n")[0].rstrip()[-1] in ".:。", "its first words are no sentence"


@pytest.mark.parametrize("path", BROWSER, ids=named)
def test_a_browser_module_speaks_the_glossary_and_stays_small(path: Path) -> None:
    text = path.read_text()
    made = re.findall(r"\b(?:class|const|enum|function|interface|let|type)\s+(\w+)", text)

    shunned = listed("Never in a name of ours")
    assert not {name for name in made if words_in(name) & shunned}
    assert text.count("\n") <= LINES_MAX or ".gen." in path.name


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_service_touches_no_table_but_its_own(schema: str) -> None:
    others = "|".join(other for other in SCHEMAS if other != schema)
    use = re.compile(
        rf"(?i)\b(from|join|into|update|table|truncate)\s+(only\s+)?({others})\.(?!\*)"
    )
    beside = ROOT.glob(f"bidroom/postgres/migrations/versions/*_{schema}.sql")
    own = [*ROOT.glob(f"bidroom/{schema}/**/*.py"), *ROOT.glob(f"bidroom/{schema}/**/*.sql")]
    for path in [*own, *beside]:
        lines = [
            line
            for line in path.read_text().splitlines()
            if not re.match(r"\s*(from\s+\S+\s+import|import)\b", line)
        ]
        found = use.search("\n".join(lines))
        assert not found, f"{named(path)}: {found}"


@pytest.mark.parametrize("name", PAGE_LINES_MAX)
def test_a_page_is_short_enough_to_be_read(name: str) -> None:
    page = ROOT / name

    assert page.read_text().count("\n") <= PAGE_LINES_MAX[name]


def test_nothing_committed_knows_a_registry_or_a_machine() -> None:
    for path in committed():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        assert not [host for host in HOSTS if host in text], named(path)
        if path.suffix not in (".sh", "") and path.parent.name != "docker":
            assert not [word for word in MACHINE if word in text], named(path)


def test_nothing_is_left_unfinished() -> None:
    for path in [*PYTHON, *BROWSER]:
        assert not UNFINISHED.search(path.read_text()), named(path)


def test_every_word_of_the_glossary_has_four_cells() -> None:
    rows = [line for line in (ROOT / "GLOSSARY.md").read_text().splitlines() if line[:1] == "|"]

    assert all(row.count("|") == 5 for row in rows), [row for row in rows if row.count("|") != 5]
    words = [row.split("|")[1] for row in rows]
    assert len([word for word in words if "**" in word]) == len({w for w in words if "**" in w})


def test_crypto_is_ours() -> None:
    assert Path(crypto.__file__).parent == ROOT / "crypto"
    installed = importlib.metadata.packages_distributions()
    assert "pycryptodome" not in installed.get("Crypto", []), "clashes where case does not count"
