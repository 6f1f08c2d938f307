"""One environment as policy describes it: what may go there, in which order, by which strategy, and when it goes back.

What is absent is safe: nothing deploys by itself (`gated`), and a rollback only says what it would have done (`dry_run`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from bot.policy.quantities import Duration, Share
from bot.policy.strategies import Honour, Limit, StrategyName
from bot.policy.who import Who
from bot.policy.words import EnvironmentName, Flag, Item, Line, Section, Team, counting, shaped

Deploy = Literal["auto", "gated"]
Source = Literal["default_branch", "pull_request", "release"]
WhenNewer = Literal["queue", "replace", "reject"]
RollbackMode = Literal["automatic", "dry_run", "ask"]


class Approvals(Section):
    """Reviews of exactly the commit that is to be deployed."""

    count: Annotated[int, counting(0, 20), Field(description="How many approvals are needed.")] = 0
    from_: Annotated[
        tuple[Team, ...],
        Field(
            validation_alias="from",
            serialization_alias="from",
            description="Whose approvals count. Else anybody with write access.",
        ),
    ] = ()
    not_requester: Annotated[Flag, Field(description="The person who asked for the deployment does not count.")] = True


class Driver(Section):
    """Who carries out a shift of traffic: a workflow that listens to deployments, or one that is dispatched."""

    kind: Annotated[
        Literal["deployment", "workflow"],
        Field(description="`deployment`: a workflow listens to deployments. `workflow`: `file` is dispatched."),
    ] = "deployment"
    file: Annotated[
        Annotated[str, shaped(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}\.ya?ml", "a workflow file", "deploy.yml")] | None,
        Field(description="With `kind: workflow`: the file in `.github/workflows/`."),
    ] = None
    honours: Annotated[
        tuple[Honour, ...],
        Field(
            description="What the workflow really does with a shift. Canary needs `traffic`, blue_green `slots`, shadow `mirror`."
        ),
    ] = ()


class Watch(Section):
    """What happens after success."""

    for_: Annotated[
        Duration,
        Field(
            validation_alias="for",
            serialization_alias="for",
            description="How long a release is watched once it serves everybody.",
        ),
    ] = Duration.parse("24h")
    automatic_for: Annotated[
        Duration, Field(description="How long it is still rolled back by itself; later a person is paged.")
    ] = Duration.parse("1h")


class Storm(Section):
    """After this many rollbacks in this time, the next rollout waits for a person."""

    count: Annotated[int, counting(1, 100), Field(description="How many rollbacks.")] = 2
    within: Annotated[Limit, Field(description="In how long.")] = Duration.parse("24h")


class Rollback(Section):
    """When and how the environment goes back to its last good release."""

    mode: Annotated[
        RollbackMode,
        Field(
            description="`automatic`: by itself. `dry_run`: pause, and say what would have been done. `ask`: pause and ask."
        ),
    ] = "dry_run"
    when: Annotated[
        tuple[Line, ...],
        Field(max_length=50, description='The criteria, one sentence each: `"Error rate > 1% (baseline: 0.1%)"`.'),
    ] = ()
    watch: Annotated[Watch, Field(description="The time after success.")] = Watch()
    storm: Annotated[Storm, Field(description="How many rollbacks are too many.")] = Storm()


class Environment(Section):
    """One place that releases go to."""

    name: Annotated[SkipJsonSchema[str], Field(exclude=True)] = ""
    deploy: Annotated[
        Deploy, Field(description="`auto`: each green commit of the default branch. `gated`: a person types `/deploy`.")
    ] = "gated"
    after: Annotated[
        EnvironmentName | None,
        Field(description="Only what is live and healthy there: the same commit, or the same tree."),
    ] = None
    accepts: Annotated[
        tuple[Source, ...],
        Field(min_length=1, description="Where a commit may come from: a merge, an open pull request, a release."),
    ] = ("default_branch", "release")
    strategy: Annotated[StrategyName, Field(description="How it is rolled out where the command does not say.")] = (
        "recreate"
    )
    checks: Annotated[
        tuple[Item, ...] | None,
        Field(
            description="Items of the pipeline that must be green. Else those that branch protection requires; where it requires "
            "none, all that are not Tagboat's; where there are none at all, production is refused."
        ),
    ] = None
    up_to_date: Annotated[Flag, Field(description="Refuse a commit that lacks what is live.")] = True
    image: Annotated[
        Literal["immutable", "any"], Field(description="`immutable`: only a digest, SHA, SemVer or date tag.")
    ] = "any"
    image_from: Annotated[
        Annotated[
            str,
            shaped(
                r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,100}(?::[0-9]{1,5})?/)?[a-z0-9]+(?:[._/-]{1,2}[a-z0-9]+){0,20}:(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,60}[._-])?\{(?:sha|short_sha)\}(?:[._-][A-Za-z0-9._-]{0,20})?",
                "an image by its commit, with `{sha}` or `{short_sha}` in the tag",
                '"ghcr.io/acme/shop:{sha}"',
            ),
        ]
        | None,
        Field(
            description="The image of a commit: `{sha}` stands for all 40 digits of it, `{short_sha}` for the first 7. "
            "Drivers are told it with every order."
        ),
    ] = None
    budget_left: Annotated[
        Share | None, Field(description="Refuse when less of the error budget than this is left.")
    ] = None
    when_newer: Annotated[
        WhenNewer,
        Field(description="A newer release while one is rolling out: let it wait, take its place, or refuse it."),
    ] = "queue"
    approvals: Annotated[Approvals, Field(description="Reviews that a deployment needs.")] = Approvals()
    who: Annotated[Who, Field(description="Who may do what here.")] = Who()
    driver: Annotated[Driver, Field(description="What carries out a deployment.")] = Driver()
    rollback: Annotated[Rollback, Field(description="When to go back.")] = Rollback()

    def image_of(self, sha: str) -> str:
        """The image of a commit (full SHA) as the file names it; "" where it does not."""
        return (self.image_from or "").replace("{sha}", sha).replace("{short_sha}", sha[:7])
