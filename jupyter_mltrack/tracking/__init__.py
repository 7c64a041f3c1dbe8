"""The write side: sessions, active runs, MLflow's fluent names, the drainer.

Everything logged is an event appended to the session's journal (:mod:`.session`); a background
thread (:mod:`.drainer`) applies it to the store. Open :mod:`.active` for what a run is in memory,
:mod:`.cells` for which cell execution code belongs to, :mod:`.fluent` for the public functions.
"""
