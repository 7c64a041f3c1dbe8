"""The read side: runs as rows and frames, one run whole, comparisons, curves, exports, diffs.

Every function takes a :class:`jupyter_mltrack.store.contract.ReadStore` and never writes. Open
:mod:`.runs` first.
"""
