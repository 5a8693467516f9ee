"""The fault campaign: simulated walks in which something breaks, judged by what truly happened. In simulation only."""
