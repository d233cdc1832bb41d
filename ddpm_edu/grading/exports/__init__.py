"""Results in the forms of other programs."""

from ddpm_edu.grading.exports.classroom50 import classroom50_json
from ddpm_edu.grading.exports.gradescope import gradescope_json
from ddpm_edu.grading.exports.platforms import canvas_csv, moodle_csv


EXPORTS = {
    "gradescope": gradescope_json,
    "classroom50": classroom50_json,
    "canvas": canvas_csv,
    "moodle": moodle_csv,
}
