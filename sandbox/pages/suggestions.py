"""Have a sensible change ready, so that a pull request of the sample service is one click away, and a next commit for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.github.state import Pull, Repository
from sandbox.github.world import World

NOTES = "docs/notes.md"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A pull request or commit that could be made: `changes` is path → new text."""

    title: str
    body: str
    changes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Idea:
    """A small edit of the sample: in the file of each path the old text becomes the new one."""

    title: str
    body: str
    edits: tuple[tuple[str, str, str], ...]


IDEAS: tuple[Idea, ...] = (
    Idea(
        "feat: free shipping from 30 €",
        "Half of the baskets end just below 50 €. Shipping is what they are left for.",
        (
            ("shop/prices.py", "FREE_SHIPPING_FROM = 5_000", "FREE_SHIPPING_FROM = 3_000"),
            ("shop/prices.py", "nothing from 50 € on", "nothing from 30 € on"),
            (
                "tests/test_prices.py",
                "def test_shipping_is_free_from_fifty()",
                "def test_shipping_is_free_from_thirty()",
            ),
        ),
    ),
    Idea(
        "feat: sell shackles",
        "Asked for at the counter every day.",
        (("shop/app.py", '"lantern": 3400}', '"lantern": 3400, "shackle": 450}'),),
    ),
    Idea(
        "perf: keep connections open",
        "One connection for a whole visit instead of one for each request.",
        (
            (
                "shop/app.py",
                "class Shop(BaseHTTPRequestHandler):\n",
                'class Shop(BaseHTTPRequestHandler):\n    protocol_version = "HTTP/1.1"  # keeps connections open\n\n',
            ),
        ),
    ),
    Idea(
        "fix: give requests ten seconds to finish",
        "Five were not enough for the slowest payment provider.",
        (("shop/__main__.py", "GRACE = 5.0", "GRACE = 10.0"),),
    ),
    Idea(
        "fix: refuse baskets of more than 99 pieces",
        "A typing error ordered 1,000 anchors.",
        (
            (
                "shop/orders.py",
                "    return Order(customer",
                '    if sum(basket.values()) > 99:\n        raise ValueError("more than 99 pieces: call us")\n    return Order(customer',
            ),
        ),
    ),
    Idea(
        "fix: nobody may keep the list of products",
        "Browsers showed yesterday's prices.",
        (
            (
                "shop/app.py",
                '        self.send_header("Content-Type", kind)\n',
                '        self.send_header("Content-Type", kind)\n        self.send_header("Cache-Control", "no-store")\n',
            ),
        ),
    ),
)


def suggestion(world: World, repo: Repository) -> Suggestion:
    """The first idea that is neither done nor already proposed; after the last one, a line in the notes."""
    files = _files(world, repo.branches.get(repo.default_branch))
    proposed = {pull.title for pull in repo.pulls() if pull.state == "open"}
    for idea in IDEAS:
        if idea.title not in proposed and all(old in files.get(path, "") for path, old, _ in idea.edits):
            changes = {path: files[path] for path, _, _ in idea.edits}
            for path, old, new in idea.edits:
                changes[path] = changes[path].replace(old, new, 1)
            return Suggestion(idea.title, idea.body, changes)
    number = repo.last_number + 1
    line = f"- Order {number} is kept for thirty days.\n"
    return Suggestion(
        f"docs: note how long order {number} is kept",
        "One line, so that support need not ask.",
        {NOTES: files.get(NOTES, "# Notes\n\n") + line},
    )


def follow_up(world: World, pull: Pull) -> Suggestion:
    """One more commit for an open pull request: a line in the notes that is not there yet."""
    files = _files(world, pull.head_sha)
    count = files.get(NOTES, "").count("\n- ") + 1
    line = f"- #{pull.number}: {pull.title}, note {count}.\n"
    return Suggestion("docs: note what changes for support", "", {NOTES: files.get(NOTES, "# Notes\n\n") + line})


def _files(world: World, sha: str | None) -> Mapping[str, str]:
    return world.objects.commit(sha).tree.files if sha else {}
