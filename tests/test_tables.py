"""Tables are tables of contents: what is in a folder is in its table, what is in a table exists, and both are in the docs.

Whoever adds a command, an event, an effect, a gate or a reason code is told here which line is still missing.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from bot import gates, subject
from bot.checklist import RULES, Evidence, evidence
from bot.commands.reference import render_reference
from bot.commands.table import COMMANDS
from bot.commands.verbs import VERBS
from bot.effects import Effect
from bot.events import EVENTS, Event
from bot.gates import (
    GATES,
    GateFacts,
    approvals,
    checks,
    drivers,
    freezes,
    images,
    incidents,
    locks,
    migrations,
    slis,
    state,
    wish,
)
from bot.policy import STRATEGY_NAMES
from bot.policy.who import DEFAULT_WHO
from bot.reasons import REASONS, render_reasons
from bot.rollout.strategies import COMPARED, STRATEGIES
from bot.routes import ROUTES
from workers.cli.steer import ABOUT_A_NUMBER, NOT_HERE
from workers.cli.steer import verbs as terminal_verbs
from workers.perform import PERFORMERS
from workers.reconcile import TOPICS
from workers.sli import PROVIDERS

ROOT = Path(__file__).parents[1]
BOT = ROOT / "bot"

# --- commands --------------------------------------------------------------------------------------------------------------------

# What is no verb in the folder of commands: the language, what verbs are made of, and what is said about them.
NO_VERBS = {
    "undone",
    "__init__",
    "arguments",
    "compared",
    "conflicts",
    "decide",
    "edited",
    "guard",
    "line",
    "model",
    "parameters",
    "parse",
    "reference",
    "say",
    "steer",
    "table",
    "trail",
    "until",
    "verb",
    "verbs",
}


def test_every_command_has_a_file_and_every_file_a_command() -> None:
    files = {path.stem.replace("_", "-") for path in (BOT / "commands").glob("*.py") if path.stem not in NO_VERBS}
    assert files == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_is(name: str) -> None:
    verb = COMMANDS[name]
    assert verb.name == name
    assert verb.usage.split()[0] == f"/{name}"
    assert verb.summary.endswith(".")
    assert verb.needs in DEFAULT_WHO
    assert set(verb.flags.values()) <= set(DEFAULT_WHO)


ANYWHERE_AT_A_TERMINAL = {
    *("status", "promote", "halt", "resume", "rollback", "retry", "skip-step", "abort", "lock", "unlock", "freeze", "thaw"),
    *("incident", "unquarantine", "changelog", "release", "flag", "dora"),
}  # fmt: skip
"""What makes sense at a terminal without a pull request or issue. Say of each new verb where it can be typed there."""


def test_every_command_has_its_place_at_a_terminal() -> None:
    declared = [ANYWHERE_AT_A_TERMINAL, ABOUT_A_NUMBER, NOT_HERE]
    assert set().union(*declared) == set(COMMANDS)
    assert sum(map(len, declared)) == len(COMMANDS), "in one of them each"
    assert terminal_verbs().keys() == COMMANDS.keys() - NOT_HERE


@pytest.mark.parametrize("name", COMMANDS)
def test_the_grammar_knows_what_a_command_takes(name: str) -> None:
    shape = VERBS[name]
    assert set(COMMANDS[name].flags) <= shape.flags
    assert ("@sha" in COMMANDS[name].usage) <= shape.pin


def test_the_page_of_commands_is_what_the_table_prints() -> None:
    how = 'renew it: python -c "from bot.commands.reference import render_reference as r; print(r(), end=str())" > docs/guide/commands.md'
    assert (ROOT / "docs/guide/commands.md").read_text(encoding="utf-8") == render_reference(), how


# --- events, effects, topics -----------------------------------------------------------------------------------------------------

UNASKED = {"ping", "installation", "installation_repositories"}
"""GitHub sends these to every App."""


def test_every_event_has_its_route_and_is_asked_for() -> None:
    assert set(ROUTES) == set(get_args(Event))
    asked = yaml.safe_load((ROOT / "app.yml").read_text(encoding="utf-8"))["default_events"]
    heard = {event for event, _ in EVENTS}
    assert len(asked) == len(set(asked))
    assert set(asked) == heard - UNASKED


def test_every_effect_can_be_performed() -> None:
    assert set(PERFORMERS) == set(get_args(Effect))


def folders_of_topics() -> set[str]:
    """A topic is a folder that decides."""
    return {path.parent.name for path in BOT.glob("*/decide.py")}


def test_every_topic_is_in_the_one_table() -> None:
    folders = {"command" if name == "commands" else name for name in folders_of_topics()}
    assert set(TOPICS) == folders
    assert all(topic.name == name for name, topic in TOPICS.items())


def test_every_topic_has_its_observer() -> None:
    assert all((ROOT / "workers" / f"{name}.py").exists() for name in folders_of_topics())
    for name, topic in TOPICS.items():
        assert topic.observe.__module__ == f"workers.{'commands' if name == 'command' else name}"
        assert topic.decide.__module__.startswith("bot.")


def test_every_subject_is_of_a_topic() -> None:
    made = {
        made.topic
        for name, make in inspect.getmembers(subject, inspect.isfunction)
        if name in TOPICS
        for made in [
            make(*(7 if hint is int else "x" for key, hint in get_type_hints(make).items() if key != "return"))
        ]
    }
    assert made == set(TOPICS)


# --- gates, rules, strategies, providers -----------------------------------------------------------------------------------------


def functions(module: ModuleType, takes: type, gives: Any) -> Iterator[Callable[..., Any]]:
    """The public functions of a module that take one thing of a kind and answer with another."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        hints = get_type_hints(function)
        if function.__module__ == module.__name__ and not name.startswith("_"):
            answer = hints.pop("return", None)
            if list(hints.values()) == [takes] and answer == gives:
                yield function


