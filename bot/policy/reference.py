"""The reference of the policy file as a page of Markdown, printed from the model.

`docs/guide/policy.md` is this page and a test compares the two, so the page cannot lag behind what the bot accepts.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, get_origin

from pydantic_core import PydanticUndefined

from bot.policy.checks import BUILT_IN_ITEMS, STAGES
from bot.policy.lint import LINTS
from bot.policy.model import Policy
from bot.policy.outline import Key, element_of, keys_of, options, sections_of, takes
from bot.policy.releases import EVIDENCE
from bot.policy.starter import MINIMAL_FILE
from bot.policy.strategies import NEEDS
from bot.policy.who import BELONGS_TO, DEFAULT_WHO
from bot.policy.words import Section

_OPENING = """\
# The policy file

<!-- Printed from the model by `render_reference` in bot/policy/reference.py: change the model, not this page. -->

`.github/tagboat.yml` on the default branch says what Tagboat may do in a repository. Without it Tagboat only advises. While a
new version of it does not parse, the last good one stays in force, and the pull request or commit that broke it is told the
line and the fix, as remarks of the check run `tagboat/policy`. A pull request that changes it well is told how it was understood.
`tagboat lint FILE` says the same before you push.

Editors that know YAML complete keys and underline mistakes with its [JSON schema](tagboat.schema.json), which every Tagboat serves
at `/schema/tagboat.json` and `tagboat schema` prints. Put this on the first line of the file, with your Tagboat's address:

```
# yaml-language-server: $schema=https://tagboat.example.com/schema/tagboat.json
```

## The smallest useful file

"""

_VALUES = """\
## How values are written

| kind | looks like | and not like |
|---|---|---|
| a duration | `2s`, `15m`, `24h`, `90d` | `15`, `15 min`, `1h30m` |
| a share | `5%`, `99.9%` | `5`, `0.05` |
| a time of the week | `"Mon 09:00"` | `Monday 9:00` |
| a team | `"team:sre"`, of this organisation | `@acme/sre` |
| a role | `read`, `triage`, `write`, `maintain`, `admin`: at least that role | |
| a pattern | `"unit*"`, `"db/migrate/**"`: at most 200 characters and 8 wildcards | `/etc`, `../up` |

Only `true` and `false` are switches; `on`, `off`, `yes` and `no` are words. A key stands once. Anchors, aliases and tags are not
allowed; a file has at most 64 KiB, 5,000 keys and values, and 20 levels. Nothing after a colon means all defaults where keys are
wanted, and is an error elsewhere. Servers, probe targets and channels are names that the operator's settings define: a repository
can name them and never point anywhere.
"""

_ORGANISATION = """\
## The organisation's file

`tagboat.yml` in the organisation's `.github` repository holds defaults for every repository that says `extends: org`. The two are
merged key by key; a list is replaced whole. What stands under its `enforced:` has the last word in every repository, whether it
extends or not; what is enforced for an environment holds where there is one of that name.

Tagboat has to be installed on that `.github` repository; where it is not, a file that extends is warned and stands alone. A new
version of the organisation's file holds for the next look at anything below it. While it does not parse, the last good one holds,
and its commit, and every answer below, says so. `tagboat lint --org tagboat.yml .github/tagboat.yml` checks one on top of the other.

```yaml
version: 1
slis: { provider: prometheus }
enforced:
  environments:
    production:
      approvals: { count: 1 }
```
"""


def render_reference() -> str:
    """The whole page, ending in a line end."""
    parts = [
        f"{_OPENING}```yaml\n{MINIMAL_FILE}```\n",
        _VALUES,
        "## Keys\n",
        *_sections(),
        _who(),
        _items(),
        _ORGANISATION,
        _rules(),
    ]
    return "\n".join(parts)


def _sections() -> Iterator[str]:
    places: dict[type[Section], tuple[str, ...]] = {}
    for section, place in _places(Policy, ""):
        places[section] = (*places.get(section, ()), place)
    told: dict[tuple[str, ...], list[type[Section]]] = {}
    for section, found in places.items():
        told.setdefault(found, []).append(section)
    for (first, *others), sections in told.items():
        heading = f"### `{first}`" if first else "### At the top"
        also = f"The same at {', '.join(f'`{place}`' for place in others)}.\n" if others else ""
        yield "\n".join([heading, "", *([also] if also else []), *(_section(section) for section in sections)])


def _section(section: type[Section]) -> str:
    return f"{inspect.getdoc(section)}\n\n{_table(section)}"


def _places(section: type[Section], place: str) -> Iterator[tuple[type[Section], str]]:
    """Every section with every place where it can stand, outer before inner."""
    yield section, place
    for key in keys_of(section):
        yield from _places_in(key.annotation, f"{place}.{key.name}".removeprefix("."))


def _places_in(annotation: Any, place: str) -> Iterator[tuple[type[Section], str]]:
    for section in sections_of(annotation):
        yield from _places(section, place)
    for option in options(annotation):
        for element in element_of(option):
            yield from _places_in(element, f"{place}[]" if get_origin(option) is tuple else f"{place}.<name>")


def _table(section: type[Section]) -> str:
    rows = [
        f"| `{key.name}` | {_cell(takes(key.annotation))} | {_default(key)} | {_cell(key.description)} |"
        for key in keys_of(section)
    ]
    return "\n".join(["| key | takes | default | meaning |", "|---|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(key: Key) -> str:
    if key.required:
        return "required"
    value = key.field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or isinstance(value, Section) or value == {}:
        return ""
    return f"`{_flow(value)}`"


def _flow(value: Any) -> str:
    """A value as it would stand in the file, on one line."""
    if isinstance(value, Section):
        stated = value.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
        return _flow(stated)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_flow(one) for one in value)}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + " }"
    return str(value)


def _who() -> str:
    by_role: dict[Any, list[str]] = {}
    for action, allowed in DEFAULT_WHO.items():
        by_role.setdefault(allowed, []).append(f"`{action}`")
    rows = [
        f"| {role or 'nobody, until a team is named'} | {', '.join(actions)} |" for role, actions in by_role.items()
    ]
    needs = ", ".join(f"`{action}` counts as `{other}`" for action, other in BELONGS_TO.items())
    return "\n".join(
        [
            "## Who may do what\n",
            "What `who` of the environment does not say is taken from `who` at the top, then from this table. Roles are asked of GitHub",
            "when a command runs.\n",
            "| at least | may |",
            "|---|---|",
            *rows,
            "",
            f"Where it is not named itself, {needs}.\n",
        ]
    )


def _items() -> str:
    rows = [
        f"| {stage} | {', '.join(f'`{item}`' for item, at in BUILT_IN_ITEMS.items() if at == stage)} |"
        for stage in STAGES
    ]
    honours = ", ".join(f"`{strategy}` needs `{honour}`" for strategy, honour in NEEDS.items())
    return "\n".join(
        [
            "## Items of the pipeline\n",
            "These exist without being described, and can stand under any `checks:`. Describing one says how it is recognised here.\n",
            "| stage | items |",
            "|---|---|",
            *rows,
            "",
            f"Named facts that a task can have as `evidence` besides: {', '.join(f'`{name}`' for name in EVIDENCE)}.\n",
            f"What a driver must honour for a strategy to be true: {honours}.\n",
        ]
    )


def _rules() -> str:
    return "\n".join(["## What is checked across keys\n", *(f"* {inspect.getdoc(rule)}" for rule in LINTS), ""])
