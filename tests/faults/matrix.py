"""All trials, in the order they are run and printed."""

from collections.abc import Callable

from tests.faults import (
    company,
    crowds,
    damage,
    disks,
    driver,
    growth,
    inputs,
    interrupts,
    kills,
    locks,
    machine,
    servers,
)
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
    servers.server_killed,
    disks.disk_full,
    disks.file_size_limited,
    damage.damaged_stores,
    damage.damage_under_a_kernel,
    driver.driver_errors,
    driver.driver_exits,
    driver.system_errors,
    interrupts.interrupts_of_scripts,
    interrupts.interrupts_of_kernels,
    interrupts.interrupts_of_fits,
    company.company,
    company.subshells,
    machine.random_operations,
    machine.random_operations_on_a_server,
    growth.growth,
    inputs.bad_inputs,
)
