"""The face: the only place that reads settings, prints and serves."""
