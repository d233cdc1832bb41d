"""A mistake that is on no list, told by the learner's source: one small edit that repairs it."""
