"""All trials, in the order they are run and printed."""

from collections.abc import Callable

from tests.faults import crowds, disks, driver, kills, locks
from tests.faults.outcome import Trial

TRIALS: tuple[Callable[[Trial], None], ...] = (
    kills.kills_of_users,
    kills.kills_of_drainers,
    kills.kills_of_blob_writes,
    kills.kills_of_migrations,
    kills.kills_of_kernels,
    crowds.many_writers,
    crowds.starts_at_once,
    locks.database_locked,
    locks.lock_file_held,
    disks.disk_full,
    disks.file_size_limited,
    driver.driver_errors,
    driver.driver_exits,
    driver.system_errors,
)
