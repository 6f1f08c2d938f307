"""Opens the memory of a Tagboat for somebody at the terminal, whether it runs or not. Nothing is made or changed by opening it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.store import Store, StoreUnreachable, make_engine
from bot.store.engine import reading, revisions
from bot.subject import Repo


class NoMemory(Exception):  # noqa: N818 - it is read aloud in `except NoMemory`
    """There is no memory that could be read, or not of what was asked. The message says why and what to do."""


def of_this_place(settings: Settings) -> Settings:
    """The settings of the Tagboat that people here mean: without App credentials that is the one which plays in the sandbox."""
    home = settings.state_dir / "sandbox"
    usual = settings.database_url == f"sqlite:///{settings.state_dir / 'tagboat.db'}"
    if settings.has_app or not usual or not (home / "tagboat.db").exists():
        return settings
    return replace(settings, database_url=f"sqlite:///{home / 'tagboat.db'}", state_dir=home)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """Raises NoMemory."""
    async with Store(_engine(settings.database_url)) as store:
        try:
            yield store
        except StoreUnreachable as error:
            raise NoMemory(f"The database broke off: {error}") from None


def _engine(url: str) -> Engine:
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
        raise NoMemory(
            f"There is no database at {place.database}: no Tagboat has run with these settings. Set DATABASE_URL or "
            "TAGBOAT_STATE_DIR as for the one that you mean."
        )
    try:
        engine = make_engine(url)
        with reading(engine) as connection:
            there, wanted = revisions(connection)
    except (StoreUnreachable, SQLAlchemyError, ValueError, OSError) as error:
        raise NoMemory(f"The database does not answer: {type(error).__name__}. `tagboat doctor` says more.") from None
    if there != wanted:
        engine.dispose()
        raise NoMemory(
            f"The tables in the database are of version {there}, and this Tagboat is made for {wanted}: start it once, and they are "
            "brought up to date."
        )
    return engine


async def named(store: Store, text: str) -> Repo:
    """The repository that somebody names as `owner/repo`. Raises NoMemory."""
    owner, slash, name = text.strip().strip("/").partition("/")
    if not (slash and owner and name) or "/" in name:
        raise NoMemory(f"“{text}” names no repository: write it as OWNER/REPO.")
    repo = await store.repo_named(owner, name)
    if repo is None:
        known = [it.full_name for it in await store.repos()]
        listed = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
        raise NoMemory(f"No repository {owner}/{name} is known here. Known: {listed or 'none yet'}.")
    return repo
