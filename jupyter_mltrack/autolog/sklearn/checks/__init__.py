"""Methodological checks: what looks as if it was not meant so, said quietly on the run.

One module a check, over one interface (:mod:`.finding`): :func:`of_fit` gets a fit
(:class:`~.fitted.Fitted`), :func:`of_metric` what was measured later; each returns a
:class:`~.finding.Finding` or None. :mod:`.registry` lists them and calls them. A check prefers to
say nothing: what is often right (an interpolating forest, a pixel that is never set) is no finding.
"""
