"""The pages say what the code does: links lead somewhere, tables have every row, figures are those of the constants they are about.

What can be compared with a table of the code is compared here, so that whoever changes one is told of the other.
Long because it is the one place where pages and tables of the code meet.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
import typer
import yaml
from prometheus_client import Counter, Histogram
from typer.main import get_command

from bot.commands.table import COMMANDS
from bot.environment.carry import shift_deployment
from bot.policy import parse_policy
from bot.rollout.analysis import BLIND, LOOKBACK
from bot.rollout.diagram import render_diagram
from bot.rollout.facts import StartShift
from bot.rollout.judge import FLOOR, GROSS_REQUESTS
from bot.rollout.model import Phase, Target
from bot.rollout.statistics import requests_needed, upper_bound
from bot.rollout.strategies import STRATEGIES
from bot.rollout.strategies.compared import COMPARED
from bot.rollout.strategies.route import ROLLBACK_ATTEMPTS, SHIFT_DEADLINE
from bot.settings import read_settings
from bot.web.metrics import Metrics
from workers.cli import app
from workers.cli.steer import render_rows
from workers.clock import AWAY, SWEEP_EVERY
from workers.sli.source import TRACKS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table's rows under a heading, without the head of the table."""
    section = text(page).split(f" {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def anchors(page: Path) -> set[str]:
    """GitHub's: lower case, hyphens for blanks, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            yield page, target


@pytest.mark.parametrize(("page", "target"), [(page, target) for page, target in links() if "://" not in target])
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    assert there.exists()
    assert there.is_relative_to(ROOT)
    assert not anchor or anchor in anchors(there)


def test_every_page_can_be_found_from_the_readme() -> None:
    found, queue = set[Path](), [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        found.add(page)
        targets = {(one.parent / target.partition("#")[0]).resolve() for one, target in links() if one == page}
        queue += [there for there in targets if there.suffix == ".md" and there not in found]
    orphans = [page.relative_to(ROOT) for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in found]
    assert not orphans, "add them to docs/guide/README.md or to the page they belong to"


def test_the_picture_is_there_and_small() -> None:
    (picture,) = [target for page, target in links() if page.name == "README.md" and target.endswith(".png")]
    content = (ROOT / picture).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < 150_000


def test_no_page_names_a_place_that_packages_come_from() -> None:
    hosts = [
        ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"))
    ]
    for page in PAGES:
        assert not [host for host in hosts if host in page.read_text(encoding="utf-8")], page


def test_decisions_are_short_dated_and_listed() -> None:
    records = sorted(page for page in (ROOT / "docs/adr").glob("*.md") if page.name != "README.md")
    index = text("docs/adr/README.md")
    for number, record in enumerate(records, 1):
        content = record.read_text(encoding="utf-8")
        assert content.startswith(f"# {number}. ")
        assert f"| [{number}]({record.name}) | {content.splitlines()[0].partition('. ')[2]} |" in index
        assert re.search(r"^20\d\d-\d\d-\d\d$", content, re.MULTILINE)
        assert all(f"**{part}.**" in content for part in ("Context", "Decision", "Consequences"))
        assert len(content.splitlines()) <= 40


# What is typed


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_command_is_in_the_readme(verb: str) -> None:
    assert re.search(rf"`/{verb}[` ]", text("README.md")), "add it to the table under What it does"


def test_every_command_line_that_the_pages_show_exists() -> None:
    known = set(command_lines())
    for page in PAGES:
        typed = set(re.findall(r"(?:`|^|/)tagboat ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert typed <= known, page


def command_lines() -> list[str]:
    group = cast(Any, get_command(app))
    return list(group.list_commands(typer.Context(group)))


def test_every_command_line_has_its_row() -> None:
    first = [row[0] for row in rows("docs/operations/cli.md", "The command line")]
    first += [row[0] for row in rows("docs/operations/cli.md", "Steering")]
    assert {name for cell in first for name in re.findall(r"`tagboat ([a-z-]+)", cell)} == set(command_lines())


def test_verbs_at_a_terminal_are_described_as_in_comments() -> None:
    how = 'put these rows there: python -c "from workers.cli.steer import render_rows as r; print(r(), end=str())"'
    assert render_rows() in text("docs/operations/cli.md"), how


def test_every_reason_code_that_the_guide_shows_exists() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    shown = {
        code for page in (ROOT / "docs").rglob("*.md") for code in re.findall(r"\(`([a-z_]+)`\)", page.read_text())
    }
    shown |= {code for row in rows("docs/guide/first-steps.md", "Where people stumble") for code in names(row[0])}
    assert len(shown) >= 8
    assert not [code for code in shown if f'"{code}"' not in source]


# What operators read


class Recorded(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return default


def test_every_variable_of_the_environment_is_in_the_readme_and_no_other() -> None:
    environ = Recorded()
    read_settings(environ)
    table = [name for row in rows("README.md", "Environment") for name in names(row[0])]
    assert sorted(table) == sorted(environ.asked)


def test_the_app_is_described_as_its_manifest_has_it() -> None:
    manifest: Mapping[str, Any] = yaml.safe_load(text("app.yml"))
    called = {"Commit statuses": "statuses", "Members (of the organisation)": "members"}
    cells = [cell for row in rows("README.md", "Connect it to GitHub") if len(row) == 5 for cell in (row[:2], row[3:])]
    table = {
        called.get(name, name.lower().replace(" ", "_")): access
        for name, access in cells
        if access in ("read", "write")
    }
    assert table == manifest["default_permissions"]
    (events,) = re.findall(r"Subscribe to: (.+?)\.\n", text("README.md"), re.DOTALL)
    assert [re.sub(r"\s", "_", name.strip().lower()) for name in events.split(",")] == sorted(
        manifest["default_events"]
    )


def test_every_metric_is_described() -> None:
    ours = [metric for metric in vars(Metrics()).values() if isinstance(metric, Counter | Histogram)]
    assert len(ours) >= 3
    described = {names(row[0])[0]: names(row[1]) for row in rows("docs/operations/running.md", "Metrics")}
    for metric in ours:
        (family,) = metric.collect()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert described.pop(name) == list(metric._labelnames)
    assert not described


def test_every_event_of_the_log_that_is_described_is_logged() -> None:
    paths = [path for room in ("bot", "workers") for path in (ROOT / room).rglob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    described = [name for row in rows("docs/operations/running.md", "Logs") for name in names(row[0])]
    logged = {name for name in described if re.search(rf'(?:log\.\w+|say)\(\s*"{name}"', source)}
    assert logged == set(described)


# The picture of the code


def test_the_diagram_is_the_table_of_the_machine() -> None:
    how = 'renew it: python -c "from bot.rollout.diagram import render_diagram as r; print(r(), end=str())"'
    assert blocks("README.md", "mermaid") == [render_diagram()], how


def test_every_phase_is_explained() -> None:
    assert [row[0] for row in rows("docs/guide/rollouts.md", "All phases")] == [phase.value for phase in Phase]


def test_every_room_is_on_the_map() -> None:
    table = {name.strip("/") for row in rows("README.md", "How it works") for name in names(row[0])}
    folders = [
        one.parent.relative_to(ROOT)
        for room in ("bot", "workers", "sandbox")
        for one in (ROOT / room).glob("*/__init__.py")
    ]
    assert {str(folder) for folder in folders} <= table, "add the room to the map in README.md"
    assert not [name for name in table if not (ROOT / name).exists()]


def test_every_strategy_is_described() -> None:
    (said,) = re.findall(r"\* \*\*Strategies\*\*: (.+?), compiled", text("README.md"), re.DOTALL)
    spoken = {COMPARED[name].name for name in STRATEGIES}
    assert set(re.split(r", | and |\s+and\s+", said)) == spoken
    orders = rows("docs/guide/deploy-workflow.md", "What each strategy orders")
    assert {row[0] for row in orders} == spoken


# Numbers and examples


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "policy.md"], ids=lambda page: page.stem)
def test_every_policy_that_is_shown_is_understood(page: Path) -> None:
    for block in re.findall(
        r"^```yaml\n(version:.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        parsed = parse_policy(block)
        assert parsed.ok
        assert not parsed.warnings


def test_the_payload_that_is_shown_has_the_fields_that_are_sent() -> None:
    active = SimpleNamespace(root=4711, request=SimpleNamespace(by="alice"), baseline=None)
    plan = SimpleNamespace(candidate="c" * 40, baseline="b" * 40, strategy="canary")
    plan.image, plan.params = "ghcr.io/acme/shop:1f3a…", (("region", "eu-west"),)
    active.rollout = SimpleNamespace(plan=plan)
    order = StartShift("shift-25", 1, 12, 25, "c" * 40, Target(25, 75))
    sent = shift_deployment(
        cast(Any, active), order, "shift:4711:shift-25:1:12", cast(Any, SimpleNamespace(name="production"))
    )
    (shown,) = (msgspec.json.decode(block) for block in blocks("docs/guide/deploy-workflow.md", "json"))
    assert shown == sent.payload | {"candidate": "1f3a…", "baseline": "9c0e…"}
    described = [
        name for row in rows("docs/guide/deploy-workflow.md", "The contract, version 1") for name in names(row[0])
    ]
    assert set(described) >= set(shown)


def test_the_tables_of_small_traffic_are_right() -> None:
    lines = [
        [int(cell.replace(",", "")) for cell in row]
        for row in rows("docs/guide/slis.md", "Small traffic")
        if row[0][-1].isdigit()
    ]
    assert len(lines) == 6
    for requests, errors in lines:
        assert upper_bound(errors, requests) < 0.01 <= upper_bound(errors + 1, requests)
    finds = {
        row[0]: int(row[1].replace(",", ""))
        for row in rows("docs/guide/slis.md", "Small traffic")
        if row[0].endswith("%")
    }
    looks = 30 * 60 / 15
    assert finds == {f"{bad} %": requests_needed(0.001, bad / 100, alpha=0.01 / looks) for bad in (1, 2, 5, 20)}


def test_the_codes_of_unknown_verdicts_and_whether_time_goes_on() -> None:
    table = {names(row[0])[0]: row[-1] for row in rows("docs/guide/slis.md", "How a verdict comes about")}
    assert {code for code, goes_on in table.items() if goes_on == "no"} == BLIND
    assert set(table.values()) == {"yes", "no"}


@pytest.mark.parametrize(
    ("page", "said", "holds"),
    [
        ("docs/guide/slis.md", "`canary` in queries about the candidate, `baseline` in", TRACKS == {"candidate": "canary", "baseline": "baseline"}),
        ("docs/guide/slis.md", "older than 5 minutes", LOOKBACK == 300),
        ("docs/guide/slis.md", "at least 300 requests are needed", FLOOR == 300),
        ("docs/guide/slis.md", "at least 20 requests fail", GROSS_REQUESTS == 20),
        ("docs/guide/deploy-workflow.md", "waits 10 minutes for the report", SHIFT_DEADLINE == 600),
        ("docs/guide/deploy-workflow.md", "up to three times", ROLLBACK_ATTEMPTS == 3),
        ("docs/operations/incidents.md", "every 5 minutes the clock", SWEEP_EVERY == 300),
        ("docs/operations/incidents.md", "After ten minutes without a tick", AWAY == 600),
    ],
)  # fmt: skip
def test_what_is_said_in_numbers(page: str, said: str, holds: bool) -> None:
    assert said in re.sub(r"\s+", " ", text(page))
    assert holds
