"""What there is to look at: the table of topics. The job entry point is `run`, the one loop, which is given this table.

Each topic is a folder of `bot/` that decides and a module here that observes.
"""

from collections.abc import Mapping
from typing import Any

from bot.clearance.decide import decide as decide_clearance
from bot.clearance.model import ClearanceRecord
from bot.commands.decide import CommandRecord
from bot.commands.decide import decide as decide_command
from bot.dora.decide import decide as decide_dora
from bot.dora.model import DoraRecord
from bot.environment.decide import decide as decide_environment
from bot.environment.model import EnvironmentRecord
from bot.flag.decide import decide as decide_flag
from bot.flag.model import FlagRecord
from bot.flow.decide import decide as decide_flow
from bot.flow.model import FlowRecord
from bot.incident.decide import decide as decide_incident
from bot.incident.model import IncidentRecord
from bot.onboarding.decide import decide as decide_onboarding
from bot.onboarding.model import OnboardingRecord
from bot.organisation.decide import decide as decide_organisation
from bot.organisation.model import OrganisationRecord
from bot.protection.decide import decide as decide_protection
from bot.protection.model import ProtectionRecord
from bot.pull.decide import decide as decide_pull
from bot.pull.model import PullRecord
from bot.release.decide import decide as decide_release
from bot.release.model import ReleaseRecord
from workers import (
    clearance,
    commands,
    dora,
    environment,
    flag,
    flow,
    incident,
    onboarding,
    organisation,
    protection,
    pull,
    release,
)
from workers.loop import run
from workers.tools import Topic

TOPICS: Mapping[str, Topic[Any, Any]] = {
    topic.name: topic
    for topic in (
        Topic("command", CommandRecord, CommandRecord, commands.observe, decide_command),
        Topic("pull", PullRecord, PullRecord, pull.observe, decide_pull),
        Topic("flow", FlowRecord, FlowRecord, flow.observe, decide_flow),
        Topic("environment", EnvironmentRecord, EnvironmentRecord, environment.observe, decide_environment),
        Topic("incident", IncidentRecord, IncidentRecord, incident.observe, decide_incident),
        Topic("protection", ProtectionRecord, ProtectionRecord, protection.observe, decide_protection),
        Topic("release", ReleaseRecord, ReleaseRecord, release.observe, decide_release),
        Topic("flag", FlagRecord, FlagRecord, flag.observe, decide_flag),
        Topic("onboarding", OnboardingRecord, OnboardingRecord, onboarding.observe, decide_onboarding),
        Topic("organisation", OrganisationRecord, OrganisationRecord, organisation.observe, decide_organisation),
        Topic("clearance", ClearanceRecord, ClearanceRecord, clearance.observe, decide_clearance),
        Topic("dora", DoraRecord, DoraRecord, dora.observe, decide_dora),
    )
}

__all__ = ["TOPICS", "run"]
