"""MLflow's name for the module of errors: ``from jupyter_mltrack.exceptions import …``."""

from jupyter_mltrack.errors import MlflowException, MltrackException

__all__ = ["MlflowException", "MltrackException"]
