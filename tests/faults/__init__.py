"""The fault matrix: what may go wrong around a tracker, tried for real, and what must hold then.

Each trial is a function of a :class:`tests.faults.outcome.Trial`; ``test_faults.py`` runs all of
them in a short form, ``python -m tests.faults`` at their whole counts and prints the figures.
"""
