"""The store in SQL: SQLite for one person. Open :mod:`.store` (the facade), then :mod:`.tables`."""
