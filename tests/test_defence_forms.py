"""Questions as pages, for Moodle and for nbgrader: rules of each, and nothing that breaks out."""

import importlib.util
import json
import xml.etree.ElementTree as ET

import nbformat
import pytest
from class_results import write_student

from ddpm_edu.grading.defence import moodle, nbgrader, sheet
from ddpm_edu.grading.defence.exam import exams


ODD = "=Zoë O'Hara & <b>co"
CUT = "CUT EMOJI"  # in the file, half of one stands for it
HOSTILE = (
    'def f():\n    """</code></pre></article><script>alert(1)</script> ]]> ````` $$x$$ \x08 '
    + CUT
    + '"""\n\n\n    return "{{ 7 * 7 }}" # <img src=https://example.org/x.png onerror=alert(1)>\n'
)
SHOWN = HOSTILE.replace("\x08", "\ufffd").replace(CUT, "\ufffd")


@pytest.fixture
def asked(tmp_path):
    """Return the exams of an honest student, of one with an odd name and code, and of a third."""
    folder = tmp_path / "graded"
    write_student(folder, "ada", (1, 3))
    write_student(folder, "bob", (1,), status="wrong")
    write_student(folder, ODD, (1,), code=HOSTILE)
    path = folder / "results" / f"{ODD}.json"
    path.write_text(path.read_text().replace(CUT, r"\ud83d"))
    return list(exams(folder))


def test_a_page_shows_everything_and_loads_and_runs_nothing(asked):
    from bs4 import BeautifulSoup

    pages = sheet.files(asked)
    assert set(pages) == {
        *("sheets.html", "key.html"),
        *(f"sheets/{name}.html" for name in ("ada", "bob", ODD)),
    }
    for name, content in pages.items():
        page = BeautifulSoup(content, "html.parser")
        assert not page.find_all(["script", "img", "link", "iframe", "b"]), name
        assert page.html["lang"] == "en"
        assert len(page.find_all("h1")) == 1
    page = BeautifulSoup(pages[f"sheets/{ODD}.html"], "html.parser")
    assert page.find("h2").text == ODD
    assert "alert(1)" in page.find("pre").text
    assert "{{ 7 * 7 }}" in page.find("pre").text
    assert len(page.find_all("article")) == 3
    assert len(page.select("ol.options li")) == 12


def test_the_right_answer_is_in_the_key_and_not_on_the_sheet(asked):
    from bs4 import BeautifulSoup

    pages = sheet.files(asked)
    ada = next(exam for exam in asked if exam.student == "ada")
    own = pages["sheets/ada.html"].decode()
    assert not [q for q in ada.questions if q.reason in own or q.misconception in own]
    section = BeautifulSoup(pages["key.html"], "html.parser").find("h2", string="ada").parent
    rows = [[c.text for c in row.find_all(["th", "td"])] for row in section.select("tbody tr")]
    assert [row[1] for row in rows] == [question.letter for question in ada.questions]
    assert all(question.reason in row[2] for row, question in zip(rows, ada.questions, strict=True))
    assert "bob: 0 of 3 questions" in pages["key.html"].decode()


def test_moodle_reads_one_category_a_student_and_one_right_answer_each(asked):
    quiz = ET.fromstring(moodle.files(asked)["moodle.xml"])
    kinds = [question.get("type") for question in quiz]
    assert kinds == ["category", *["multichoice"] * 3] * 2  # bob is asked nothing
    names = [c.findtext("category/text") for c in quiz if c.get("type") == "category"]
    assert names == [f"$course$/top/ddpm-edu: own answers/{name}" for name in (ODD, "ada")]
    made = [q for exam in asked for q in exam.questions]
    for element, question in zip(quiz.findall("question[@type='multichoice']"), made, strict=True):
        assert len(element.findtext("name/text")) <= 255
        assert element.find("questiontext").get("format") == "html"
        assert element.findtext("single") == "true"
        assert element.findtext("answernumbering") in ("none", "abc", "ABCD", "123", "iii", "IIII")
        answers = element.findall("answer")
        assert [answer.findtext("text") for answer in answers] == list(question.options)
        right = [answer.get("fraction") for answer in answers]
        assert right.count("100") == 1 and right.count("0") == 3
        assert right.index("100") == question.right
        assert all(answer.find("feedback/text") is not None for answer in answers)


