"""Artifacts and models of a run."""

from sqlalchemy import Connection, select

from jupyter_mltrack.entities import LoggedModel
from jupyter_mltrack.store.contract import StoredArtifact
from jupyter_mltrack.store.sql.tables import (
    ArtifactRow,
    CellExecutionRow,
    LoggedModelRow,
    RunRow,
)


def list_artifacts(connection: Connection, run_id: str) -> list[StoredArtifact]:
    """Files of a run by path."""
    rows = connection.execute(
        select(ArtifactRow.__table__, CellExecutionRow.execution_id)
        .join(RunRow, RunRow.id == ArtifactRow.run)
        .outerjoin(CellExecutionRow, CellExecutionRow.id == ArtifactRow.execution)
        .where(RunRow.run_id == run_id)
        .order_by(ArtifactRow.path)
    )
    return [
        StoredArtifact(
            path=row.path,
            size=row.size,
            media_type=row.media_type,
            digest=row.digest,
            execution_id=row.execution_id or "",
        )
        for row in rows
    ]


def list_models(connection: Connection, run_id: str) -> list[LoggedModel]:
    """Models of a run in the order they were logged."""
    rows = connection.execute(
        select(LoggedModelRow.__table__)
        .join(RunRow, RunRow.id == LoggedModelRow.run)
        .where(RunRow.run_id == run_id)
        .order_by(LoggedModelRow.creation_time)
    )
    return [
        LoggedModel(
            model_id=row.model_id,
            name=row.name,
            artifact_path=row.artifact_path,
            flavor=row.flavor,
            model_class=row.model_class,
            status=row.status,
            status_message=row.status_message,
            size=row.size,
            creation_time=row.creation_time,
        )
        for row in rows
    ]
