"""The judge's side of the wall: sees answers and observations, never calls a learner's function."""
