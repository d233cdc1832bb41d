"""The other side of the wall: sees answers and observations, and never runs the learner's code."""