def test_what_moodle_shows_holds_no_markup_of_a_student(asked):
    from bs4 import BeautifulSoup

    quiz = ET.fromstring(moodle.files(asked)["moodle.xml"])
    texts = [element.findtext("questiontext/text") for element in quiz]
    shown = [BeautifulSoup(text, "html.parser") for text in texts if text]
    kinds = {tag.name for page in shown for tag in page.find_all(True)}
    assert kinds == {"pre", "p", "table", "caption", "tr", "th", "td"}
    assert any("alert(1)" in page.pre.text for page in shown)


def test_a_slash_in_a_name_makes_no_category_in_moodle():
    text = moodle.category("a/b").findtext("category/text")
    assert text.endswith("/a//b")


def test_nbgrader_gets_a_locked_question_and_an_answer_to_grade_by_hand(asked):
    files = nbgrader.files(asked)
    names = sorted(name.split("/")[1] for name in files)
    assert names[1] == "questions-ada"
    assert names[0].startswith("questions-_Zo_O_Hara_b_co-")
    for text in files.values():
        book = nbformat.reads(text.decode(), 4)
        nbformat.validate(book)
        marks = [cell.metadata.get("nbgrader", {}) for cell in book.cells]
        assert [m.get("locked") for m in marks] == [None, *[True, False] * 3]
        assert [m["points"] for m in marks if m.get("grade")] == [1, 1, 1]
    if importlib.util.find_spec("nbgrader"):
        from nbgrader.nbgraderformat.v3 import MetadataValidatorV3

        for text in files.values():
            book = nbformat.reads(text.decode(), 4)
            MetadataValidatorV3().validate_nb(book)


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="nbgrader is not installed: python -m pip install nbgrader",
)
def test_nbgrader_releases_the_questions(asked, tmp_path):
    from nbgrader_course import nbgrader as run

    from ddpm_edu.files import write_new

    write_new(nbgrader.files(asked), tmp_path)
    run(tmp_path, "generate_assignment", "questions-ada", "--CourseDirectory.course_id=a")
    book = json.loads((tmp_path / "release/questions-ada/questions.ipynb").read_text())
    answers = [c for c in book["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    assert len(answers) == 3
    assert {"".join(cell["source"]) for cell in answers} == {"YOUR ANSWER HERE"}


def test_code_stays_in_its_frame_in_a_notebook(asked):
    odd = next(exam for exam in asked if exam.student == ODD)
    text = nbgrader.notebook(odd)["cells"][1]["source"]
    fence = "`" * 6
    assert text.split(fence)[1].strip("\n") == SHOWN.strip("\n")
    assert text.count(fence) == 2


def test_the_command_writes_what_is_asked_for_and_tells_who_gets_less(
    tmp_path,
    run_here,
):
    write_student(tmp_path / "graded", "ada", (1,))
    write_student(tmp_path / "graded", "bob", (1,), status="wrong")
    options = ["defend", tmp_path / "graded", "--out", tmp_path / "out"]
    done = run_here(*options, "--format", "moodle", "--format", "nbgrader", "--seed", 3)
    assert done.returncode == 0, done.stderr
    assert "bob: 0 of 3 questions, since no answer passed" in done.stdout
    assert "wrote 3 questions for 2 students" in done.stdout
    files = {
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*")
    }
    assert {"key.html", "moodle.xml", "source/questions-ada/questions.ipynb"} <= files
    assert "sheets.html" not in files
    assert run_here(*options).returncode == 2  # another seed, another key
    assert run_here(*options[:2], "--out", tmp_path / "new").returncode == 0
    assert (tmp_path / "new/sheets/ada.html").exists()


def test_a_folder_without_results_is_told(tmp_path, run_here):
    done = run_here("defend", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "expected a folder that `ddpm-edu grade` wrote, got none" in done.stderr
    assert not (tmp_path / "out").exists()
