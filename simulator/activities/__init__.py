"""Everyday movements as scripts with ground truth; `registry.ACTIVITIES` lists them."""
