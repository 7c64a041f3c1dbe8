"""One module per library: how its models become bytes, and bytes a model again."""
