"""The gate about what is shipped: where an environment asks for immutable images, the name of the image always means the same one.

A digest says nothing of the commit that it was built from: that is for the deploy workflow to prove. But what is typed has to be an image of
the repository that the policy names, where it names one.
"""

from collections.abc import Mapping

from bot.gates.model import GateFacts, Refusal
from bot.markdown import code, short
from bot.versions.images import read_image, what_fixes

WHY: Mapping[str, str] = {
    "no tag": "it has no tag, which means `latest`",
    "tag": "its tag may be another image tomorrow",
}


def image(facts: GateFacts) -> Refusal | None:
    """Missing is not green."""
    environment = facts.environment
    if environment is None or environment.image != "immutable":
        return None
    name, sha = code(environment.name), short(facts.sha)
    if not facts.image:
        return Refusal(
            "image_unknown",
            f"{name} takes immutable images only, and nothing says which image {sha} is.",
            'Say it for every commit in the policy, `image_from: "ghcr.io/acme/shop:{sha}"`, or type `image=…` behind the command.',
            "maintainers",
        )
    found = read_image(facts.image)
    fixed = what_fixes(found, facts.sha) if found is not None else "tag"
    if fixed in WHY:
        return Refusal(
            "image_mutable",
            f"{name} takes immutable images only, and {code(facts.image, 300)} is none: {WHY[fixed]}.",
            f"Name it by its digest (`@sha256:…`), by this commit (`:{sha}`), by a SemVer version or by a date.",
        )
    elsewhere = read_image(environment.image_of(facts.sha))
    if fixed == "other commit" or (elsewhere is not None and found is not None and elsewhere.name != found.name):
        what = (
            f"{code(facts.image, 300)} is the image of another commit than {sha}"
            if fixed == "other commit"
            else f"{code(facts.image, 300)} is no image of {code(elsewhere.name if elsewhere else '', 300)}"
        )
        return Refusal("image_of_another", f"{what}.", "Name the one that was built from this commit.")
    return None
