"""Where a value came from: by the code that made it, and by what it holds.

:mod:`.content` recognises copies, :mod:`.programs` finds the call a frame is making in its source,
:mod:`.assignments` says what a name stood for there, :mod:`.purity` which steps add nothing from
elsewhere, and :mod:`.trace` puts them together. All of it only reads.
"""
