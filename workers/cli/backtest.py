"""`tagboat backtest`: what the criteria of a policy would have said in the past, before anything depends on them."""

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from workers.cli.terminal import LOOK, app, err, fail, settings, show, show_json

if TYPE_CHECKING:
    from bot.policy import Policy
    from workers.backtest.trying import Report

NOTHING_JUDGED = 3
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SPAN = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)([smhdw])")


@app.command(rich_help_panel=LOOK)
def backtest(
    repository: Annotated[
        str, typer.Argument(metavar="[OWNER/REPO]", help="Whose policy is tried; not needed with --policy.")
    ] = "",
    environment: Annotated[str, typer.Argument(metavar="[ENVIRONMENT]", help="Production when left out.")] = "",
    policy: Annotated[Path | None, typer.Option(help="Try this policy file, also one that is not merged yet.")] = None,
    strategy: Annotated[str, typer.Option(help="Another strategy than the environment's.")] = "",
    rollouts: Annotated[
        bool,
        typer.Option("--rollouts", help="Try it on what past rollouts counted, instead of on Prometheus' history."),
    ] = False,
    prometheus: Annotated[str, typer.Option(help="Its address; the operator's when left out.")] = "",
    since: Annotated[
        str, typer.Option("--from", help="A time (2026-11-16T00:00Z), or so long before --until: 7d.")
    ] = "7d",
    until: Annotated[str, typer.Option("--until", help="A time, or so long ago; now when left out.")] = "0s",
    step: Annotated[str, typer.Option(help="How far apart the windows begin.")] = "1h",
    every: Annotated[str, typer.Option(help="Look at most so often, to ask Prometheus less.")] = "0s",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Try rollback criteria on the past: how often they would have fired, how often they could not tell, how small a regression they see.

    Status 0: nothing fired. 1: something did. 2: it could not be tried. 3: there was nothing to judge.
    """
    from workers.backtest.history import NoHistory
    from workers.backtest.telling import told
    from workers.cli.memory import NoMemory

    if policy is not None and repository and "/" not in repository:
        repository, environment = "", repository
    try:
        end = _time(until, time.time())
        asked = _Asked(
            repository, environment, policy, strategy, prometheus, _time(since, end), end, _span(step), _span(every)
        )
        report = asyncio.run(asked.over_rollouts() if rollouts else asked.over_history())
    except (NoHistory, NoMemory, ValueError) as error:
        raise fail(str(error)) from None
    if as_json:
        show_json(report)
    else:
        show(told(report))
    if report.fired:
        raise typer.Exit(1)
    if not report.judged:
        raise typer.Exit(NOTHING_JUDGED)


class _Asked:
    """What was typed. Times in Unix seconds."""

    def __init__(
        self,
        repository: str,
        environment: str,
        policy: Path | None,
        strategy: str,
        prometheus: str,
        since: float,
        until: float,
        step: float,
        every: float,
    ) -> None:
        self._repository, self._environment, self._file, self._strategy = repository, environment, policy, strategy
        self._prometheus, self._since, self._until, self._step, self._every = prometheus, since, until, step, every

    async def over_history(self) -> "Report":
        import aiohttp

        from workers.backtest.history import NoHistory
        from workers.backtest.trying import over_history, plan_for, requests_of
        from workers.sli import Source

        policy = await self._policy()
        plan = plan_for(policy, self._name(policy), self._strategy)
        url = self._prometheus or settings().sli_servers.get(policy.slis.provider, "")
        if not url:
            raise NoHistory(
                f"There is no Prometheus called {policy.slis.provider} to ask: name its address with --prometheus, or set PROMETHEUS_URL."
            )
        if not url.startswith(("http://", "https://")):
            raise NoHistory(f"{url} is not an address: it should begin with https:// (or http://).")
        if self._step < 1:
            raise NoHistory("--step must be at least 1s.")
        total = requests_of(plan, self._since, self._until, self._step, self._every)
        columns = (TextColumn("asking Prometheus"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        async with aiohttp.ClientSession() as session:
            with Progress(*columns, console=err, transient=True) as progress:
                task = progress.add_task("", total=total)
                return await over_history(
                    Source(url.rstrip("/"), session),
                    policy.slis,
                    plan,
                    since=self._since,
                    until=self._until,
                    step=self._step,
                    every=self._every,
                    advance=lambda done: progress.advance(task, done),
                )

    async def over_rollouts(self) -> "Report":
        from bot.ledger import Watched
        from workers.backtest.trying import over_rollouts, plan_for
        from workers.cli.memory import named, of_this_place, opened

        policy = await self._policy()
        plan = plan_for(policy, self._name(policy), self._strategy)
        async with opened(of_this_place(settings())) as store:
            repo = await named(store, self._repository)
            kept = await store.ledger(repo.id, ["watched"], self._since)
        return over_rollouts(plan, [it for it in kept if isinstance(it, Watched) and it.ended_at <= self._until])

    async def _policy(self) -> "Policy":
        from bot.policy import parse_policy
        from workers.backtest.history import NoHistory
        from workers.cli.memory import named, of_this_place, opened
        from workers.lint import Unreadable, read_policy_file

        if self._file is not None:
            try:
                text = read_policy_file(self._file)
            except Unreadable as error:
                raise NoHistory(str(error)) from None
            where, organisation = str(self._file), None
        else:
            if not self._repository:
                raise NoHistory("Whose policy? Name OWNER/REPO, or a file with --policy.")
            async with opened(of_this_place(settings())) as store:
                repo = await named(store, self._repository)
                kept = await store.policy(repo.id)
            if kept is None:
                raise NoHistory(f"No policy of {repo.full_name} was ever read. Name a file with --policy.")
            text, organisation, where = kept.text, kept.organisation, f"the policy of {repo.full_name}"
        parsed = parse_policy(text, organisation)
        if parsed.policy is None:
            raise NoHistory(f"{where} cannot be understood: {parsed.errors[0]} `tagboat lint` says more.")
        return parsed.policy

    def _name(self, policy: "Policy") -> str:
        from bot.commands.deploy import production

        return self._environment or production(policy)


def _span(text: str) -> float:
    """`90s`, `15m`, `7d` → seconds. Raises ValueError."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"“{text}” is no length of time: write it like 15m, 12h or 7d.")
    return float(match[1]) * _UNITS[match[2]]


def _time(text: str, before: float) -> float:
    """A moment as it is typed, or so long `before`. Unix seconds. Raises ValueError."""
    from datetime import UTC, datetime

    if _SPAN.fullmatch(text.strip()):
        return before - _span(text)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"“{text}” is no time: write it like 2026-11-16T08:00Z, or how long ago it was, like 7d."
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
