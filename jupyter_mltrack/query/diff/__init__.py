"""What changed between two runs, or since a run: code, data, settings, results, in one sentence.

Open :mod:`.runs` first; :mod:`.alignment` pairs cells, :mod:`.phrases` says what changed in one,
:mod:`.summary` makes the sentence.
"""

from jupyter_mltrack.query.diff.runs import diff_runs, diff_with_file

__all__ = ["diff_runs", "diff_with_file"]
