"""What is said about flags: the list, the pull request that changes one, and what became of a wish."""

from bot.decision import Result
from bot.flag.change import Change, spelled
from bot.flag.model import FlagFiles, Share
from bot.gates import Refusal
from bot.markdown import code, inert, marker, plain, table

SHOWN = 40
MARK = "proposal"


def render_list(files: FlagFiles, key: str = "", prefix: str = "/") -> str:
    """Every flag, or the one of this name, with how far it is rolled out."""
    found = [(flag, file) for file in files.files for flag in file.flags if key in ("", flag.key)]
    rows = [(code(flag.key, 80), plain(flag.said, 120), code(file.path)) for flag, file in found[:SHOWN]]
    parts = [table(("Flag", "Users who get it", "File"), rows)] if rows else []
    if not rows:
        parts.append(f"No flag is called {code(key)}." if key else "The flag files have no flags in them.")
    if len(found) > SHOWN:
        parts.append(f"… and {len(found) - SHOWN:,} more. {code(f'{prefix}flag name')} shows one.")
    parts += [f"⚠️ {code(file.path)}: {plain(file.fault, 300)}." for file in files.files if file.fault]
    if files.cut:
        parts.append(f"Only the first {len(files.files)} files are read.")
    return "\n\n".join(parts)


def render_preview(key: str, share: int, it: Change) -> str:
    return f"⏳ Proposing {code(key)} {spelled(share)}, in {code(it.path)} …"


def heading(share: Share) -> str:
    return f"> {code(share.typed)} by {plain(share.by)}"


def title(key: str, share: int) -> str:
    """Also the commit's message: no Markdown there."""
    return f"chore(flags): {inert(key, 80)} {spelled(share)}"


def body(key: str, share: Share, it: Change, turn: int) -> str:
    """The pull request's description. `turn` is found again by it."""
    where = f" in #{share.number}" if share.number else ""
    meaning = {
        0: "Nobody gets it once this is merged and read by whatever evaluates flags.",
        100: "Everybody gets it once this is merged and read by whatever evaluates flags.",
    }.get(
        share.share,
        f"{share.share} % of users get it once this is merged and read by whatever evaluates flags; who cannot be put in a bucket, such "
        "as a request without a targeting key, does not.",
    )
    parts = [
        f"{plain(share.by)} typed {code(share.typed)}{where}.",
        f"{code(key)} in {code(it.path)}: **{spelled(share.share)}**. {meaning}",
        f"Reason: {plain(share.reason, 300)}" if share.reason else "",
        marker(MARK, turn=turn),
    ]
    return "\n\n".join(part for part in parts if part)


def proposing(key: str, share: Share, it: Change) -> str:
    return f"{heading(share)}\n\n{render_preview(key, share.share, it)}"


def proposed(key: str, share: Share, result: Result) -> str:
    number = int(result.value.get("number") or 0)
    said = "was proposed before, in" if result.value.get("found") else "is proposed in"
    return (
        f"{heading(share)}\n\n✅ {code(key)} {spelled(share.share)} {said} #{number}. It changes when that is merged."
    )


def refused(share: Share, why: Refusal) -> str:
    return f"{heading(share)}\n\n{refusal(why)}"


def refusal(why: Refusal) -> str:
    return f"Not proposed:\n\n- {'⏳' if why.wait else '❌'} {why.what} {why.mend} ({code(why.code)})"


def declined(refused: Result) -> Refusal:
    words = " ".join(str(refused.value.get("message") or "").split())
    what = f"GitHub would not have the pull request: {plain(words, 400)}."
    mend = "May the App write contents and pull requests (`tagboat doctor`), and does a rule restrict its branches? Then type it again."
    return Refusal("proposal_refused", what, mend, "maintainers")
