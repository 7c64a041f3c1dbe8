"""Whether two symbolic values are the same, surely different, or neither for sure.

Values that are one object are the same. Surely different are values that other statements made, the
same statements in another order, or a different number of statements that count (``i += 1``), as
far as what they surely read goes. What a call may have changed in place, what runs in a branch, an
edit of code that may not run, what only decides (``if n > 3``), and a statement applied once more
to its own product (``df = df.dropna()``) leave doubt.
"""

from collections.abc import Generator, Iterable, Mapping
from typing import Final, NamedTuple

from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow import values as kinds
from jupyter_mltrack.query.dataflow.certain import BRANCH, MARK, may_agree
from jupyter_mltrack.query.dataflow.values import Input, Value

SAME: Final = 0
DOUBT: Final = 1
DIFFERENT: Final = 2

MAX_FINDINGS: Final = 12

_EMPTIES: Final = "attr='clear'"
"""In the text of a statement after which it does not matter what was there."""


class Finding(NamedTuple):
    """Where two programs part: what ``place`` holds in the one and in the other.

    ``repeated`` when the same statements made both, but not as often.
    """

    place: str
    left: Value | None
    right: Value | None
    repeated: bool = False


class Outcome(NamedTuple):
    """How two values compare, and where they part."""

    level: int
    findings: tuple[Finding, ...] = ()


_Steps = Generator[tuple[Value, Value], Outcome, Outcome]


class Comparer:
    """Compares values; remembers what it compared.

    ``firm`` has by the text of a statement what of it surely runs.
    """

    def __init__(self, firm: Mapping[str, str]) -> None:
        self._firm = firm
        self._known: dict[tuple[int, int], Outcome] = {}

    def compare(self, left: Value, right: Value) -> Outcome:
        """Compare two values."""
        return self._run(_compare(left, right, self._firm))

    def compare_inputs(self, left: Iterable[Input], right: Iterable[Input]) -> Outcome:
        """Compare what one statement read in two programs."""
        return self._run(_compare_inputs(tuple(left), tuple(right), ""))

    def _run(self, steps: _Steps) -> Outcome:
        """Take the steps with a stack of our own: values are made from values thousands deep."""
        stack: list[tuple[_Steps, tuple[int, int] | None]] = [(steps, None)]
        given: Outcome | None = None
        while True:
            current, key = stack[-1]
            try:
                left, right = next(current) if given is None else current.send(given)
            except StopIteration as done:
                given = done.value
                stack.pop()
                if key is not None:
                    self._known[key] = given
                if not stack:
                    return given
                continue
            wanted = (left.number, right.number)
            given = self._known.get(wanted)
            if given is None:
                stack.append((_compare(left, right, self._firm), wanted))


def _compare(left: Value, right: Value, firm: Mapping[str, str]) -> _Steps:
    if left is right:
        return Outcome(SAME)
    one, other = left.chain(), right.chain()
    shared = _shared_beginning(one, other)
    limit = DOUBT if _is_blurred(one[shared:]) or _is_blurred(other[shared:]) else DIFFERENT
    parting = _find_parting(one, other)
    if parting is not None:
        if _is_swapped(one[shared:], other[shared:]) or _may_be_undone(parting, one, other, firm):
            limit = DOUBT
        return Outcome(min(limit, _level_of(parting, firm)), (parting,))
    outcome = yield from _compare_steps(one, other)
    if outcome.level == SAME:
        last = _last(one[shared:]), _last(other[shared:])
        return Outcome(DOUBT, (Finding(left.place, *last),))
    return Outcome(min(limit, outcome.level), outcome.findings)


def _compare_steps(one: list[Value], other: list[Value]) -> _Steps:
    """The same statements made both: compare what each of them read when it ran last."""
    lasts = {value.text: value for value in other if _is_sure(value)}
    outcome = Outcome(SAME)
    for value in {value.text: value for value in one if _is_sure(value)}.values():
        twin = lasts[value.text]
        if twin is not value:
            more = yield from _compare_inputs(value.inputs, twin.inputs, value.place)
            outcome = _join(outcome, more)
    return outcome


