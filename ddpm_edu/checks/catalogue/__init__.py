"""The exercises themselves, as data, in course order."""

from ddpm_edu.checks.catalogue import lesson_1, lesson_6


CATALOGUE = {exercise.id: exercise for lesson in (lesson_1, lesson_6) for exercise in lesson.EXERCISES}
