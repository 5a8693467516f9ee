"""Gait events found by the controller, against a reference that the user has."""
