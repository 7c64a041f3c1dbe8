"""Bytes by content: the name of a blob is the SHA-256 of its bytes, so that equal ones are one."""

from jupyter_mltrack.store.blobs.local import LocalBlobs

__all__ = ["LocalBlobs"]
