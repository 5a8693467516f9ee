"""The report of a simulated walk: one HTML page that needs nothing else."""
