"""The house stands as it was drawn: imports point one way, `bot/` decides without looking, files can be read in one go, names say something.

Modules are read, never imported, so that an import that only types or functions need counts like every other.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "workers", "sandbox")
LONGEST = 300  # lines of a file
SAMPLE = ROOT / "sandbox" / "sample"  # the files of the repository that a newcomer plays with

# Who may import whom, from the bottom to the top. A room that is not listed has no place yet: give it one.
GROUND = {"subject", "markdown", "settings", "ledger", "reasons"}
WORDS = {"policy", "events", "effects", "decision"}
BLOCKS = {"pipeline", "gates", "rollout", "checklist", "versions", "notice"}
TOPICS = {
    "clearance",
    "pull",
    "flag",
    "flow",
    "environment",
    "incident",
    "protection",
    "release",
    "dora",
    "organisation",
    "onboarding",
}
MAY_IMPORT: Mapping[str, set[str]] = {
    # 1. Nothing of ours. The facts of the ledger belong here too, since a decision names them.
    **{name: set() for name in GROUND},
    # 2. What is heard, agreed and decided, as values. A decision is made of effects.
    "policy": GROUND,
    "events": GROUND,
    "effects": GROUND,
    "decision": GROUND | {"effects"},
    # 3. Building blocks, with types of their own. What is green is the pipeline's word, what a version is that of versions, and the gates
    # take both.
    **dict.fromkeys(BLOCKS, GROUND | WORDS),
    "gates": GROUND | WORDS | {"pipeline", "versions"},
    # 4. Topics, never each other.
    **dict.fromkeys(TOPICS, GROUND | WORDS | BLOCKS),
    # 5. What previews and renders with the topics' own functions, and what wakes them.
    "commands": GROUND | WORDS | BLOCKS | TOPICS,
    "routes": GROUND | {"events", "decision", "commands"},
    # 6. Memory and nerves know no topic; the doors know everything.
    "store": GROUND | WORDS,
    "queue": GROUND | WORDS,
    "web": GROUND | WORDS | BLOCKS | TOPICS | {"commands", "routes", "store", "queue"},
    "app": GROUND | WORDS | BLOCKS | TOPICS | {"commands", "routes", "store", "queue", "web"},
}

# The only places of `bot/` that may look at the world: HTTP in, Redis, SQL, the environment.
WINDOWS = ("app.py", "web/", "queue/", "store/", "settings.py")
WORLD = {
    *("asyncio", "concurrent", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "selectors"),
    *("shutil", "signal", "socket", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib.request"),
    *(
        "aiohttp",
        "alembic",
        "gidgethub",
        "httpx",
        "redis",
        "requests",
        "rq",
        "sqlalchemy",
        "starlette",
        "structlog",
        "uvicorn",
    ),
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
BUILT_IN = {"open", "print", "input", "exec", "eval", "breakpoint"}

EMPTY_WORDS = {"util", "helper", "common", "base", "manager", "service", "context", "data", "info"}
MEANT = {
    ("sandbox/service.py", "service"),  # the sample service that a newcomer deploys
    ("sandbox/github/required.py", "contexts"),  # GitHub's own word for what a branch requires
}


@cache
def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if path.is_relative_to(SAMPLE):
                continue
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text(encoding="utf-8"))


@cache
def imports(name: str) -> frozenset[str]:
    """The modules of ours that a module imports, wherever the import stands: on top, under TYPE_CHECKING, in a function."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {each if each in modules() else str(node.module) for each in full}
    return frozenset(each for each in found if each.partition(".")[0] in ROOMS)


def room(name: str) -> str:
    """The part of `bot/` that a module belongs to."""
    return name.split(".")[1] if "." in name else ""


def of(package: str) -> list[str]:
    return [name for name in modules() if name.partition(".")[0] == package]


# --- directions ------------------------------------------------------------------------------------------------------------------


def test_every_room_of_bot_has_its_place() -> None:
    assert {room(name) for name in of("bot")} - {""} == set(MAY_IMPORT)


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_imports_point_one_way(name: str) -> None:
    wrong = [
        f"{module} imports {other}"
        for module in of("bot")
        if room(module) == name
        for other in sorted(imports(module))
        if other.startswith("bot") and room(other) not in MAY_IMPORT[name] | {name, ""}
    ]
    assert wrong == []


