"""MLflow's ``infer_signature`` and what it returns."""

import json
from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.models.signature import infer_signature as infer_parts

_PARAM_TYPES: Final = {bool: "boolean", int: "long", float: "double", str: "string"}


class ModelSignature(msgspec.Struct, frozen=True):
    """What goes into a model and what comes out, each as MLflow's list of columns or tensors."""

    inputs: list[dict[str, Any]] | None = None
    outputs: list[dict[str, Any]] | None = None
    params: list[dict[str, Any]] | None = None

    def to_dict(self) -> dict[str, str | None]:
        """As an MLmodel file has it: each part as JSON text."""
        parts = {"inputs": self.inputs, "outputs": self.outputs, "params": self.params}
        return {name: None if part is None else json.dumps(part) for name, part in parts.items()}

    @classmethod
    def from_dict(cls, signature: Mapping[str, Any]) -> Self:
        """From what :meth:`to_dict` gave; raises InvalidParameterValue for something else."""
        try:
            parts = {
                name: None if signature.get(name) is None else json.loads(signature[name])
                for name in cls.__struct_fields__
            }
            return msgspec.convert(parts, cls)
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidParameterValue(f"This is no signature of a model: {error}.") from None


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: Mapping[str, Any] | None = None
) -> ModelSignature:
    """The signature of a model from examples of what goes in and comes out, by types and shapes.

    Raises
    ------
    InvalidParameterValue
        An example is neither a frame nor an array, or a param is no number, text or truth value.
    """
    return ModelSignature(
        inputs=_part("model_input", model_input),
        outputs=_part("model_output", model_output),
        params=None if not params else [_param(name, value) for name, value in params.items()],
    )


def _part(what: str, example: Any) -> list[dict[str, Any]] | None:
    if example is None:
        return None
    if isinstance(example, list):
        import numpy as np

        example = np.asarray(example)
    found = infer_parts(example)
    if found is None or found["inputs"] is None:
        raise InvalidParameterValue(
            f"{what} is {type(example).__name__}; give a DataFrame, a Series or an array."
        )
    part: list[dict[str, Any]] = json.loads(found["inputs"])
    return part


def _param(name: str, value: Any) -> dict[str, Any]:
    kind = _PARAM_TYPES.get(type(value))
    if kind is None:
        raise InvalidParameterValue(f"The param {name!r} is no number, text or truth value.")
    return {"name": str(name), "type": kind, "default": value, "shape": None}
