"""Events become rows: a handler an event type, a file a noun. Open :mod:`.apply` first."""
