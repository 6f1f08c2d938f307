"""What the doctor says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`fix` says how to mend what is not `ok`, or what is good to know."""

    ok: bool
    what: str
    fix: str = ""
