"""A run's notebook as a file: as it ran, as it stood, with other parameters, as a script.

Open :mod:`.notebook` first; :mod:`.selection` says which cells, :mod:`.parameters` sets values.
"""

from jupyter_mltrack.query.export.notebook import export_notebook, notebook_name
from jupyter_mltrack.query.export.parameters import set_parameters
from jupyter_mltrack.query.export.script import export_script

__all__ = ["export_notebook", "export_script", "notebook_name", "set_parameters"]
