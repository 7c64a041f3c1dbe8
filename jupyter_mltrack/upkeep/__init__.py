"""Keeping house: the doctor, and runs packed into one file and unpacked elsewhere.

Open :mod:`.pack` and :mod:`.unpack` first; what an archive is, is in :mod:`.records` and
:mod:`.reader`, which trusts nothing it reads.
"""
