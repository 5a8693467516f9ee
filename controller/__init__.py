"""What decides: readings in, commands out. No clock, no files, no hardware, no threads."""
