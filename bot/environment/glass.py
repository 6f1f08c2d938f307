"""Breaking the glass: a deployment past the rules leaves an issue behind in which everybody can read who did that, why, and past what."""

from bot.effects import OpenIssue
from bot.environment.model import Active, EnvironmentFacts
from bot.gates import broken
from bot.markdown import code, plain, short, utc


def audit_issue(active: Active, facts: EnvironmentFacts) -> tuple[OpenIssue, ...]:
    """The issue about a rollout that begins past the rules; nothing for any other."""
    request = active.request
    if not request.break_glass:
        return ()
    sha = active.rollout.plan.candidate
    passed = [
        f"- {it.what} ({code(it.code)})"
        for gates in facts.gates.values()
        if gates.break_glass and gates.sha == sha
        for it in broken(gates)
    ]
    where = f" in #{request.number}" if request.number else ""
    body = "\n\n".join(
        (
            f"{plain(request.by)} deployed {code(sha)} to {code(facts.name)} past the rules{where} at {utc(facts.now)}.",
            f"**Why:** {plain(request.break_glass, 500)}",
            "**What stood in the way:**\n\n" + ("\n".join(passed) or "- nothing, as it turned out"),
            "Permission, the commit that was named, and forks were asked about as always. Close this issue when somebody has looked at it.",
        )
    )
    title = f"The glass was broken: {short(sha)} to {facts.name}"
    return (OpenIssue(f"break-glass:{active.root_key}", title, body),)
