"""One commit: its checks as the pipeline's table, in every pull request that it belongs to, and where it goes by itself."""

from hashlib import sha256

from bot.decision import Decision, Show
from bot.flow.auto import ask_deploy, halts, next_asked
from bot.flow.model import FlowFacts, FlowRecord
from bot.flow.render import render_pipeline
from bot.gates.owners import CHECKED
from bot.pipeline import newest, stages
from bot.rollout.proposal import check_proposal
from bot.subject import environment, pull

SLOT = "pipeline"


def decide(record: FlowRecord, facts: FlowFacts) -> Decision[FlowRecord]:
    if not facts.known:
        return Decision(record, because=f"GitHub has no commit {facts.sha[:7]} any more.")
    found, others = stages(facts.checks, facts.policy)
    items = {item.name: item.state for stage in found for item in stage.items}
    failed = tuple(
        check.name
        for check in (*(check for stage in found for item in stage.items for check in item.checks), *others)
        if check.state == "failed"
    )
    text = render_pipeline(facts.sha, found, others) if newest(facts.checks) else ""
    told = () if facts.broken is None else (check_proposal(facts.sha, facts.broken, facts.policy.mode),)
    ready = next_asked(record.asked, facts)
    asked = (*record.asked, *(it.name for it in ready))
    return Decision(
        FlowRecord(items=items, failed=failed, asked=asked),
        sections=(
            *(Show(pull(facts.repo, number), f"{SLOT}:{facts.sha}", text) for number in facts.pulls),
            *(
                Show(environment(facts.repo, name), f"{CHECKED}{facts.sha}", _digest(facts))
                for name in facts.awaited_in
            ),
        ),
        effects=told,
        asks=(*(ask_deploy(it, facts) for it in ready), *halts(facts)),
        because=f"{len(newest(facts.checks))} checks on {facts.sha[:7]}, {len(failed)} of them failed.",
    )


def _digest(facts: FlowFacts) -> str:
    """Another text whenever a check has another result: that wakes whoever waits for one."""
    results = sorted(f"{it.app} {it.name} {it.state} {it.id}" for it in newest(facts.checks))
    return sha256("\n".join(results).encode()).hexdigest()[:16]
