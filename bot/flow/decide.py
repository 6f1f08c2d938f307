"""One commit: its checks as the pipeline's table, in every pull request that it belongs to, and where it goes by itself."""

from bot.decision import Decision, Show
from bot.flow.auto import ask_deploy, halts, next_asked
from bot.flow.model import FlowFacts, FlowRecord
from bot.flow.render import render_pipeline
from bot.pipeline import newest, stages
from bot.rollout.proposal import check_proposal
from bot.subject import pull

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
        sections=tuple(Show(pull(facts.repo, number), f"{SLOT}:{facts.sha}", text) for number in facts.pulls),
        effects=told,
        asks=(*(ask_deploy(it, facts) for it in ready), *halts(facts)),
        because=f"{len(newest(facts.checks))} checks on {facts.sha[:7]}, {len(failed)} of them failed.",
    )
