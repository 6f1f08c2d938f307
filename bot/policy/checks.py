"""Which checks prove which item of the pipeline, as the file says it, and the items that every repository has by name.

A file adds its own items or says how a built-in one is recognised; the patterns that recognise a built-in item where the
file is silent live in `pipeline/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag

from bot.policy.quantities import Duration
from bot.policy.scalars import WRONG
from bot.policy.strategies import Limit
from bot.policy.words import Glob, Item, Section, Team, shaped

Stage = Literal["commit", "build", "test", "staging", "production"]

STAGES: tuple[Stage, ...] = get_args(Stage)

BUILT_IN_ITEMS: Mapping[str, Stage] = MappingProxyType(
    {
        **dict.fromkeys(("lint", "sast", "dependency_scan"), "commit"),
        **dict.fromkeys(("compile", "image", "sign", "push"), "build"),
        **dict.fromkeys(("unit", "integration", "e2e", "contract", "performance"), "test"),
        **dict.fromkeys(("smoke", "dast", "manual_qa"), "staging"),
        "smoke_production": "production",
    }
)
"""Every item that can be named under `checks:` without being described, with its stage."""


class CheckRun(Section):
    """A check run, by the app that reports it and a pattern for its name."""

    app: Annotated[
        Annotated[str, shaped(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}", "an app's slug or id", "github-actions")],
        Field(description="The app that reports it: its slug or id.", examples=["github-actions"]),
    ]
    name: Annotated[Glob, Field(description="Its name, or a pattern for it.", examples=['"unit*"'])]


class CommitStatus(Section):
    """A commit status, by a pattern for its context. Anybody with write access can set one: prefer a check run."""

    status: Annotated[Glob, Field(description="Its context, or a pattern for it.")]


class Attestation(Section):
    """An attestation of the built artifact."""

    attestation: Annotated[Literal["provenance", "sbom"], Field(description="The kind of attestation.")]


class HumanCheck(Section):
    """A person's word."""

    human: Annotated[Team, Field(description="The team one of whose members says so.")]
    bump: Annotated[
        Literal["major", "minor", "patch"],
        Field(description="Only for releases of at least this size."),
    ] = "patch"


_BY_KEY = {"app": "a check run", "status": "a status", "attestation": "an attestation", "human": "a person"}


def _which(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((tag for key, tag in _BY_KEY.items() if key in value), "a check run" if "name" in value else None)
    return next((tag for key, tag in _BY_KEY.items() if hasattr(value, key)), None)


Proof = Annotated[
    Annotated[CheckRun, Tag("a check run")]
    | Annotated[CommitStatus, Tag("a status")]
    | Annotated[Attestation, Tag("an attestation")]
    | Annotated[HumanCheck, Tag("a person")],
    Discriminator(
        _which,
        custom_error_type=WRONG,
        custom_error_message="this does not say what proves the item",
        custom_error_context={
            "message": "this does not say what proves the item",
            "fix": 'write `{ app: github-actions, name: "unit*" }`, or one of `status:`, `attestation:`, `human:`',
        },
    ),
]
"""One way to prove an item. An item with several is proved by any of them."""

Items = Mapping[Item, Annotated[tuple[Proof, ...], Field(max_length=50)]]


class Pipeline(Section):
    """The stages from commit to production, each with its items."""

    commit: Items = Field(default_factory=dict, description="Lint, static analysis, dependency scan.")
    build: Items = Field(default_factory=dict, description="Compile, image, sign, push.")
    test: Items = Field(default_factory=dict, description="Unit, integration, end to end, contract, performance.")
    staging: Items = Field(default_factory=dict, description="Smoke tests, dynamic analysis, manual QA.")
    production: Items = Field(default_factory=dict, description="What is looked at in production.")

    def stage(self, name: Stage) -> Items:
        found: Items = getattr(self, name)
        return found


class PipelineOptions(Section):
    """What the pipeline table leaves out, and when it gives advice."""

    ignore: Annotated[tuple[Glob, ...], Field(description="Checks that count nowhere.")] = ()
    advise_over: Annotated[Limit, Field(description="Give advice when the pipeline takes longer.")] = Duration.parse(
        "30m"
    )
