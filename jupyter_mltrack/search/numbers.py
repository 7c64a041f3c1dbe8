"""When a param, kept as text, is a number; the store's number column is filled by the same rule."""

import math
import re
from typing import Final

# Narrower than float(): no underscores, blanks, other scripts' digits or "nan", so that databases,
# which have their own ideas about those, never disagree with us.
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")


def param_number(text: str) -> float | None:
    """Return the finite number that ``text`` writes, or None."""
    if not _NUMBER.match(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None
