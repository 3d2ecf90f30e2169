"""The only place that knows the order of the stages, and the only one that reads and writes the store."""
