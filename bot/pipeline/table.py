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

# Stage → item → name patterns, any App: what teams commonly call their jobs. The policy's own patterns replace an item's list.
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
    """Matches checks by App slug and name, both as shell patterns, case ignored."""

    name: str
    app: str = "*"

    def matches(self, check: Check) -> bool:
        return fnmatchcase(check.app.lower(), self.app.lower()) and fnmatchcase(check.name.lower(), self.name.lower())


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
    """Stage → item → patterns: the built-in ones, with the policy's own in place of those items that it names.

    A declared item that only a person or an attestation proves has no pattern: no check will ever make it green.
    """
    merged: dict[str, dict[str, tuple[Pattern, ...]]] = {
        stage: {item: tuple(Pattern(name) for name in names) for item, names in items.items()}
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


def stages(checks: Iterable[Check], policy: Policy) -> tuple[tuple[Stage, ...], tuple[Check, ...]]:
    """The pipeline of one commit, and the checks that belong to no item.

    A check proves the first item that it matches; stages before any deployment are always listed in full, later ones only with
    what was reported. Checks that the policy ignores count for nothing.
    """
    ignored = tuple(Pattern(name) for name in policy.pipeline_options.ignore)
    remaining = [check for check in newest(checks) if not any(pattern.matches(check) for pattern in ignored)]
    found: list[Stage] = []
    for stage, items in patterns(policy).items():
        listed: list[Item] = []
        for item, wanted in items.items():
            proof = tuple(check for check in remaining if any(pattern.matches(check) for pattern in wanted))
            remaining = [check for check in remaining if check not in proof]
            if proof or stage in _EXPECTED_STAGES:
                listed.append(Item(item, proof))
        if listed:
            found.append(Stage(stage, tuple(listed)))
    return tuple(found), tuple(remaining)


def item_of(name: str, checks: Iterable[Check], policy: Policy) -> Item:
    """The one item called `name`, with the checks that prove it: what a gate asks for. Unknown items are missing."""
    for stage in stages(checks, policy)[0]:
        for item in stage.items:
            if item.name == name:
                return item
    return Item(name, ())
