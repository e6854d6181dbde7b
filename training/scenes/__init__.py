"""Scene graphs, their pictures and their words."""
