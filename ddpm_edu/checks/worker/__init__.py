"""This side of the wall: runs the learner's code and reports what it did. Knows no answer.

A sandbox mounts this folder, `exercise.py` beside it and the mathematics, and nothing else of the
checks. `observation.py` is what crosses the wall; all other files stay on this side.
"""
