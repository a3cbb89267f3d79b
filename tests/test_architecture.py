"""The rules of the house that an import graph cannot see, read from the syntax of every tracked Python file."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).resolve().parent.parent

PURE = (
    "kiosk/journey", "kiosk/document", "kiosk/face", "kiosk/liveness", "kiosk/risk", "kiosk/imaging", "kiosk/wire",
    "kiosk/record.py", "kiosk/outbox.py", "kiosk/values.py", "kiosk/faults.py", "kiosk/frame.py", "kiosk/policy.py",
)  # fmt: skip
PRODUCT = ("app.py", "kiosk", "models", "ui", "packaging")

CLOCKS = {"now", "utcnow", "today"}
CV2_EDGES = {"VideoCapture", "VideoWriter", "imread", "imwrite", "imreadmulti", "imshow", "waitKey", "randu", "randn"}
NUMPY_EDGES = {"load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "fromfile", "memmap", "random"}
BUILTIN_EDGES = {"open", "input", "breakpoint", "print", "exec", "eval", "__import__"}

EVERY_EXCEPTION = {"Exception", "BaseException"}


def tracked(*suffixes: str) -> list[Path]:
    """Return the tracked files that still exist, by suffix (all of them without one)."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = (ROOT / name for name in listing.split("\0") if name)
    return [file for file in files if file.is_file() and (not suffixes or file.suffix.lower() in suffixes)]


