"""The JSON bodies that the API takes."""

from typing import Annotated, Final, Literal

import msgspec

from jupyter_mltrack.settings import MAX_KEY_LENGTH, MAX_NAME_LENGTH, MAX_TAG_LENGTH

MAX_RUN_IDS: Final = 1000
MAX_COMPARED: Final = 100

# NUL is in no database's text.
_TEXT: Final = r"^[^\x00]*\Z"

RunId = Annotated[str, msgspec.Meta(max_length=256, pattern=_TEXT)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_LENGTH, pattern=_TEXT)]
TagKey = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_KEY_LENGTH, pattern=_TEXT)]
TagValue = Annotated[str, msgspec.Meta(max_length=MAX_TAG_LENGTH, pattern=_TEXT)]
ParameterValue = str | int | float | bool | None
Directory = Annotated[str, msgspec.Meta(max_length=4096, pattern=_TEXT)]


class RunIds(msgspec.Struct, frozen=True):
    """Which runs: of ``runs/query``, ``runs/delete`` and ``runs/restore``."""

    run_ids: Annotated[list[RunId], msgspec.Meta(max_length=MAX_RUN_IDS)]


class ComparedRuns(msgspec.Struct, frozen=True):
    """Which runs ``compare`` puts side by side."""

    run_ids: Annotated[list[RunId], msgspec.Meta(min_length=1, max_length=MAX_COMPARED)]


class RunPatch(msgspec.Struct, frozen=True):
    """What changes of a run; a tag that is null goes away."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    tags: dict[TagKey, TagValue | None] = {}


class ExportTarget(msgspec.Struct, frozen=True):
    """Where an export goes, a directory below the server's root (empty for the root), and what.

    ``parameters`` are values by name: text is read as a Python literal where it is one.
    """

    directory: Directory = ""
    kind: Literal["order", "stood", "script"] = "order"
    parameters: dict[Name, ParameterValue] = {}