def _compare_inputs(one: tuple[Input, ...], other: tuple[Input, ...], own: str) -> _Steps:
    left = {given.place: given for given in one if given.place != own}
    right = {given.place: given for given in other if given.place != own}
    outcome = Outcome(SAME)
    for place in left | right:
        a, b = left.get(place), right.get(place)
        if a is None or b is None:
            only = a or b
            assert only is not None
            level = DIFFERENT if only.sure and only.value.kind == kinds.BOUND else DOUBT
            finding = Finding(place, a and a.value, b and b.value)
            outcome = _join(outcome, Outcome(level, (finding,)))
        elif a.value is not b.value:
            found = yield a.value, b.value
            sure = a.sure and b.sure
            outcome = _join(outcome, found if sure else Outcome(min(DOUBT, found.level), found[1]))
    return outcome


def _join(one: Outcome, other: Outcome) -> Outcome:
    """The worse of two; with its findings, or both's."""
    if one.level != other.level:
        return max(one, other, key=lambda outcome: outcome.level)
    every = dict.fromkeys((*one.findings, *other.findings))
    return Outcome(one.level, tuple(every)[:MAX_FINDINGS])


def _find_parting(one: list[Value], other: list[Value]) -> Finding | None:
    """Where other statements made the one than the other, or not as often."""
    left, right = _first_of_each(one), _first_of_each(other)
    texts = list(left), list(right)
    if texts[0] == texts[1]:
        return _find_recount(one, other)
    at = _shared_beginning(*texts)
    return Finding(
        (one or other)[0].place,
        left[texts[0][at]] if at < len(left) else None,
        right[texts[1][at]] if at < len(right) else None,
    )


def _is_swapped(one: list[Value], other: list[Value]) -> bool:
    """Whether the same steps that count were taken in another order: sums do not mind."""
    texts = [sorted(value.text for value in chain) for chain in (one, other)]
    return texts[0] == texts[1] and all(value.counts for value in (*one, *other))


def _may_be_undone(
    parting: Finding, one: list[Value], other: list[Value], firm: Mapping[str, str]
) -> bool:
    """Whether something comes after the parting that may take back what made it."""
    for side, chain in ((parting.left, one), (parting.right, other)):
        if side is None or side not in chain:
            continue
        for value in chain[chain.index(side) + 1 :]:
            if value.kind == kinds.BOUND and firm.get(value.text) == BRANCH:
                return True
            is_change = value.kind == kinds.TOUCHED and not value.counts
            if is_change and (side.kind == kinds.TOUCHED or _EMPTIES in value.text):
                return True
    return False


def _find_recount(one: list[Value], other: list[Value]) -> Finding | None:
    counted = [value for value in one if value.counts], [value for value in other if value.counts]
    for value in counted[0]:
        times = [sum(1 for other in side if other.text == value.text) for side in counted]
        if times[0] != times[1]:
            return Finding(value.place, value, value, repeated=True)
    return None


def _first_of_each(chain: list[Value]) -> dict[str, Value]:
    """The statements that surely made a value, each where it was applied first."""
    found: dict[str, Value] = {}
    for value in chain:
        if _is_sure(value):
            found.setdefault(value.text, value)
    return found


def _level_of(parting: Finding, firm: Mapping[str, str]) -> int:
    sides = [side for side in (parting.left, parting.right) if side is not None]
    if any(map(is_unknown, sides)):
        return DOUBT
    if parting.repeated:
        return DIFFERENT
    # Written-out values are equal whatever name they were given first.
    texts = [firm.get(s.text, s.text.removeprefix(f"{s.place} = ")) for s in sides]
    if len(texts) == 1:
        # A statement more, which may do nothing.
        return DOUBT if MARK in texts[0] else DIFFERENT
    # What is written out may also be what a branch comes to.
    is_written = any(side.text not in firm for side in sides) and any(MARK in t for t in texts)
    return DOUBT if is_written or may_agree(*texts) else DIFFERENT


def is_unknown(value: Value) -> bool:
    """Whether nothing that is known of made the value."""
    return value.kind == kinds.GIVEN and not knowledge.is_given(value.place)


def _is_sure(value: Value) -> bool:
    return value.kind in (kinds.BOUND, kinds.GIVEN) or (
        value.kind == kinds.TOUCHED and value.counts
    )


def _is_blurred(chain: list[Value]) -> bool:
    return any(value.kind in (kinds.MAYBE, kinds.OPAQUE) for value in chain)


def _shared_beginning(one: list[Value] | list[str], other: list[Value] | list[str]) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a is not b and a != b:
            break
        length += 1
    return length


def _last(chain: list[Value]) -> Value | None:
    return chain[-1] if chain else None
