"""Which tags are versions, and which one a release is compared with.

`v1.2.3` is a tag whose version is 1.2.3; a date such as `2026-01-05` is not a SemVer version and is never coerced into one.
"""

from collections.abc import Iterable

from semver import Version


def version_of(tag: str) -> Version | None:
    """The SemVer version of a tag, with or without a leading `v`; None for every other tag."""
    text = tag.removeprefix("v")
    return Version.parse(text) if Version.is_valid(text) else None


def previous_tag(tag: str, tags: Iterable[str]) -> str | None:
    """The release that `tag` follows: the highest version below it. A stable release follows a stable one, skipping its own candidates.

    None when `tag` is no version or nothing came before.
    """
    version = version_of(tag)
    if version is None:
        return None
    earlier = [
        (found, other)
        for other in tags
        if (found := version_of(other)) is not None and found < version and (version.prerelease or not found.prerelease)
    ]
    # Tags of one version (`v1.2.3` and `1.2.3`) are told apart by their names, so that the answer never depends on GitHub's order.
    return max(earlier, key=lambda pair: (pair[0], pair[1]))[1] if earlier else None


def newest_release(tags: Iterable[str]) -> str | None:
    """The highest stable version: what the next stable release follows. None when there is none yet."""
    known = [(found, tag) for tag in tags if (found := version_of(tag)) is not None and not found.prerelease]
    return max(known, key=lambda pair: (pair[0], pair[1]))[1] if known else None
