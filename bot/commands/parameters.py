"""`name=value` behind a command: the image, and what a team's own deploy workflow is handed with every order. Never secrets: all of it is
shown in the conversation and stands in GitHub's deployments.
"""

import re

from bot.commands.arguments import Arguments
from bot.markdown import code
from bot.versions.images import read_image

MOST = 10
LONGEST = 200
"""Characters of a value."""
IMAGE = "image"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def read_parameters(words: Arguments) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The image that was typed, "" for none, and the parameters in the order of their names. Raises UsageError."""
    options = words.options()
    image = options.pop(IMAGE, "")
    if image and read_image(image) is None:
        raise words.error(f"“{image[:100]}” is not the name of an image.", "Write one such as ghcr.io/acme/shop:1.2.3.")
    if len(options) > MOST:
        raise words.error(f"{len(options)} parameters are too many.", f"At most {MOST} are handed on.")
    for name, value in options.items():
        if _NAME.fullmatch(name) is None:
            hint = "Names are lower-case letters, digits, - and _, begin with a letter, and have at most 40 of them."
            raise words.error(f"{name[:60]} cannot be the name of a parameter.", hint)
        if len(value) > LONGEST:
            raise words.error(f"The value of {name} is too long.", f"At most {LONGEST} characters are handed on.")
    return image, tuple(sorted(options.items()))


def typed_again(name: str, value: str) -> str:
    """A parameter as one word of a command."""
    if re.fullmatch(r"[A-Za-z0-9_./:@+-]+", value):
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def render_parameters(image: str, params: tuple[tuple[str, str], ...]) -> str:
    """What is handed on with the orders, as Markdown; "" where nothing is."""
    listed = ", ".join(code(f"{name}={value}", 300) for name, value in params)
    parts = (f"Image: {code(image, 300)}." if image else "", f"Parameters: {listed}." if listed else "")
    return " ".join(part for part in parts if part)
