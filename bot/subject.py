"""What a job is about. A subject names a thing, never what happened to it, so any number of events about one thing are one job.

Subjects hold ids, not names, wherever GitHub has ids: a renamed repository orphans nothing. `Subject.text` is the one text form,
used as Redis member, SQL key and log field alike.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

_ORDER = re.compile(r"\bshift:[^\s@]+@([^\s@]+)")


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository as the installation sees it. `id` and `installation` are GitHub's numeric ids.

    `private` is the safe assumption until GitHub has said otherwise: dashboards of private repositories are not public.
    """

    id: int
    owner: str
    name: str
    installation: int
    default_branch: str = "main"
    private: bool = True

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def is_organisations(self) -> bool:
        """Whether an organisation keeps here what holds for all of its repositories."""
        return self.name == ".github"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One thing that is looked at as a whole: `topic` is a folder of `bot/`, `repo` a repository id, `name` what it is called there."""

    topic: str
    repo: int
    name: str

    @property
    def text(self) -> str:
        return f"{quote(self.topic, safe='')}|{self.repo}|{quote(self.name, safe='')}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form back. Raises ValueError for anything that `text` cannot have written."""
        topic, repo, name = text.split("|")
        subject = cls(unquote(topic), int(repo), unquote(name))
        if subject.text != text:
            raise ValueError(f"not the text form of a subject: {text!r}")
        return subject

    def __str__(self) -> str:
        return self.text


def command(repo: int, source: str) -> Subject:
    """One comment with commands in it (`comment-<id>`), or one button press (`button-<delivery>`)."""
    return Subject("command", repo, source)


def pull(repo: int, number: int) -> Subject:
    """One pull request, or the issue of that number where commands are typed in an issue."""
    return Subject("pull", repo, str(number))


def flow(repo: int, sha: str) -> Subject:
    """One commit on its way to production."""
    return Subject("flow", repo, sha)


def environment(repo: int, name: str) -> Subject:
    """One environment of one repository: what is live there and what is moving."""
    return Subject("environment", repo, name)


def protection(repo: int, name: str) -> Subject:
    """One environment that one workflow run waits for (`<run>:<environment>`)."""
    return Subject("protection", repo, name)


def order(name: str, environment: str) -> str:
    """An order's key with its environment in it, for places where nothing else tells which environment it is about."""
    return f"{name}@{quote(environment, safe='')}"


def environment_of_order(title: str) -> str | None:
    """The environment of the order whose key stands somewhere in this title, None where none does."""
    found = _ORDER.search(title)
    return unquote(found[1]) or None if found else None


def names_order(title: str, key: str) -> bool:
    """Whether this very key stands in the title, and not only the beginning of a longer one."""
    return re.search(re.escape(key) + r"(?![\w.%~-])", title) is not None


def release(repo: int, tag: str) -> Subject:
    """One version, by its tag."""
    return Subject("release", repo, tag)


def flag(repo: int, key: str) -> Subject:
    """One feature flag, by the key that its file has it under."""
    return Subject("flag", repo, key)


def incident(repo: int, name: str) -> Subject:
    """One incident, by the number of the issue or pull request that it is about, or as `alert-<fingerprint>`."""
    return Subject("incident", repo, name)


def clearance(repo: int) -> Subject:
    """What the environments of one repository say to commits that want in."""
    return Subject("clearance", repo, "all")


def dora(repo: int) -> Subject:
    """One repository's delivery metrics."""
    return Subject("dora", repo, "all")


def organisation(repo: int) -> Subject:
    """The file of the organisation that this `.github` repository belongs to."""
    return Subject("organisation", repo, "all")


def onboarding(repo: int) -> Subject:
    """One repository's first day with Tagboat."""
    return Subject("onboarding", repo, "all")
