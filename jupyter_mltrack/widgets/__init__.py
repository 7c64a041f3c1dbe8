"""Inline output: what the magics show, as MIME bundles that work with and without our extension.

Every builder takes views of :mod:`jupyter_mltrack.entities.views` and returns a
:class:`.bundle.Bundle`. All HTML is made by :mod:`.html`, which escapes whatever it is given. Open
:mod:`.runs` first.
"""
