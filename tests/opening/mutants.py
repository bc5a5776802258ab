"""Faults planted in the rules one at a time: each must be found by the stories, or one is missing.

python -m tests.opening.mutants [n/m]    plants them all, or the n-th m-th part of them
"""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.util
import io
import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib.machinery import ModuleSpec
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from bidroom.envelope import Role
from bidroom.opening.record import Phase

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "bidroom" / "opening"
STORIES: Final = [
    "test_table.py",
    "test_chain.py",
    "test_objections.py",
    "test_signing.py",
    "test_offer.py",
    "test_audience.py",
    "test_draw.py",
    "test_chance.py",
]
MUTATED: Final = (
    "table.py",
    "rules.py",
    "audience.py",
    "state.py",
    "offer.py",
    "minutes.py",
    "draw.py",
    "draw_rules.py",
    "drawing.py",
)
SWAPS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


class Mutant(NamedTuple):
    """`source` of `module` with one fault; `what` says which and where."""

    module: str
    what: str
    source: str


def mutants() -> Iterator[Mutant]:
    for name in MUTATED:
        text = (FOLDER / name).read_text()
        for index in range(_sites(text)):
            what, source = _mutated(text, index)
            yield Mutant(name, what, source)


class _Planter(ast.NodeTransformer):
    """Walks every site; changes the one whose turn it is."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.seen, self.what = wanted, 0, ""

    def turn(self, node: ast.AST, what: str) -> bool:
        hit = self.seen == self.wanted
        self.seen += 1
        if hit:
            self.what = f"line {getattr(node, 'lineno', 0)}: {what}"
        return hit

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        for place, operator in enumerate(node.ops):
            other = SWAPS[type(operator)]
            if self.turn(node, f"{type(operator).__name__} becomes {other.__name__}"):
                node.ops[place] = other()
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        called = node.value.func if isinstance(node.value, ast.Call) else None
        self.generic_visit(node)
        if (
            isinstance(called, ast.Name)
            and called.id in {"require", "allow"}
            and self.turn(node, f"{ast.unparse(node)} is left out")
        ):
            return ast.copy_location(ast.Pass(), node)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is int and self.turn(node, f"{node.value} becomes {node.value + 1}"):
            return ast.copy_location(ast.Constant(node.value + 1), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Row":
            self._row(node)
        return node

    def _row(self, node: ast.Call) -> None:
        """Every role and phase of a row of the table: one that is there goes, or one comes."""
        for place, kind, members in ((0, "Role", Role), (1, "Phase", Phase)):
            for member in members:
                what = f"{kind}.{member.name} in or out of {ast.unparse(node)[:60]}"
                if self.turn(node, what):
                    changed = f"({ast.unparse(node.args[place])}) ^ {{{kind}.{member.name}}}"
                    node.args[place] = ast.parse(f"frozenset({changed})", mode="eval").body

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add) and self.turn(node, f"+ becomes - in {ast.unparse(node)}"):
            node.op = ast.Sub()
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        self.generic_visit(node)
        last = node.body[-1]
        if (
            isinstance(last, ast.Return)
            and isinstance(last.value, ast.Call)
            and ast.unparse(last.value.func) in {"replace", "_unsaid", "_enter", "_tender"}
            and last.value.args
            and self.turn(last, f"{ast.unparse(last)[:70]} changes nothing")
        ):
            last.value = last.value.args[0]
        return node


def _sites(text: str) -> int:
    planter = _Planter(-1)
    planter.visit(ast.parse(text))
    return planter.seen


def _mutated(text: str, index: int) -> tuple[str, str]:
    tree, planter = ast.parse(text), _Planter(index)
    changed = ast.fix_missing_locations(planter.visit(tree))
    return planter.what, ast.unparse(changed)


def lives(mutant: Mutant) -> bool:
    """Whether the stories pass with the fault in place. In a process of its own."""
    with get_context("fork").Pool(1) as pool:
        return pool.apply(_survives, (mutant,))


def _survives(mutant: Mutant) -> bool:
    try:
        _plant(mutant)
    except Exception:
        return False  # it doesn't even load
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        stories = [str(ROOT / "tests" / "opening" / name) for name in STORIES]
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *stories])
    return code == 0


def _plant(mutant: Mutant) -> None:
    """Load the module from the changed text, and everything that had imported it anew."""
    for name in [name for name in sys.modules if name.startswith(("bidroom.", "tests.opening."))]:
        if name != "tests.opening.mutants":
            del sys.modules[name]
    wanted = f"bidroom.opening.{mutant.module.removesuffix('.py')}"

    class Loader(importlib.abc.SourceLoader):
        def get_filename(self, fullname: str) -> str:
            return str(FOLDER / mutant.module)

        def get_data(self, path: str | bytes) -> bytes:
            return mutant.source.encode()

        def path_stats(self, path: str) -> dict[str, float]:
            raise OSError  # no cache

    class Finder(importlib.abc.MetaPathFinder):
        def find_spec(
            self, fullname: str, path: object, target: object = None
        ) -> ModuleSpec | None:
            if fullname == wanted:
                return importlib.util.spec_from_loader(fullname, Loader())
            return None

    sys.meta_path.insert(0, Finder())
    importlib.import_module(wanted)


def main(share: str = "1/1") -> int:
    part, of = (int(number) for number in share.split("/"))
    planted = [mutant for n, mutant in enumerate(mutants()) if n % of == part - 1]
    alive = [mutant for mutant in planted if lives(mutant)]
    said = [f"{mutant.module} {mutant.what}" for mutant in alive]
    print(
        json.dumps({"mutants": len(planted), "killed": len(planted) - len(alive), "alive": said},
                   ensure_ascii=False, indent=1)
    )  # fmt: skip
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
