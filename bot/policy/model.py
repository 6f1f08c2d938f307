"""The whole of `.github/tagboat.yml` as one frozen value, with the questions that the rest of the bot asks of it.

A `Policy` is what was agreed on the default branch. Everything that is decided is decided under one, and without a file
under `NO_POLICY`, which only advises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from bot.policy.checks import BUILT_IN_ITEMS, STAGES, Pipeline, PipelineOptions, Proof, Stage
from bot.policy.environments import Environment, Source
from bot.policy.guards import Freeze, Incidents, Locks
from bot.policy.readiness import Readiness
from bot.policy.releases import Flags, Release
from bot.policy.reports import DeploymentSource, Dora, Notify
from bot.policy.scalars import BLANK
from bot.policy.slis import Slis
from bot.policy.strategies import CanaryStep, Strategies, Strategy, StrategyName
from bot.policy.who import DEFAULT_WHO, Action, RepositoryWho
from bot.policy.words import EnvironmentName, Login, Partial, Role, Section, counting, shaped

Mode = Literal["advise", "active", "paused"]

_PREFIX = shaped(r"/(?:[a-z][a-z0-9-]{0,30} )?", 'a prefix: `"/"`, or a word such as `"/tagboat "`', '"/tagboat "')


class Commands(Section):
    """How people address Tagboat."""

    prefix: Annotated[
        Annotated[str, _PREFIX],
        Field(description='What a command begins with; `"/tagboat "` where another bot owns `/deploy`.'),
    ] = "/"
    bots: Annotated[
        tuple[Login, ...],
        Field(
            description="Apps whose comments may hold commands, and whose labels make incidents, by the names that GitHub shows: "
            "`pager[bot]`. They may do what takes `write`, and nothing that is for a team, that sets a rule aside, or that takes a "
            "second person. All other bots are ignored."
        ),
    ] = ()

    def lists(self, login: str) -> bool:
        """Whether `login` is one of `bots`. Only Apps have names that end so: a person who is called like one is none."""
        folded = login.casefold()
        return folded.endswith("[bot]") and folded in {
            f"{it.casefold().removesuffix('[bot]')}[bot]" for it in self.bots
        }


class Policy(Section):
    """`.github/tagboat.yml`."""

    version: Annotated[int, counting(1, 1), Field(description="The version of this format.", examples=["1"])]
    mode: Annotated[
        Mode,
        Field(
            description="`advise`: look and answer, never act. `active`: do what this file says. `paused`: start nothing; rollback works."
        ),
    ] = "advise"
    extends: Annotated[
        Literal["org"] | None, Field(description="`org`: what is absent here is taken from the organisation's file.")
    ] = None
    enforced: Partial = Field(
        default_factory=dict,
        description="Only in the organisation's file: keys on which repositories do not have the last word.",
    )
    commands: Annotated[Commands, Field(description="How people address Tagboat.")] = Commands()
    permissions: Annotated[
        RepositoryWho,
        Field(
            validation_alias="who",
            serialization_alias="who",
            description="Who may do what, where no environment says otherwise.",
        ),
    ] = RepositoryWho()
    pipeline: Annotated[Pipeline, Field(description="Which checks prove which item, by stage.")] = Pipeline()
    pipeline_options: Annotated[PipelineOptions, Field(description="How the pipeline is shown.")] = PipelineOptions()
    environments: Mapping[EnvironmentName, Environment] = Field(
        default_factory=dict, max_length=50, description="Where releases go, in order."
    )
    strategies: Annotated[Strategies, Field(description="How each strategy goes about it.")] = Strategies()
    slis: Annotated[Slis, Field(description="What tells a good release from a bad one.")] = Slis()
    readiness: Annotated[Readiness, Field(description="The check on pull requests.")] = Readiness()
    release: Annotated[Release, Field(description="Versions, tags and trains.")] = Release()
    flags: Annotated[Flags, Field(description="Feature flags.")] = Flags()
    locks: Annotated[Locks, Field(description="Locks on environments.")] = Locks()
    freezes: Annotated[tuple[Freeze, ...], Field(max_length=50, description="Times without deployments.")] = ()
    incidents: Annotated[Incidents, Field(description="Which issues are incidents.")] = Incidents()
    dora: Annotated[Dora, Field(description="How the four keys are counted.")] = Dora()
    statuses: Annotated[
        Literal["none", "required_only"],
        Field(
            description="`tagboat/<environment>`: on pull requests only where a rule requires it; a no-go also on the default branch's head."
        ),
    ] = "required_only"
    notify: Annotated[Notify, Field(description="Who is told what.")] = Notify()

    @field_validator("environments", mode="before")
    @classmethod
    def _name_environments(cls, value: Any) -> Any:
        """Give each environment its key as its name, so that it can be handed around without its mapping."""
        if not isinstance(value, Mapping):
            return value
        return {key: _named(str(key), one) for key, one in value.items()}

    @property
    def environment_names(self) -> tuple[str, ...]:
        """The environments in the order of the file."""
        return tuple(self.environments)

    def environment(self, name: str) -> Environment | None:
        """The environment of that name, whatever its case (GitHub's environments do not tell case apart)."""
        folded = name.casefold()
        return next((one for key, one in self.environments.items() if key.casefold() == folded), None)

    def strategy_for(self, environment: Environment, name: StrategyName | None = None) -> Strategy:
        """The tuned strategy of an environment, or the strategy `name` where a command asked for one."""
        return self.strategies.named(name or environment.strategy)

    def canary_steps(self) -> tuple[CanaryStep, ...]:
        """The steps of a canary, in growing order, the last at 100 %."""
        return self.strategies.canary.steps

    def accepts(self, environment: Environment) -> tuple[Source, ...]:
        """Where a commit for this environment may come from."""
        return environment.accepts

    def who(self, environment: Environment | None, action: Action) -> Role | tuple[str, ...]:
        """Who may do `action`: a role (at least that one) or teams (`team:sre`, any member); `()` is nobody.

        `environment` is None for what concerns the repository. The environment has the first word, then the general
        part of the file, then `DEFAULT_WHO`. Whose approvals count is said once, for reviews and `/confirm` alike.
        """
        if action == "confirm" and environment is not None and environment.approvals.from_:
            return environment.approvals.from_
        for said in (environment.who.named(action) if environment else None, self.permissions.named(action)):
            if said is not None:
                return said
        return DEFAULT_WHO[action]

    def deployments_from(self) -> DeploymentSource:
        """What counts as a deployment: a bot that only advises has no rollouts of its own to count."""
        return self.dora.deployments or ("github" if self.mode == "advise" else "tagboat")

    def items(self) -> dict[str, Stage]:
        """Every item that this repository has, with its stage: the built-in ones and those of the file."""
        return dict(BUILT_IN_ITEMS) | {item: stage for stage in STAGES for item in self.pipeline.stage(stage)}

    def proofs(self, item: str) -> tuple[Proof, ...]:
        """How the file says that `item` is recognised; empty where it leaves that to the built-in patterns."""
        return next((self.pipeline.stage(stage)[item] for stage in STAGES if item in self.pipeline.stage(stage)), ())


def _named(name: str, value: Any) -> Any:
    if isinstance(value, Environment):
        return value if value.name == name else value.model_copy(update={"name": name})
    if value is BLANK:
        return {"name": name}
    return {**value, "name": name} if isinstance(value, Mapping) else value


NO_POLICY = Policy(version=1, mode="advise")
"""What holds without a file: look, answer, keep the four keys from what GitHub knows, and never act."""