def under(*places: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield every tracked Python file at or below the places, as its name and its syntax tree."""
    for file in tracked(".py"):
        name = file.relative_to(ROOT).as_posix()
        if any(name == place or name.startswith(f"{place}/") for place in places):
            yield name, ast.parse(file.read_text(encoding="utf-8"), filename=name)


def findings(trees: Iterator[tuple[str, ast.Module]], wrong: Callable[[ast.AST], str | None]) -> list[str]:
    """Return `file:line: what` for every node the rule objects to."""
    return [
        f"{name}:{getattr(node, 'lineno', 0)}: {objection}"
        for name, tree in trees
        for node in ast.walk(tree)
        if (objection := wrong(node)) is not None
    ]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of attributes on a name, else an empty string."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            before = dotted(value)
            return f"{before}.{attribute}" if before else ""
        case _:
            return ""


def touches_the_world(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in BUILTIN_EDGES:
            return f"calls {name}()"
        case ast.Attribute(attr=attribute):
            base = dotted(node).rpartition(".")[0]
            clock = attribute in CLOCKS and base.rpartition(".")[2] in {"datetime", "date"}
            picture = attribute in CV2_EDGES and base == "cv2"
            array = attribute in NUMPY_EDGES and base in {"np", "numpy"}
            return f"uses {base}.{attribute}" if clock or picture or array else None
        case ast.ImportFrom(module=module, names=names):
            banned = {"cv2": CV2_EDGES, "numpy": NUMPY_EDGES}.get(module or "", set())
            taken = sorted(alias.name for alias in names if alias.name in banned)
            return f"imports {', '.join(taken)} from {module}" if taken else None
        case _:
            return None


def only_tidies_up(handler: ast.ExceptHandler) -> bool:
    """Say whether the handler ends by raising again what it caught and has no other way out (a rollback, a close)."""
    ways_out = [node for node in ast.walk(handler) if isinstance(node, ast.Return | ast.Break | ast.Continue)]
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None and not ways_out


def catches_everything(node: ast.AST) -> str | None:
    if not isinstance(node, ast.ExceptHandler) or only_tidies_up(node):
        return None
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    for one in caught:
        if one is None:
            return "bare except"
        if dotted(one).rpartition(".")[2] in EVERY_EXCEPTION:
            return f"except {dotted(one)}"
    return None


def prints(node: ast.AST) -> str | None:
    return "calls print()" if isinstance(node, ast.Call) and dotted(node.func) == "print" else None


def imports_app(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names) if any(alias.name.partition(".")[0] == "app" for alias in names):
            return "imports app"
        case ast.ImportFrom(module=module, level=0) if (module or "").partition(".")[0] == "app":
            return "imports from app"
        case _:
            return None


def imports_the_actor(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names) if any(alias.name.startswith("kiosk.actor") for alias in names):
            return "imports kiosk.actor"
        case ast.ImportFrom(module=module) if (module or "").startswith("kiosk.actor"):
            return "imports from kiosk.actor"
        case ast.ImportFrom(module="kiosk", names=names) if any(alias.name == "actor" for alias in names):
            return "imports kiosk.actor"
        case _:
            return None


def test_the_pure_packages_ask_no_clock_roll_no_dice_and_open_no_file() -> None:
    assert findings(under(*PURE), touches_the_world) == []


def test_every_exception_is_swallowed_in_one_place_only() -> None:
    elsewhere = ((name, tree) for name, tree in under("app.py", "kiosk", "models", "ui") if name != "kiosk/station/crew.py")
    assert findings(elsewhere, catches_everything) == []


def test_the_logic_and_the_screens_print_nothing() -> None:
    # Those that are commands of a person at a terminal.
    commands = tuple(f"{command.module.replace('.', '/')}.py" for command in app.COMMANDS)
    talkative = ("kiosk/commands/", "kiosk/measure/", "models/build.py", "models/train/", *commands)
    silent = ((name, tree) for name, tree in under("kiosk", "models", "ui") if not name.startswith(talkative))
    assert findings(silent, prints) == []


def test_nobody_imports_the_program_that_joins_everything() -> None:
    assert findings(under("kiosk", "models", "ui"), imports_app) == []


def test_only_commands_and_measurements_know_simulated_customers() -> None:
    # So that a production build can leave kiosk/actor out.
    may = ("kiosk/actor/", "kiosk/commands/", "kiosk/measure/")
    rest = ((name, tree) for name, tree in under("kiosk", "models", "ui") if not name.startswith(may))
    assert findings(rest, imports_the_actor) == []


def test_the_contracts_name_every_part_of_the_logic() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {contract["id"]: contract for contract in project["tool"]["importlinter"]["contracts"]}
    layered = {name.strip(" ()") for layer in contracts["one-direction"]["layers"] for name in re.split("[|:]", layer)}
    parts = {f"kiosk.{name.split('/')[1].removesuffix('.py')}" for name, _ in under("kiosk")} - {"kiosk.__init__"}
    assert parts - layered == set()
    assert parts - set(contracts["no-qt-in-logic"]["source_modules"]) == {"kiosk.commands", "kiosk.measure"}


def test_packaging_is_no_python_package_and_so_never_hides_the_library_of_that_name() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
    assert not (ROOT / "tests" / "packaging" / "__init__.py").exists()


PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".mp4", ".avi", ".mov", ".webm", ".mkv"}
PICTURES_ALLOWED_IN = ("docs/screenshots/", "resources/icons/")


def test_no_picture_is_committed_but_screenshots_and_icons() -> None:
    pictures = [file.relative_to(ROOT).as_posix() for file in tracked(*PICTURES)]
    assert [name for name in pictures if not name.startswith(PICTURES_ALLOWED_IN)] == []


def test_no_tracked_file_names_a_package_registry() -> None:
    # Put together here so that this file does not name one either.
    hosts = [f"{name}.{top}".encode() for name, top in (("pypi", "org"), ("pythonhosted", "org"), ("anaconda", "org"))]
    naming = [
        file.relative_to(ROOT).as_posix()
        for file in tracked()
        if any(host in contents for contents in [file.read_bytes().lower()] for host in hosts)
    ]
    assert naming == []


@pytest.mark.parametrize(
    ("source", "objection"),
    [
        ("import datetime\ndatetime.datetime.now()", "uses datetime.datetime.now"),
        ("from datetime import date\ndate.today()", "uses date.today"),
        ("import numpy as np\nnp.random.default_rng(1)", "uses np.random"),
        ("from numpy import random", "imports random from numpy"),
        ("import cv2\ncv2.imread('card')", "uses cv2.imread"),
        ("with open('card') as file: pass", "calls open()"),
    ],
)
def test_the_rule_for_pure_packages_sees(source: str, objection: str) -> None:
    assert findings(iter([("x", ast.parse(source))]), touches_the_world)[0].endswith(objection)


@pytest.mark.parametrize("handler", ["except:", "except Exception:", "except (ValueError, BaseException) as e:"])
def test_the_rule_for_broad_catches_sees(handler: str) -> None:
    assert len(findings(iter([("x", ast.parse(f"try:\n    f()\n{handler}\n    pass"))]), catches_everything)) == 1


def test_a_rollback_that_raises_again_is_no_broad_catch() -> None:
    tidy = "try:\n    f()\nexcept BaseException:\n    undo()\n    raise"
    hiding = "try:\n    f()\nexcept BaseException:\n    if g():\n        return 1\n    raise"
    assert findings(iter([("x", ast.parse(tidy))]), catches_everything) == []
    assert len(findings(iter([("x", ast.parse(hiding))]), catches_everything)) == 1


def test_the_rules_look_at_files_that_exist() -> None:
    names = {name for name, _ in under(*PRODUCT)}
    assert {"kiosk/values.py", "packaging/bootstrap.py"} <= names


CHECKED_IN = {
    "keep_case": {"kiosk/assembly/archive.py", "kiosk/measure/faults/killed.py", "kiosk/measure/faults/machines.py"},
    "retry_set_aside": {"kiosk/assembly/archive.py"},
    "open_record": {"kiosk/trust/case_files.py", "kiosk/trust/customer_receipt.py"},
    "withdraw_consent": {"kiosk/trust/case_files.py"},
    "erase_case": {"kiosk/trust/case_files.py"},
    "erase_due": {"kiosk/trust/case_files.py"},
    "audit_lines": {"kiosk/trust/case_files.py", "kiosk/trust/audit_books.py"},
    "verify_audit": {"kiosk/trust/audit_books.py", "kiosk/station/doctor.py", "kiosk/measure/faults/verdict.py"},
    "Agreed": {"kiosk/trust/presence.py"},
}
"""What the vault does for whoever holds it, and the modules that may ask for it: each asks the permission table first, is the doctor, which
says no more than sound or not, or measures a store of its own."""


@pytest.mark.parametrize("name", CHECKED_IN)
def test_nobody_goes_round_the_permission_table(name: str) -> None:
    def calls(node: ast.AST) -> str | None:
        match node:
            case ast.Call(func=ast.Attribute(attr=called) | ast.Name(id=called)) if called == name:
                return f"calls {name}"
        return None

    callers = {finding.partition(":")[0] for finding in findings(under("kiosk", "ui", "app.py"), calls)}
    assert callers == CHECKED_IN[name]
