"""Models as MLflow keeps them: a directory with an MLmodel file, loadable by MLflow too.

:mod:`.packaging` makes the files, :mod:`.signature` and :mod:`.environment` parts of them,
:mod:`.loading` reads them back; ``flavors/`` has one module per library. :mod:`.schema`
is MLflow's ``infer_signature``.
"""

from jupyter_mltrack.models.schema import ModelSignature, infer_signature

__all__ = ["ModelSignature", "infer_signature"]
