"""The exercises themselves, as data, in course order."""

from ddpm_edu.checks.catalogue import (
    lesson_1,
    lesson_2,
    lesson_3,
    lesson_4,
    lesson_5,
    lesson_6,
    lesson_7,
    lesson_8,
    lesson_9,
)


LESSONS = (
    *(lesson_1, lesson_2, lesson_3, lesson_4, lesson_5, lesson_6, lesson_7, lesson_8),
    lesson_9,
)
CATALOGUE = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}
