"""The gate about who moves the traffic: is there a deploy workflow that takes orders, and does it do what the strategy asks for?

Of a workflow that is dispatched GitHub can be asked beforehand, so nothing is begun that cannot be ordered. Who listens to deployments may
live anywhere and cannot be known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from bot.gates.model import GateFacts, Refusal, Workflow
from bot.markdown import code, plain
from bot.policy.strategies import NEEDS

INPUTS = (
    *("environment", "sha", "schema", "rollout", "step", "attempt", "generation", "key", "strategy", "traffic"),
    *("target", "candidate", "baseline", "image", "params", "requested_by"),
)
"""What every dispatch carries: the payload of a shift, with the environment and the commit to deploy. GitHub takes 25 at most."""

GUIDE = "The guide's page on the deploy workflow has one to copy."


def driver(facts: GateFacts) -> Refusal | None:
    """Somebody must really move the traffic, and in the shares that the strategy asks for."""
    environment = facts.environment
    if environment is None:
        return None
    if environment.driver.kind == "workflow" and (why := _workflow(facts, environment.driver.file or "")) is not None:
        return why
    needed = NEEDS.get(facts.strategy)
    if needed and needed not in environment.driver.honours:
        return Refusal(
            "driver_does_not_honour",
            f"{facts.strategy} needs a workflow that honours `{needed}`; a workflow that ignores it would ship 100 % at once.",
            f"Make the workflow follow the payload's `{needed}`, then say `honours: [{needed}]`.",
            "maintainers",
        )
    return None


def _workflow(facts: GateFacts, file: str) -> Refusal | None:
    workflow, path = facts.workflow, f".github/workflows/{file}"
    if workflow is None:
        what = f"GitHub would not say whether there is a {code(path)} to dispatch."
        return Refusal("driver_unknown", what, "Try again in a minute.", wait=True)
    if workflow.text is None:
        what = f"There is no {code(path)} on {code(facts.default_branch)}, so nobody would move the traffic."
        return Refusal("driver_missing", what, f"Add it, or name another under `driver`. {GUIDE}", "maintainers")
    if workflow.state.startswith("disabled"):
        what = f"The workflow {code(path)} is switched off ({plain(workflow.state)})."
        return Refusal("driver_disabled", what, "Enable it on the repository's Actions page.", "maintainers")
    if not workflow.startable:
        what = f"This installation has not been given `actions: write`, so {code(path)} cannot be started."
        mend = "An owner accepts the App's permissions on the page of its installation."
        return Refusal("driver_not_allowed", what, mend, "owners")
    document = _read(workflow)
    inputs = _dispatch(document)
    if document is None or inputs is None:
        what = (
            f"{code(path)} has no `workflow_dispatch` trigger" if document is not None else f"{code(path)} is not YAML"
        )
        return Refusal("driver_not_dispatchable", f"{what}, so it cannot be given orders.", GUIDE, "maintainers")
    return _contract(document, inputs, path)


def _contract(document: Mapping[str, Any], inputs: Mapping[str, Any], path: str) -> Refusal | None:
    """GitHub refuses inputs that are not declared, and a run whose name lacks the key would not be found again."""
    wrong = [f"it does not declare the input {code(name)}" for name in INPUTS if name not in inputs]
    wrong += [
        f"it requires the input {code(name)}, which is not sent" for name in _required(inputs) if name not in INPUTS
    ]
    if "inputs.key" not in str(document.get("run-name") or ""):
        wrong.append("its `run-name` does not contain `${{ inputs.key }}`")
    if not wrong:
        return None
    what = f"{code(path)} does not take orders as they are given: {'; '.join(wrong)}."
    return Refusal("driver_contract", what, f"Mend the file on the default branch. {GUIDE}", "maintainers")


def _required(inputs: Mapping[str, Any]) -> list[str]:
    rules = {name: rule for name, rule in inputs.items() if isinstance(rule, Mapping)}
    return [name for name, rule in rules.items() if rule.get("required") == "true" and not rule.get("default")]


def _read(workflow: Workflow) -> Mapping[str, Any] | None:
    try:
        # Every scalar stays text: `on` is a key here and no truth value.
        document = yaml.load(workflow.text or "", Loader=yaml.BaseLoader)  # noqa: S506  makes texts, lists and mappings only
    except (yaml.YAMLError, RecursionError):
        return None
    return document if isinstance(document, Mapping) else None


def _dispatch(document: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The inputs of its `workflow_dispatch`, None where it has no such trigger."""
    on = document.get("on") if document is not None else None
    if isinstance(on, str | list):
        return {} if "workflow_dispatch" in ([on] if isinstance(on, str) else on) else None
    if not isinstance(on, Mapping) or "workflow_dispatch" not in on:
        return None
    trigger = on["workflow_dispatch"]
    inputs = trigger.get("inputs") if isinstance(trigger, Mapping) else None
    return inputs if isinstance(inputs, Mapping) else {}


def stopped(facts: GateFacts) -> str:
    """That the rules of GitHub's own environment would stop every shift; "" where they would not. Whether a workflow that hears deployments
    names the environment cannot be known."""
    environment = facts.environment
    if environment is None or not facts.stops:
        return ""
    name = code(environment.name)
    wants = f"GitHub's environment {name} wants {plain(spoken(facts.stops))} before a job starts in it"
    leave_out = "leave `environment:` out of the job. Tagboat's gates take its place."
    if environment.driver.kind == "deployment":
        return f"{wants}: every shift would wait for that if the job of the deploy workflow names it, so {leave_out}"
    document = _read(facts.workflow) if facts.workflow is not None else None
    if not any(one.casefold() == environment.name.casefold() or "${{" in one for one in _environments(document)):
        return ""
    return f"{wants}, and the job of {code(environment.driver.file or '')} names it: every shift will wait for that, so {leave_out}"


def spoken(stops: Sequence[str]) -> str:
    return " and ".join(stops)


def _environments(document: Mapping[str, Any] | None) -> list[str]:
    """The environments that the jobs of a workflow name."""
    jobs = document.get("jobs") if document is not None else None
    named = (
        [job.get("environment") for job in jobs.values() if isinstance(job, Mapping)]
        if isinstance(jobs, Mapping)
        else []
    )
    return [str(it.get("name", "")) if isinstance(it, Mapping) else str(it) for it in named if it]
