"""The black box, its reader, other recordings, and replay over a step that is handed in."""
