"""Rows become entities: a file a noun; each function takes a connection and reads only."""
