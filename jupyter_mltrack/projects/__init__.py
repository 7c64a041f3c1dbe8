"""A run's notebook once more: executed again, verified, restored.

Open :mod:`jupyter_mltrack.projects.rerun` first.
"""
