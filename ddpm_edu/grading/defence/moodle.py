"""Questions in Moodle's own XML, one category a student, for Question bank > Import.

Source: docs.moodle.org, Moodle XML format; moodle/question/format/xml/format.php.
"""

import xml.etree.ElementTree as ET

from ddpm_edu.files import Files
from ddpm_edu.grading.defence.exam import Exam
from ddpm_edu.grading.defence.markup import as_html
from ddpm_edu.grading.defence.questions import RULES, Question


CATEGORY = "$course$/top/ddpm-edu: own answers"


def files(exams: list[Exam]) -> Files:
    """Return the file to import."""
    quiz = ET.Element("quiz")
    for exam in exams:
        if exam.questions:
            quiz.append(category(exam.student))
        for number, question in enumerate(exam.questions, 1):
            quiz.append(multiple_choice(exam.student, number, question))
    ET.indent(quiz)
    return {"moodle.xml": ET.tostring(quiz, "utf-8", xml_declaration=True) + b"\n"}


def category(student):
    """Return the element that opens a student's category; a slash in a name is doubled there."""
    element = ET.Element("question", type="category")
    text(element, "category", f"{CATEGORY}/{student.replace('/', '//')}")
    text(element, "info", "", format="html")
    ET.SubElement(element, "idnumber")
    return element


def multiple_choice(student, number, question: Question):
    element = ET.Element("question", type="multichoice")
    text(element, "name", f"{student}: question {number}, {question.exercise}")
    text(element, "questiontext", f"{as_html(question)}\n<p>{RULES}</p>", format="html")
    text(element, "generalfeedback", "", format="html")
    settings = {
        "defaultgrade": "1", "penalty": "0", "hidden": "0", "idnumber": "",
        "single": "true", "shuffleanswers": "false", "answernumbering": "ABCD",
        "showstandardinstruction": "0",
    }  # fmt: skip
    for name, value in settings.items():
        ET.SubElement(element, name).text = value
    for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        text(element, name, "", format="html")
    for index, option in enumerate(question.options):
        fraction = "100" if index == question.right else "0"
        answer = ET.SubElement(element, "answer", fraction=fraction, format="plain_text")
        ET.SubElement(answer, "text").text = option
        text(answer, "feedback", "", format="html")
    return element


def text(parent, name, value, **attributes):
    element = ET.SubElement(parent, name, attributes)
    ET.SubElement(element, "text").text = value
