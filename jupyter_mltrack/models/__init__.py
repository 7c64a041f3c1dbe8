"""Models as MLflow keeps them: a directory with an MLmodel file, loadable by MLflow too.

:mod:`.packaging` makes the files, :mod:`.signature` and :mod:`.environment` parts of them,
:mod:`.loading` reads them back; ``flavors/`` has one module per library.
"""
