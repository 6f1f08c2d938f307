"""`tagboat init`: the policy file to begin with, made from the workflows of a checkout. Asks nobody and overwrites nothing."""

from dataclasses import dataclass
from pathlib import Path

from bot.onboarding.draft import draft
from bot.onboarding.model import FILE, Found
from bot.onboarding.survey import FOLDER, environments, items, read_workflows

MOST_FILES = 100
LARGEST = 64 * 1024  # bytes of one workflow; what is larger cannot be read as a policy could


class NotBegun(Exception):  # noqa: N818 - it is read aloud in `except NotBegun`
    """Nothing was written. The message says why and what to do."""


@dataclass(frozen=True)
class Begun:
    """The file that was written, and in lines what it was made from."""

    file: Path
    made_from: tuple[str, ...]


def begin(checkout: Path, schema: str = "") -> Begun:
    """Write the policy file of this checkout; `schema` is the address of its schema, if known. Raises NotBegun."""
    if not (checkout / ".git").exists():
        raise NotBegun(f"{checkout} is no checkout of a repository. Go to its top directory, or name it.")
    workflows, unread = read_workflows(_texts(checkout / FOLDER))
    found = Found(workflows=workflows, unread=unread)
    file = checkout / FILE
    try:
        file.parent.mkdir(exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(draft(found, schema))
    except FileExistsError:
        raise NotBegun(f"{file} is there already and stays as it is. `tagboat lint {file}` checks it.") from None
    except OSError as error:
        raise NotBegun(f"{file} cannot be written: {error.strerror}.") from None
    return Begun(file, tuple(_told(found)))


def _texts(folder: Path) -> dict[str, str]:
    """Name → text of the workflow files; what cannot be read counts as empty, and is told as not understood."""
    texts = {}
    files = sorted(it for it in folder.glob("*") if it.suffix in (".yml", ".yaml") and it.is_file())
    for file in files[:MOST_FILES]:
        try:
            with file.open("rb") as opened:
                texts[file.name] = opened.read(LARGEST + 1).decode(errors="replace")
        except OSError:
            texts[file.name] = ""
    return texts


def _told(found: Found) -> list[str]:
    listening = [it.file for it in found.workflows if "deployment" in it.events]
    return [
        f"workflows: {', '.join(it.file for it in found.workflows) or 'none'}",
        *([f"not understood: {', '.join(found.unread)}"] if found.unread else []),
        f"environments: {', '.join(environments(found)) or 'none, so it begins with production'}",
        f"checks: {', '.join(items(found)) or 'none that I know by name'}",
        f"carried out by: {', '.join(listening)}"
        if listening
        else "no workflow listens to `deployment`, so the file only advises until one does",
    ]
