"""A folder for students: the notebooks, their course.toml, and what to do with them."""

from ddpm_edu.files import Files
from ddpm_edu.grading.handouts.handout import Handout, for_students, template


def files(handout: Handout) -> Files:
    """Return the folder's files."""
    return {**for_students(handout), "README.md": template("plain.md", handout)}
