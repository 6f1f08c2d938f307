"""How the command line finds its commands: its own, and the verbs of comments, which are only made when somebody wants one.

Reading the table of verbs takes a third of a second, which `tagboat run` and its processes need not wait for.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from typer.core import TyperGroup

RUN, LOOK, STEER = "Run it", "Look, without the bot", "Steer a rollout"
PARTS = (RUN, LOOK, STEER)
"""The parts of the help, in order."""


class Lines(TyperGroup):
    """The commands of this program first, then those that `verbs` makes and it has none of its own for."""

    verbs: ClassVar[Callable[[], Mapping[str, Any]]] = dict

    def list_commands(self, ctx: Any) -> list[str]:
        own = sorted(super().list_commands(ctx), key=lambda name: PARTS.index(self._part(name)))
        return [*own, *(name for name in type(self).verbs() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, cmd_name) or type(self).verbs().get(cmd_name)

    def _part(self, name: str) -> str:
        return getattr(self.commands[name], "rich_help_panel", None) or LOOK
