"""The policy file to begin with, made from what was found: safe to merge, since nothing in it moves anything by itself."""

from collections.abc import Iterator

from bot.onboarding.model import Found
from bot.onboarding.survey import PRODUCTION, STAGING, environments, items, rank


def draft(found: Found, schema: str = "") -> str:
    """The text of `.github/tagboat.yml`, which lints clean. `schema` is the address of the schema for editors, left out where unknown.

    Every deployment waits for a person, and rollbacks are only on paper. Where no workflow listens to deployments it only advises: a
    deployment would stay pending for ever.
    """
    return "\n".join(_lines(found, schema)) + "\n"


def _lines(found: Found, schema: str) -> Iterator[str]:
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
    yield "version: 1"
    if found.has_driver:
        yield "mode: active                # advise: look and answer, never act. paused: start nothing, rollback works"
    else:
        yield "mode: advise                # write `active` once a workflow listens to `deployment` and carries it out"
    yield "environments:"
    names = environments(found) or ("production",)
    staging = [name for name in names if rank(name) == STAGING]
    checks = items(found)
    for name in names:
        yield f"  {name}:"
        is_production = rank(name) == PRODUCTION
        if is_production and staging:
            yield f"    after: {staging[-1]}"
        yield "    deploy: gated           # a person types /deploy; auto: each green commit of the default branch"
        yield "    strategy: recreate      # canary, once your workflow honours `traffic`"
        if checks:
            yield f"    checks: [{', '.join(checks)}]"
        yield "    driver: { kind: deployment }"
        if is_production:
            yield "    rollback:"
            yield "      mode: dry_run         # says when it would go back; automatic, once you trust it"
