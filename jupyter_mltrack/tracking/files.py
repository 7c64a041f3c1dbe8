"""What people log as files, as bytes: dictionaries, figures, pictures, tables."""

import io
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking import values
from jupyter_mltrack.tracking.clock import now_ms

_KEY: Final = re.compile(r"[a-zA-Z0-9_\-./ ]+")


def text_content(text: object) -> bytes:
    """Text as the bytes of a file; raises InvalidParameterValue when it is none."""
    if not isinstance(text, str):
        raise InvalidParameterValue(
            f"log_text takes text, not {type(text).__name__}; log bytes with log_stream."
        )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidParameterValue(f"The text cannot be kept: {error}.") from None


def dict_content(dictionary: Mapping[str, Any] | list[Any], name: str) -> bytes:
    """A dictionary or list as JSON, or as YAML when the file's name ends so.

    Raises
    ------
    InvalidParameterValue
        Something in it cannot be written so: it contains itself, or has keys that are no text.
    """
    try:
        if str(name).endswith((".yml", ".yaml")):
            import yaml

            text: str = yaml.safe_dump(dictionary, sort_keys=False)
        else:
            text = json.dumps(dictionary, indent=2, default=str)
    except Exception as error:
        raise InvalidParameterValue(f"Cannot write {name!r}: {error}.") from error
    return text_content(text)


def stream_content(stream: Any) -> bytes:
    """All bytes a stream still has; raises InvalidParameterValue when it gives something else."""
    read = getattr(stream, "read", None)
    content = read() if callable(read) else stream
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise InvalidParameterValue(
            f"A stream must give bytes, not {type(content).__name__}: open it in binary mode."
        )
    return bytes(content)


def figure_content(figure: Any, name: str, save_kwargs: Mapping[str, Any] | None = None) -> bytes:
    """A matplotlib or plotly figure in the format the file's name asks for.

    Raises
    ------
    InvalidParameterValue
        The figure cannot be saved, or not in this format.
    """
    if hasattr(figure, "savefig"):
        suffix = PurePosixPath(name).suffix.lstrip(".") or "png"
        buffer = io.BytesIO()
        try:
            figure.savefig(buffer, **{"format": suffix, **(save_kwargs or {})})
        except ValueError as error:
            raise InvalidParameterValue(f"Cannot save {name!r}: {error}") from error
        return buffer.getvalue()
    if hasattr(figure, "write_html") and name.endswith(".html"):
        text: str = figure.to_html(include_plotlyjs="cdn")
        return text.encode()
    raise InvalidParameterValue(
        f"Cannot log {type(figure).__name__} as {name!r}; give a matplotlib figure "
        "(.png, .svg, .pdf) or a plotly figure (.html)."
    )


def image_content(image: Any, name: str) -> bytes:
    """A picture in the format the file's name asks for.

    ``image`` is a PIL image, or an array of shape (height, width) or (height, width, channels) with
    1, 3 or 4 channels: integers from 0 to 255, truth values, or fractions from 0 to 1.

    Raises
    ------
    InvalidParameterValue
        It is no picture, or cannot be saved in this format.
    """
    from PIL import Image

    picture = image if isinstance(image, Image.Image) else _from_array(image)
    buffer = io.BytesIO()
    kind = Image.registered_extensions().get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise InvalidParameterValue(f"A picture cannot be saved as {name!r}; use .png or .jpg.")
    try:
        picture.save(buffer, format=kind)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidParameterValue(f"Cannot save the picture as {name!r}: {error}") from error
    return buffer.getvalue()


def image_name(
    artifact_file: str | None, key: str | None, step: int | None, timestamp: int | None
) -> str:
    """The path of a picture: the one given, or that of one of a series, as MLflow names it.

    Raises
    ------
    InvalidParameterValue
        Not exactly one of ``artifact_file`` and ``key``, or a key that cannot be in a path.
    """
    if (artifact_file is None) == (key is None):
        raise InvalidParameterValue("Give either artifact_file, or key for one of a series.")
    if key is None:
        if step is not None or timestamp is not None:
            raise InvalidParameterValue("step and timestamp are of a series: give key with them.")
        return str(artifact_file)
    if not _KEY.fullmatch(key):
        raise InvalidParameterValue(
            f"The key {key[:80]!r} may have letters, digits, _ - . / and spaces only."
        )
    moment = now_ms() if timestamp is None else values.check_time(timestamp)
    number = 0 if step is None else values.check_step(step)
    unique = uuid.uuid4()
    name = key.replace("/", "~")
    return f"images/{name}+step+{number}+timestamp+{moment}+{unique}.png"


def _from_array(image: Any) -> Any:
    import numpy as np
    from PIL import Image

    array = np.asarray(image)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    has_channels = array.ndim == 3 and array.shape[2] in (3, 4)
    if (array.ndim != 2 and not has_channels) or not array.size:
        raise InvalidParameterValue(
            f"An array of shape {array.shape} is no picture; give (height, width) or "
            "(height, width, channels) with 1, 3 or 4 channels."
        )
    return Image.fromarray(_to_bytes(array))


def _to_bytes(array: Any) -> Any:
    import numpy as np

    if array.dtype.kind == "b":
        return array.astype(np.uint8) * 255
    low, high = array.min(), array.max()
    limit = 1 if array.dtype.kind == "f" else 255
    if array.dtype.kind not in "fiu" or not (low >= 0 and high <= limit):
        raise InvalidParameterValue(
            "A picture has integers from 0 to 255 or fractions from 0 to 1, not "
            f"{array.dtype} from {low} to {high}."
        )
    return (array * 255 if limit == 1 else array).astype(np.uint8)


def table_content(data: Any, before: bytes = b"") -> bytes:
    """A table as JSON (pandas' orient ``split``), behind the rows of the one ``before`` it.

    Raises
    ------
    InvalidParameterValue
        It is neither a frame nor a dictionary, or ``before`` is no table.
    """
    import pandas as pd

    if isinstance(data, Mapping):
        is_one_row = not any(isinstance(value, (list, tuple)) for value in data.values())
        frame = pd.DataFrame([data] if is_one_row else dict(data))
    elif isinstance(data, pd.DataFrame):
        frame = data
    else:
        raise InvalidParameterValue(
            f"A table is a DataFrame or a dictionary, not {type(data).__name__}."
        )
    if before:
        frame = pd.concat([read_table(before), frame], ignore_index=True)
    text: str = frame.to_json(orient="split", index=False, date_format="iso", default_handler=str)
    return text.encode("utf-8", "replace")


def check_table_name(name: str) -> str:
    """The path of a table; raises InvalidParameterValue unless it ends with ``.json``."""
    if not str(name).endswith(".json"):
        raise InvalidParameterValue(f"A table is kept as .json, not as {str(name)[:120]!r}.")
    return values.check_artifact_path(name)


def read_table(content: bytes) -> Any:
    """The DataFrame of a table's JSON; raises InvalidParameterValue when it is none."""
    import pandas as pd

    try:
        table = json.loads(content)
        return pd.DataFrame(table["data"], columns=table["columns"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidParameterValue(f"This is no table: {error}.") from None
