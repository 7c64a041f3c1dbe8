"""MLflow's functions and client that both write and read: where tracking and query meet.

Code written for MLflow finds here what the fluent functions of tracking do not cover. Open
:mod:`.search` first, then :mod:`.client`.
"""
