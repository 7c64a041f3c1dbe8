"""What is read and written through the functions is the same on both databases."""

from tests.conftest import on_both_databases

store_uri = on_both_databases
