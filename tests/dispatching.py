"""The deploy workflow that the guide offers for dispatching, with a command in the place of the marked lines, for worlds that are deployed
by it."""

import re
from pathlib import Path

from tests.policies import MORTAL_POLICY, POLICY

PAGE = Path(__file__).parents[1] / "docs/guide/deploy-workflow.md"
FILE = ".github/workflows/deploy.yml"


def workflow_to_copy() -> str:
    """As it stands on the page."""
    (block,) = re.findall(
        r"^```yaml\n(name: Deploy on order\n.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(block)


def dispatched(policy: str) -> str:
    """The same policy, with the driver dispatched."""
    return policy.replace("{ kind: deployment, honours", "{ kind: workflow, file: deploy.yml, honours")


DISPATCH_POLICY = dispatched(POLICY)
MORTAL_DISPATCH_POLICY = dispatched(MORTAL_POLICY)
