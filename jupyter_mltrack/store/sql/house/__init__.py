"""Keeping house: trash and garbage, checks, sizes, merging. Open :mod:`.keeper` first."""
