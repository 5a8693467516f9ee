"""What people touch: command line, live view, summary; and `assemble`, the one place where parts meet."""
