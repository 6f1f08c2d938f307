"""`.github/tagboat.yml` → `Policy`, with errors that name the line and the fix. Pure: text in, values out.

    >>> parsed = parse_policy("version: 1\\nmode: active\\nenvironments: { production: { stategy: canary } }\\n")
    >>> print(parsed.errors[0])
    line 3: environments.production.stategy: `stategy` is not a key of `environments.production`; did you mean `strategy`?
    >>> policy = parse_policy(MINIMAL_FILE).policy or NO_POLICY
    >>> policy.environment_names
    ('staging', 'production')
    >>> production = policy.environments["production"]
    >>> [step.traffic.percent for step in policy.canary_steps()]
    [5.0, 25.0, 50.0, 100.0]
    >>> policy.who(production, "rollback"), policy.who(production, "break_glass")
    ('write', ())

`model` is the file, one module per part of it; `tree` reads YAML without its traps; `organisation` merges; `names` and
`promises` are the rules across keys; `errors` puts refusals into the words of the file; `reference` and `schema` print the model.
"""

from bot.policy.checks import (
    BUILT_IN_ITEMS,
    STAGES,
    Attestation,
    CheckRun,
    CommitStatus,
    HumanCheck,
    Pipeline,
    Proof,
    Stage,
)
from bot.policy.environments import Approvals, Driver, Environment, Rollback, Source, Storm, Watch
from bot.policy.errors import PolicyError
from bot.policy.guards import Freeze, Incidents, Locks
from bot.policy.model import NO_POLICY, Mode, Policy
from bot.policy.outline import all_keys
from bot.policy.parse import Parsed, parse_policy
from bot.policy.quantities import DayTime, Duration, Share, WeekTime
from bot.policy.readiness import Readiness
from bot.policy.releases import EVIDENCE, Checklist, Release, Task, Train
from bot.policy.reports import Channel, Dora, Notify
from bot.policy.schema import json_schema, render_schema
from bot.policy.slis import ErrorLogs, ErrorRate, Health, Latency, Probe, Slis, Slo
from bot.policy.starter import MINIMAL_FILE
from bot.policy.strategies import (
    NEEDS,
    STRATEGY_NAMES,
    BlueGreen,
    Canary,
    CanaryStep,
    Recreate,
    Rolling,
    Shadow,
    Strategies,
    Strategy,
    StrategyName,
)
from bot.policy.who import DEFAULT_WHO, Action, Who, at_least
from bot.policy.words import ROLES, Role

__all__ = [
    "BUILT_IN_ITEMS",
    "DEFAULT_WHO",
    "EVIDENCE",
    "MINIMAL_FILE",
    "NEEDS",
    "NO_POLICY",
    "ROLES",
    "STAGES",
    "STRATEGY_NAMES",
    "Action",
    "Approvals",
    "Attestation",
    "BlueGreen",
    "Canary",
    "CanaryStep",
    "Channel",
    "CheckRun",
    "Checklist",
    "CommitStatus",
    "DayTime",
    "Dora",
    "Driver",
    "Duration",
    "Environment",
    "ErrorLogs",
    "ErrorRate",
    "Freeze",
    "Health",
    "HumanCheck",
    "Incidents",
    "Latency",
    "Locks",
    "Mode",
    "Notify",
    "Parsed",
    "Pipeline",
    "Policy",
    "PolicyError",
    "Probe",
    "Proof",
    "Readiness",
    "Recreate",
    "Release",
    "Role",
    "Rollback",
    "Rolling",
    "Shadow",
    "Share",
    "Slis",
    "Slo",
    "Source",
    "Stage",
    "Storm",
    "Strategies",
    "Strategy",
    "StrategyName",
    "Task",
    "Train",
    "Watch",
    "WeekTime",
    "Who",
    "all_keys",
    "at_least",
    "json_schema",
    "parse_policy",
    "render_schema",
]
