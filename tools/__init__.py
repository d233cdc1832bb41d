"""Tools for those who work on the course; run them from its folder, as `python -m tools.build`."""
