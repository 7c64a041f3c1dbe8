"""What MLflow has as ``mlflow.statsmodels``: its models by hand, and autologging of it alone."""

from typing import Unpack

from jupyter_mltrack.autolog.api import framework_autolog
from jupyter_mltrack.autolog.options import GivenOptions
from jupyter_mltrack.models.fluent import load_model, log_model, save_model


def autolog(**options: Unpack[GivenOptions]) -> None:
    """Log fits of statsmodels from now on; or, with ``disable=True``, no more.

    Takes the options of :func:`jupyter_mltrack.autolog`, and counts over it.

    Raises
    ------
    InvalidParameterValue
        There is no such option, or it cannot have this value.
    """
    framework_autolog("statsmodels", options)


__all__ = ["autolog", "load_model", "log_model", "save_model"]
