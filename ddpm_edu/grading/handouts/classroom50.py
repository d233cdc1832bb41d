"""An autograder for Classroom 50 (the successor of GitHub Classroom), and its template repository.

The runner starts autograder.py in the student's repository; beside it lies what else is needed.
Source: foundation50/classroom50, its wiki (Advanced Autograding) and schema classroom50/result/v1.
"""

from ddpm_edu.files import Files
from ddpm_edu.grading.handouts.handout import Handout, template
from ddpm_edu.grading.handouts.installed import course_files
from ddpm_edu.grading.handouts.plain import files as for_students


def files(handout: Handout) -> Files:
    """Return two folders: bundle/ for autograders/ASSIGNMENT/, template/ for students."""
    script = {"autograder.py": template("classroom50_autograder.py", handout)}
    bundle = {**script, **course_files(handout)}
    return {
        "README.md": template("classroom50.md", handout),
        **{f"bundle/{name}": text for name, text in bundle.items()},
        **{f"template/{name}": text for name, text in for_students(handout).items()},
    }
