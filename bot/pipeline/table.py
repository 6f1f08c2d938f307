"""From loose checks to the pipeline's stages: which check proves the lint, the image, the unit tests … A kind of check that nobody
reports is shown as missing, never as green.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from bot.pipeline.checks import Check, newest
from bot.policy import Policy
from bot.policy.checks import STAGES, CheckRun, CommitStatus

ItemState = Literal["passed", "failed", "running", "skipped", "missing"]

# Stage → item → name patterns, any App: what teams commonly call their jobs.
BUILT_IN: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "commit": {
        "lint": (
            "lint*",
            "*-lint",
            "* / lint*",
            "format*",
            "fmt*",
            "ruff*",
            "eslint*",
            "prettier*",
            "style*",
            "clippy*",
        ),
        "sast": ("codeql*", "analyze*", "sast*", "semgrep*", "bandit*", "static*analysis*"),
        "dependency_scan": ("trivy*", "dependency*", "snyk*", "audit*", "osv*", "grype*"),
    },
    "build": {
        "compile": ("build*", "* / build*", "compile*", "bundle*", "package*"),
        "image": ("image*", "docker*", "container*"),
        "sign": ("sign*", "cosign*", "provenance*", "attest*"),
        "push": ("push*", "publish-image*"),
    },
    "test": {
        "unit": ("unit*", "test", "tests", "test (*", "tests (*", "* / test*", "pytest*"),
        "integration": ("integration*", "it-*"),
        "e2e": ("e2e*", "end-to-end*", "cypress*", "playwright*"),
        "contract": ("contract*", "pact*"),
        "performance": ("performance*", "perf*", "k6*", "benchmark*", "load-test*"),
    },
    "staging": {
        "smoke": ("smoke*staging*", "staging*smoke*", "smoke"),
        "dast": ("dast*", "zap*"),
        "manual_qa": ("manual*qa*", "qa*"),
    },
    "production": {
        "smoke_production": ("smoke*prod*", "prod*smoke*"),
    },
}

# Seen on a commit before it is deployed anywhere; the rest is shown only when somebody reports it.
_EXPECTED_STAGES = ("commit", "build", "test")

LABELS: Mapping[str, str] = {
    "lint": "Lint & format",
    "sast": "Static analysis (SAST)",
    "dependency_scan": "Dependency scan",
    "compile": "Compile / bundle",
    "image": "Container image",
    "sign": "Sign (provenance)",
    "push": "Push to registry",
    "unit": "Unit tests",
    "integration": "Integration tests",
    "e2e": "End-to-end tests",
    "contract": "Contract tests",
    "performance": "Performance tests",
    "smoke": "Smoke tests (staging)",
    "dast": "Security scan (DAST)",
    "manual_qa": "Manual QA",
    "smoke_production": "Smoke tests (production)",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Matches checks by name, a shell pattern, case ignored; with `app` only check runs of that App (its slug or number), because anybody
    with write access can set a commit status, under any login they like to register."""

    name: str
    app: str = ""

    def matches(self, check: Check) -> bool:
        if not fnmatchcase(check.name.lower(), self.name.lower()):
            return False
        return not self.app or (not check.is_status and self.app.lower() in {check.app.lower(), str(check.app_id)})


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of check and what proves it. `state` is the worst of its checks; without any it is missing."""

    name: str
    checks: tuple[Check, ...]

    @property
    def label(self) -> str:
        return LABELS.get(self.name, self.name)

    @property
    def state(self) -> ItemState:
        states = {check.state for check in self.checks}
        order: tuple[ItemState, ...] = ("failed", "running", "passed", "skipped")
        return next((state for state in order if state in states), "missing")


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    items: tuple[Item, ...]


Patterns = Mapping[str, Mapping[str, tuple[Pattern, ...]]]


def patterns(policy: Policy) -> Patterns:
    """Stage → item → patterns: what the policy says of the items that it names, the built-in ones for all others.

    A declared item that only a person or an attestation proves has no pattern: no check will ever make it green.
    """
    named = _named(policy)
    merged: dict[str, dict[str, tuple[Pattern, ...]]] = {
        stage: {item: tuple(Pattern(name) for name in names) for item, names in items.items() if item not in named}
        for stage, items in BUILT_IN.items()
    }
    for stage in STAGES:
        for item, proofs in policy.pipeline.stage(stage).items():
            merged[stage][item] = tuple(
                Pattern(proof.name, proof.app) if isinstance(proof, CheckRun) else Pattern(proof.status)
                for proof in proofs
                if isinstance(proof, CheckRun | CommitStatus)
            )
    return merged


def _named(policy: Policy) -> frozenset[str]:
    return frozenset(item for stage in STAGES for item in policy.pipeline.stage(stage))


def counted(checks: Iterable[Check], policy: Policy) -> tuple[Check, ...]:
    """The newest of each check, without those that the policy ignores: they count for nothing anywhere."""
    ignored = tuple(Pattern(name) for name in policy.pipeline_options.ignore)
    return tuple(check for check in newest(checks) if not any(pattern.matches(check) for pattern in ignored))


def stages(checks: Iterable[Check], policy: Policy) -> tuple[tuple[Stage, ...], tuple[Check, ...]]:
    """The pipeline of one commit, and the checks that belong to no item.

    A check proves one item: the first that it matches of those that the policy names, else of the built-in ones. Stages before any
    deployment are always listed in full, later ones only with what was reported.
    """
    wanted, named = patterns(policy), _named(policy)
    items = [(item, tests) for of_stage in wanted.values() for item, tests in of_stage.items()]
    items.sort(key=lambda pair: pair[0] not in named)
    proofs: dict[str, list[Check]] = {}
    others: list[Check] = []
    for check in counted(checks, policy):
        item = next((item for item, tests in items if any(test.matches(check) for test in tests)), None)
        (others if item is None else proofs.setdefault(item, [])).append(check)
    found = []
    for stage, of_stage in wanted.items():
        listed = tuple(
            Item(item, tuple(proofs.get(item, ()))) for item in of_stage if item in proofs or stage in _EXPECTED_STAGES
        )
        if listed:
            found.append(Stage(stage, listed))
    return tuple(found), tuple(others)


def item_of(name: str, checks: Iterable[Check], policy: Policy) -> Item:
    """The one item called `name`, with the checks that prove it: what a gate asks for. Unknown items are missing."""
    for stage in stages(checks, policy)[0]:
        for item in stage.items:
            if item.name == name:
                return item
    return Item(name, ())
