"""The learner's side of the wall: calls functions and reports what they did.

It imports nothing of `catalogue/`, `judging/` or `learner/`. A sandbox mounts this folder,
`exercise.py` beside it and the library (ddpm_edu/*.py), and nothing else of the checks. The library
has functions that are answers; `call_detector.py` notices when one is called. `observation.py` is
what crosses the wall; all other files stay on this side.
"""
