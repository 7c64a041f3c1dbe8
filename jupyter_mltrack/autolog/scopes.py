"""What an observed call means for those inside it."""

from enum import Enum


class Scope(Enum):
    """How an observed call and the observed calls inside it relate.

    Inside a ``CLOSED`` one nothing is observed; an ``OPEN`` one (a study) lets what the user does
    inside be observed; an ``INNER`` one (an iteration of a training) is observed itself even
    inside a closed one. What sees it does little, for there may be thousands: it has no quiet.
    """

    CLOSED = 1
    OPEN = 2
    INNER = 3
