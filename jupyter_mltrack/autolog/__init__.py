"""Autologging: fits become runs without a line of code.

:mod:`.patching` is the one mechanism by which library calls are observed, :mod:`.registry` the list
of frameworks, one package each (:mod:`.sklearn`). Open :mod:`.api` first: switching on and off.
"""
