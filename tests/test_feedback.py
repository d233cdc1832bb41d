"""Pages that students and teachers open: harmless, self-contained, with the boxes they know."""

import html
import html.parser

import pytest
from graded import BROKEN, EXERCISES, HOSTILE, IDS, MARKS, class_of_40, judged, submission, written

from ddpm_edu.grading.publish import publish


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = written(tmp_path_factory.mktemp("results"), class_of_40())
    publish(folder, EXERCISES, MARKS, ("gradescope",))
    return folder


class Tags(html.parser.HTMLParser):
    """Collects tags, attributes and all text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]

    def handle_data(self, data):
        self.texts.append(data)


def pages(folder):
    return [folder / "report.html", *(folder / "feedback").glob("*.html")]


def test_no_name_feedback_or_label_becomes_part_of_a_page(folder):
    for path in pages(folder):
        page = Tags(path.read_text(encoding="utf-8"))
        assert not {"script", "i", "img", "iframe", "object", "form"} & {*page.tags}
        assert page.tags.count("b") < 60 and "no labels" not in page.tags
        for _, name, value in page.attributes:
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert value.startswith("#")
    hostile = (folder / "feedback" / f"{HOSTILE}.html").read_text(encoding="utf-8")
    assert "".join(Tags(hostile).texts).count("<script>") == 2  # in title and heading, as text
    assert "<b>no</b>" in "".join(Tags(hostile).texts)
    assert "<b>1/0</b>" in "".join(Tags(hostile).texts)


def test_nothing_is_loaded_from_elsewhere(folder):
    for path in pages(folder):
        text = path.read_text(encoding="utf-8")
        assert "http" not in text.replace("http-equiv", "") and "url(" not in text


def test_a_page_has_the_boxes_that_students_know(folder):
    text = "".join(Tags((folder / "feedback/Ana 00.html").read_text("utf-8")).texts)
    for words in (
        *("14.8 of 30 points", "✗ sample_q: not right yet, 0 of 3 points", "✗ float32"),
        "Diagnosis: Your values equal those of multiplying the noise by 1 - alpha_bar_t",
        *("Handed in 30 hours late: 3.7 points are taken off.", "after 3 days nothing counts."),
        *("<b>no labels", "✓ linear_schedule: passed, 2 of 2 points"),
    ):
        assert words in text, words
    assert text.count("expected -") == 1  # one value, that of the first difference
    text = "".join(Tags((folder / "feedback/Unreadable.html").read_text("utf-8")).texts)
    assert BROKEN in text and "Set by your teacher to 2.5 points: =read()" in text


def test_no_page_shows_a_line_of_a_solution(folder):
    code = "\n".join(judged(name, "right").code for name in IDS)
    lines = {line.strip() for line in code.splitlines() if "=" in line or "return" in line}
    assert len(lines) > 30
    for path in [*pages(folder), *(folder / "gradescope").rglob("*.json"), folder / "junit.xml"]:
        text = html.unescape(path.read_text(encoding="utf-8"))
        assert not [line for line in lines if line in text]


def test_what_is_missing_says_so(tmp_path):
    publish(written(tmp_path, [submission("Ana", {"sample_q": "stub"}, ["sample_q"])]), EXERCISES)
    text = "".join(Tags((tmp_path / "feedback/Ana.html").read_text(encoding="utf-8")).texts)
    assert text.count("It is not in what was handed in.") == len(EXERCISES) - 1
    assert text.count("not written yet") == len(EXERCISES) + len(EXERCISES)  # table and boxes
