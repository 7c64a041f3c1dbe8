"""Housekeeping is the same on both databases."""

import pytest


@pytest.fixture
def store_uri(on_both_databases: str) -> str:
    """The store's URI: of a file, then of a server."""
    return on_both_databases
