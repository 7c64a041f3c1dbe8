"""Random run names, made of a run's random id: the user's random state is not ours."""

from typing import Final

_ADJECTIVES: Final = """
    amber ample bold brave brisk bright calm clear clever cool crisp deft eager early fair
    fast fine firm fleet fond frank fresh glad golden grand green happy hardy keen kind
    light lively lucid lucky merry mild neat nimble noble placid polite prime proud quick
    quiet rapid ready royal sharp silent silver smart smooth solid spry steady still sunny
    swift tidy true vivid warm wise witty young zesty
""".split()  # noqa: SIM905 - a list of words reads best as words
_NOUNS: Final = """
    acorn ant badger bay beech birch brook cedar cliff cloud comet crane crow dawn deer
    delta dove dune eagle elm fawn fern finch fjord fox gale glade grove gull harbor hare
    hawk heron hill ibis iris ivy jay lake lark leaf linden lynx maple marsh meadow mole
    moon moss newt oak orca osprey otter owl pearl pine plover pond poppy quail raven reed
    ridge river robin rook seal shore sparrow spruce star stoat stone swan teal thrush tide
    trout vale wren yew
""".split()  # noqa: SIM905 - a list of words reads best as words


def random_run_name(run_id: str) -> str:
    """A name such as ``swift-otter-417`` from the random digits of a run's id."""
    number, tail = divmod(int(run_id[:12], 16), 1000)
    number, noun = divmod(number, len(_NOUNS))
    return f"{_ADJECTIVES[number % len(_ADJECTIVES)]}-{_NOUNS[noun]}-{tail}"
