"""What every reason code has: a sentence on what is the case, and one on how to mend it."""

from typing import NamedTuple


class Reason(NamedTuple):
    """What a code means and how to mend it, each a sentence or two of Markdown."""

    meaning: str
    mend: str
