"""The exercises themselves, as data, in course order."""

from ddpm_edu.checks.catalogue import lesson_6


CATALOGUE = {exercise.id: exercise for exercise in (*lesson_6.EXERCISES,)}
