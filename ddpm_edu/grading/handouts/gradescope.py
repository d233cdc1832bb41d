"""An autograder for Gradescope, to be zipped, and what its students are given.

Source: gradescope-autograders.readthedocs.io, specifications.
"""

from ddpm_edu.files import Files
from ddpm_edu.grading.handouts.handout import Handout, template
from ddpm_edu.grading.handouts.installed import course_files
from ddpm_edu.grading.handouts.plain import files as for_students


def files(handout: Handout) -> Files:
    """Return two folders: autograder/, whose content is zipped, and exercises/ for students."""
    autograder = {
        "setup.sh": template("gradescope_setup.sh", handout),
        "run_autograder": template("gradescope_run.sh", handout),
        **course_files(handout),
    }
    return {
        "README.md": template("gradescope.md", handout),
        **{f"autograder/{name}": text for name, text in autograder.items()},
        **{f"exercises/{name}": text for name, text in for_students(handout).items()},
    }
