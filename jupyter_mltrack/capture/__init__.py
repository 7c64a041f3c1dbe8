"""A cell execution as values: source, revision, outputs, environment, redaction.

Nothing here knows IPython or the database; ``magics/hooks.py`` feeds it and writes what it returns.
Open :mod:`.outputs` for how messages fold into what a cell showed, :mod:`.revision` for what the
notebook was when a cell ran, :mod:`.redaction` for what is never stored.
"""
