"""The files of a SQLite store: whose they are, what disk they are on, and setting them aside."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jupyter_mltrack.settings import make_private_directory

MOUNTS = Path("/proc/self/mountinfo")

SIDE_FILES: Final = ("", "-wal", "-shm", "-journal")
"""A database and what SQLite keeps beside it."""

# File systems that several machines share: SQLite's WAL needs memory that all writers share.
_NETWORK: Final = re.compile(
    r"9p|afs|beegfs|ceph|cifs|coda|davfs|glusterfs|gfs2|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|panfs"
    r"|pvfs2|smb3|smbfs|vboxsf|virtiofs|wekafs"
    r"|fuse\.(ceph|cephfs|davfs2?|gcsfuse|glusterfs|rclone|s3fs|sshfs)"
)


def find_network_filesystem(path: Path) -> str:
    """Kind of network file system a path is on (``nfs4``); empty when it is on none we know."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # only Linux tells
        return ""
    mounted: dict[Path, str] = {}
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) > 4 and kinds:
            mounted[Path(_unescape(fields[4]))] = kinds[0]  # a later mount hides an earlier one
    real = Path(os.path.realpath(path))
    kind = next((mounted[one] for one in (real, *real.parents) if one in mounted), "")
    return kind if _NETWORK.fullmatch(kind) else ""


def make_private_file(path: Path) -> None:
    """Make an empty file for this user alone where there is none, whatever the umask.

    Raises
    ------
    OSError
        It cannot be made.
    """
    make_private_directory(path.parent)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def set_aside(path: Path) -> Path:
    """Rename a damaged database, with what is beside it; return its new path.

    Raises
    ------
    OSError
        A file cannot be renamed.
    """
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    # The database last: as long as it has its name, a kill in between leaves it to the next try.
    for suffix in reversed(SIDE_FILES):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(aside.with_name(aside.name + suffix))
    return aside


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
