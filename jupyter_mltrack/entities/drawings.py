"""What the plots of a fit are drawn from: the entries of a run's ``drawings.json``.

A plot nobody looks at is never drawn; what it shows is kept, small, and drawn when it is asked for.
The file maps the name of a plot (``training_roc_curve.png``) to one of the structs below, told
apart by ``kind``. It is an artifact, so anybody may have written it: every text and list has a
bound, and what exceeds it is refused when the file is read. Numbers that are none (NaN, infinity)
are null.
"""

from collections.abc import Sized
from typing import Annotated, Final

import msgspec
from msgspec import Meta

DRAWINGS_FILE: Final = "drawings.json"
DRAWINGS_TYPE: Final = "application/vnd.mltrack.drawings+json"
MAX_CLASSES: Final = 100
MAX_BARS: Final = 100
MAX_POINTS: Final = 1000
MAX_LINES: Final = 20
MAX_CANDIDATES: Final = 1000
MAX_PANELS: Final = 9

Text = Annotated[str, Meta(max_length=500)]
_Value = float | None
_Point = Annotated[list[_Value], Meta(max_length=MAX_POINTS)]
_Row = Annotated[list[_Value], Meta(max_length=MAX_CLASSES)]
_Scores = Annotated[list[_Value], Meta(max_length=MAX_CANDIDATES)]


class Drawing(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Base of all; ``note`` says what is left out, under the plot."""

    title: Text = ""
    note: Text = ""


class ConfusionMatrix(Drawing, frozen=True, kw_only=True, tag="confusion_matrix"):
    """``matrix[i][j]``: samples (or their weight) of class i that were said to be of class j.

    It is shown normalised by row, as MLflow shows it; square, one row a label.
    """

    labels: Annotated[list[Text], Meta(max_length=MAX_CLASSES)]
    matrix: Annotated[list[_Row], Meta(max_length=MAX_CLASSES)]

    def __post_init__(self) -> None:
        _check_lengths("row", len(self.labels), self.matrix, *self.matrix)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a plot: ``x`` and ``y`` are parallel."""

    x: _Point
    y: _Point
    label: Text = ""
    dashed: bool = False

    def __post_init__(self) -> None:
        _check_lengths("y", len(self.x), self.y)


class Curve(Drawing, frozen=True, kw_only=True, tag="curve"):
    """Lines over a common axis.

    ``steps`` keeps each value until the next point; ``unit`` shows both axes from 0 to 1.
    """

    lines: Annotated[list[Line], Meta(max_length=MAX_LINES)]
    x_label: Text = ""
    y_label: Text = ""
    steps: bool = False
    unit: bool = False


class Bars(Drawing, frozen=True, kw_only=True, tag="bars"):
    """A number by name, in the order shown; ``rest`` more names add up to ``rest_sum``."""

    names: Annotated[list[Text], Meta(max_length=MAX_BARS)]
    values: Annotated[list[_Value], Meta(max_length=MAX_BARS)]
    label: Text = ""
    rest: Annotated[int, Meta(ge=0)] = 0
    rest_sum: _Value = None

    def __post_init__(self) -> None:
        _check_lengths("values", len(self.names), self.values)


class Heat(Drawing, frozen=True, kw_only=True, tag="heat"):
    """Signed numbers by row and column, such as the coefficients of each class."""

    rows: Annotated[list[Text], Meta(max_length=MAX_BARS)]
    columns: Annotated[list[Text], Meta(max_length=MAX_CLASSES)]
    values: Annotated[list[_Row], Meta(max_length=MAX_BARS)]
    label: Text = ""
    rest: Annotated[int, Meta(ge=0)] = 0
    rest_sum: _Value = None

    def __post_init__(self) -> None:
        _check_lengths("values", len(self.rows), self.values)
        _check_lengths("row", len(self.columns), *self.values)


class SearchParam(msgspec.Struct, frozen=True, kw_only=True):
    """A param that a search varied: its value for each candidate, null where it had none."""

    name: Text
    values: Annotated[list[float | Text | None], Meta(max_length=MAX_CANDIDATES)]


class SearchScores(Drawing, frozen=True, kw_only=True, tag="search"):
    """The score of each candidate of a search, and its deviation over the folds, by param."""

    label: Text
    scores: _Scores
    deviations: _Scores
    params: Annotated[list[SearchParam], Meta(max_length=MAX_PANELS)]
    best: Annotated[int, Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        given = (param.values for param in self.params)
        _check_lengths("values", len(self.scores), self.deviations, *given)


class EstimatorParam(msgspec.Struct, frozen=True, kw_only=True):
    """A param as text, and whether it differs from its default."""

    name: Text
    value: Text
    changed: bool = False


class EstimatorPart(msgspec.Struct, frozen=True, kw_only=True):
    """An estimator and what it is made of.

    ``role`` is its name in what it is part of (``scaler``, ``estimator``); ``detail`` says more of
    it, such as the columns it is given.
    """

    estimator: Text
    module: Text = ""
    role: Text = ""
    detail: Text = ""
    params: Annotated[list[EstimatorParam], Meta(max_length=100)] = []
    parts: Annotated[list["EstimatorPart"], Meta(max_length=100)] = []


class EstimatorTree(Drawing, frozen=True, kw_only=True, tag="estimator_tree"):
    """A pipeline or other estimator with all its parts."""

    root: EstimatorPart


AnyDrawing = ConfusionMatrix | Curve | Bars | Heat | SearchScores | EstimatorTree


def _check_lengths(what: str, length: int, *given: Sized) -> None:
    for one in given:
        if len(one) != length:
            raise ValueError(f"a {what} has {len(one)} items where {length} belong")
