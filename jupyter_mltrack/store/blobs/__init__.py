"""Bytes by content: the name of a blob is the SHA-256 of its bytes, so that equal ones are one.

Open :mod:`.contract` first; :mod:`.local` keeps them as files, ``store/sql/blobs.py`` as rows.
"""

from jupyter_mltrack.store.blobs.contract import Blobs, digest_of
from jupyter_mltrack.store.blobs.local import LocalBlobs

__all__ = ["Blobs", "LocalBlobs", "digest_of"]