def test_every_gate_is_asked() -> None:
    written = {
        gate
        for module in (wish, checks, migrations, images, state, approvals, drivers, freezes, incidents, locks, slis)
        for gate in functions(module, GateFacts, gates.Refusal | None)
    }
    assert written == set(GATES.values())


def test_every_rule_of_evidence_is_looked_up() -> None:
    assert set(functions(evidence, evidence.Seen, Evidence)) == set(RULES.values())


def test_every_strategy_of_the_policy_can_be_compiled_and_compared() -> None:
    assert set(STRATEGIES) == set(COMPARED) == set(STRATEGY_NAMES)


def test_every_provider_has_its_file() -> None:
    files = {path.stem for path in (ROOT / "workers" / "sli").glob("*.py")} - {"__init__", "source"}
    assert set(PROVIDERS) == files


# --- reason codes ----------------------------------------------------------------------------------------------------------------

CODE_AT = {"Refusal": 0, "refusal": 0, "Refused": 0, "NoPlan": 0, "LineError": 0, "ParseError": 0, "Answer": 1}
"""Where the code stands among the arguments of what refuses."""


def codes_in(path: Path) -> Iterator[str]:
    """Every reason code that a module can give. `f"comment_{…}"` stands for all that begin so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = CODE_AT.get(node.func.id)
        if place is not None and len(node.args) > place:
            for part in ast.walk(node.args[place]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def given() -> set[str]:
    folders = ("commands", "gates", "environment", "flag", "incident", "protection", "pull", "release", "rollout")
    return {code for name in folders for path in (BOT / name).rglob("*.py") for code in codes_in(path)}


def listed() -> set[str]:
    codes = [code for reasons in REASONS.values() for code in reasons]
    assert len(codes) == len(set(codes))
    return set(codes)


def test_every_reason_code_is_listed() -> None:
    missing = {
        code
        for code in given()
        if not any(known == code or (code.endswith("_") and known.startswith(code)) for known in listed())
    }
    assert missing == set()


def test_every_listed_reason_code_is_given() -> None:
    beginnings = {code for code in given() if code.endswith("_")}
    assert {code for code in listed() - given() if not code.startswith(tuple(beginnings))} == set()


def test_every_reason_says_what_is_the_case_and_how_to_mend_it() -> None:
    for reasons in REASONS.values():
        for code, reason in reasons.items():
            assert code.replace("_", "").isalpha(), code
            assert reason.meaning.endswith("."), code
            assert reason.mend.endswith((".", "`.")), code
            assert "|" not in reason.meaning + reason.mend, code


def test_the_page_of_reason_codes_is_what_the_table_prints() -> None:
    how = 'renew it: python -c "from bot.reasons import render_reasons as r; print(r(), end=str())" > docs/guide/reason-codes.md'
    assert (ROOT / "docs/guide/reason-codes.md").read_text(encoding="utf-8") == render_reasons(), how


# --- migrations ------------------------------------------------------------------------------------------------------------------


def test_migrations_are_one_line_and_their_files_say_their_place() -> None:
    """Two that were written at the same time take the same number, and nothing can be opened any more."""
    files = sorted((BOT / "store/migrations/versions").glob("0*.py"))
    found = [
        re.findall(r'^(?:down_)?revision = (?:"(\d+)"|None)$', it.read_text(encoding="utf-8"), re.MULTILINE)
        for it in files
    ]
    numbers = [it.name.partition("_")[0] for it in files]
    assert found == [[number, before] for before, number in zip(["", *numbers], numbers, strict=False)]