def test_bot_knows_no_worker_and_nobody_knows_the_sandbox() -> None:
    wrong = [
        f"{module} imports {other}"
        for module in modules()
        for other in sorted(imports(module))
        if (module.startswith("bot") and not other.startswith("bot"))
        or (module.startswith("workers") and other.startswith("sandbox"))
        or (module.startswith("sandbox") and not other.startswith("sandbox"))
    ]
    assert wrong == []


def test_observers_know_their_own_topic() -> None:
    """A topic is looked at by the module of its name; what two topics need is read in a module of neither's."""
    for topic in TOPICS:
        others = {room(other) for other in imports(f"workers.{topic}") if other.startswith("bot")} & TOPICS
        # The checklist of a pull request ticks by what its commit's job saw.
        assert others <= {topic, "flow"}, topic


def test_there_is_no_circle() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " → ".join((*path[path.index(name) :], name))
        if name in done:
            return
        for other in sorted(imports(name)):
            if other in modules() and other != name:
                visit(other, (*path, name))
        done.add(name)

    for name in modules():
        visit(name, ())


# --- pure ------------------------------------------------------------------------------------------------------------------------


def pure() -> Iterator[str]:
    for name in of("bot"):
        if not str(modules()[name].relative_to(ROOT / "bot")).startswith(WINDOWS):
            yield name


def looks_at_the_world(node: ast.AST) -> str:
    """What a piece of code does that a pure one does not; empty for nothing."""
    match node:
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            return "waits for something"
        case ast.Import(names=names):
            return ", ".join(alias.name for alias in names if {alias.name, alias.name.partition(".")[0]} & WORLD)
        case ast.ImportFrom(module=str(module)):
            return module if {module, module.partition(".")[0]} & WORLD else ""
        case ast.Attribute(value=ast.Name(id=thing), attr=attribute) if (thing, attribute) in CLOCKS:
            return f"asks the clock: {thing}.{attribute}"
        case ast.Call(func=ast.Name(id=function)) if function in BUILT_IN:
            return f"calls {function}"
        case _:
            return ""


@pytest.mark.parametrize("name", list(pure()))
def test_what_decides_neither_waits_nor_looks(name: str) -> None:
    assert [f"line {node.lineno}: {why}" for node in ast.walk(tree(name)) if (why := looks_at_the_world(node))] == []  # type: ignore[attr-defined]  # statements and expressions have one


def test_a_look_would_be_noticed() -> None:
    for code in (
        "import time",
        "from os import environ",
        "async def f(): ...",
        "datetime.now(UTC)",
        "open('x')",
        "import urllib.request",
    ):
        assert any(looks_at_the_world(node) for node in ast.walk(ast.parse(code))), code
    assert not any(
        looks_at_the_world(node) for node in ast.walk(ast.parse("from datetime import UTC, datetime\nf(now)"))
    )


# --- readable --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ROOMS)
def test_no_file_is_too_long_to_read(package: str) -> None:
    lengths = {name: len(modules()[name].read_text(encoding="utf-8").splitlines()) for name in of(package)}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name in modules() if not ast.get_docstring(tree(name))]
    assert silent == []


def test_names_say_something() -> None:
    """Words such as these fit everything, so they tell nothing."""
    wrong = []
    for name, path in modules().items():
        file = str(path.relative_to(ROOT))
        named = [path.parent.name if path.stem == "__init__" else path.stem]
        named += [
            node.name
            for node in ast.walk(tree(name))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        wrong += [f"{file}: {each}" for each in named if is_empty(each) and (file, each) not in MEANT]
    assert wrong == []


def is_empty(name: str) -> bool:
    """`helpers`, `_common`, `DataManager`; not `no_data`, which names what it is about."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
    return (
        bool(words)
        and all(word.removesuffix("s") in EMPTY_WORDS for word in (words if len(words) == 1 else words[-1:]))
        and (len(words) == 1 or name[0].isupper())
    )


def test_empty_names_would_be_noticed() -> None:
    assert all(map(is_empty, ("util", "utils", "_common", "helpers", "Base", "RolloutManager", "UserInfo", "context")))
    assert not any(map(is_empty, ("no_data", "merge_base", "database", "baseline", "Reading", "information", "x")))
