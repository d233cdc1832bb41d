"""The files of the course: where they are, and how an exercise comes from its solution."""
