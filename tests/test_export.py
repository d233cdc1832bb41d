"""`ddpm-edu export`: notebooks as pages that need no network and can be read to the blind."""

import json
import re
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

from ddpm_edu.cli import main
from ddpm_edu.course import paths
from ddpm_edu.course.export import export
from ddpm_edu.course.export.mathml import mathml


NO_ALT = "No description has been provided for this image"  # by nbconvert
PNG = "AAAA"
WIDGET = "application/vnd.jupyter.widget-view+json"


def output(data, **metadata):
    return v4.new_output("display_data", data=data, metadata=metadata)


def page_of(tmp_path, *cells):
    """Return the page of a notebook with these cells, as soup."""
    path = tmp_path / "lessons/01_a.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=list(cells)), path)
    (page,) = export([str(path)], tmp_path / "out")
    assert page == tmp_path / "out/lessons/01_a.html"
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def code(*outputs, source="1", **metadata):
    return v4.new_code_cell(source, outputs=list(outputs), execution_count=3, metadata=metadata)


def test_a_page_has_a_language_a_title_and_headings_in_order(tmp_path):
    text = "### First\n\n## Second\n\n##### Third\n\n# Fourth"
    page = page_of(tmp_path, v4.new_markdown_cell(text))
    assert page.html["lang"] == "en"
    assert page.title.string == "First"
    assert [h.name for h in page.find_all(re.compile("^h[1-6]$"))] == ["h1", "h2", "h3", "h1"]
    assert page_of(tmp_path, code()).h1.string == page_of(tmp_path, code()).title.string == "01_a"


def test_pictures_stand_in_for_widgets_and_have_their_text(tmp_path):
    widget = {WIDGET: {"model_id": "1"}, "image/png": PNG, "text/plain": "a bell"}
    described = output(widget, **{"image/png": {"alt": 'a "bell"'}})
    page = page_of(tmp_path, code(described, output({"image/png": PNG})))
    assert [image["alt"] for image in page.find_all("img")] == ['a "bell"', NO_ALT]
    assert "model_id" not in str(page)


def test_scripts_are_left_out_and_what_was_printed_has_no_escape_codes(tmp_path):
    script = output({"text/html": "<b>bold</b><script>alert(1)</script>"})
    error = v4.new_output("error", ename="E", evalue="", traceback=["\x1b[31mred <b>\x1b[0m"])
    printed = v4.new_output("stream", name="stdout", text="\x1b[32mgreen\x1b[0m & more")
    page = page_of(tmp_path, code(script, error, printed, output({"application/javascript": "2"})))
    assert page.find("script") is None and "\x1b" not in str(page)
    assert page.find("pre", class_="stderr").get_text() == "red <b>"
    assert "green & more" in page.get_text()


def test_folded_code_is_folded(tmp_path):
    page = page_of(tmp_path, code(source="hidden_code", jupyter={"source_hidden": True}))
    assert "hidden_code" in page.details.get_text()


def test_tables_say_what_their_heads_are_for(tmp_path):
    page = page_of(tmp_path, v4.new_markdown_cell("| a | b |\n|---|---|\n| 1 | 2 |"))
    assert [head["scope"] for head in page.find_all("th")] == ["col", "col"]


def test_links_lead_to_pages_that_are_there(tmp_path):
    links = "[a](02_b.ipynb#A-part) [b](../exercises/01_a.ipynb) [c](../x.py) [d](https://a.b)"
    for name, text in {"lessons/01_a": links, "lessons/02_b": "", "exercises/01_a": ""}.items():
        path = tmp_path / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell(text)]), path)
    first, *_ = export([tmp_path / "lessons", tmp_path / "exercises"], tmp_path / "out")
    page = BeautifulSoup(first.read_text(encoding="utf-8"), "html.parser")
    hrefs = [link["href"] for link in page.find_all("a")]
    assert hrefs == ["02_b.html#A-part", "../exercises/01_a.html", "https://a.b"]
    assert "c" in page.p.get_text(), "what leads nowhere stays as text"
    assert (first.parent / hrefs[1]).is_file()


@pytest.mark.parametrize(
    ("tex", "content"),
    [
        (r"\mathcal N(0, I)", "𝒩(0,I)"),
        (r"\mathbb E_q", "𝔼q"),
        (r"x \sim y", "x∼y"),
        (r"\big\|a\big\|", "‖a‖"),
        (r"\text{max\_period}", "max_period"),
        ("a,\\\nb", "a,b"),
        (r"\mathrm{KL}\!\left(q\right) < 1", "KL(q)<1"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a=bc=d"),
    ],
)
def test_formulas_are_mathml_as_browsers_know_it(tex, content):
    drawn = BeautifulSoup(mathml(tex), "html.parser").math
    assert "".join(drawn.stripped_strings).replace(" ", "") == content.replace(" ", "")
    assert not drawn.select("[mathvariant]")


def test_names_are_one_word_functions_stand_apart_and_sums_have_limits():
    drawn = BeautifulSoup(mathml(r"\mathrm{SNR}\log\left(\sum_{t=1}^T x\right)"), "html.parser")
    assert drawn.mtext.string == "SNR"
    assert drawn.find("mo", string="log")["rspace"]
    assert drawn.find("munderover").mo.string == "∑"


def test_formulas_are_found_where_mathjax_finds_them(tmp_path):
    text = "Let $x_1$ and `$code$`, \\$5:\n\n$$a * b * c \\tag{1.2}$$\n\n$\\frac$ is wrong."
    page = page_of(tmp_path, v4.new_markdown_cell(text), code(output({"text/html": "<p>$y$</p>"})))
    assert [math.get_text() for math in page.find_all("math")] == ["x1", "a*b*c", "y"]
    shown = page.find(class_="formula")
    assert (shown["aria-label"], shown["tabindex"]) == ("equation 1.2", "0")
    assert page.find(class_="number").string == "(1.2)"
    assert "$code$" in page.get_text() and "$\\frac$" in page.get_text()


@pytest.fixture
def answer(monkeypatch, tmp_path, capsys):
    """Run the command in an empty folder; return its exit code, output and error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ddpm-edu", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_lessons_are_found_by_number_and_name(answer):
    assert answer("0", "--out", "here") == (0, "wrote here/notebooks/00_welcome.html\n", "")
    code, said, _ = answer("00_welcome")
    assert (code, said) == (0, "wrote pages/notebooks/00_welcome.html\n")


def test_ones_own_lessons_come_first(answer, tmp_path):
    own = tmp_path / "notebooks/00_mine.ipynb"
    own.parent.mkdir()
    nbformat.write(v4.new_notebook(), own)
    assert answer()[1] == "wrote pages/notebooks/00_mine.html\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["02_posteriorr"], "02_posteriorr: expected a notebook, a folder or one of 00_welcome"),
        (["77"], "77: expected a notebook, a folder or one of"),
        (["text.ipynb"], "text.ipynb: expected a notebook, got"),
        (["list.ipynb"], "list.ipynb: expected a notebook, got"),
        (["empty"], "empty: expected a notebook or a folder with notebooks, got none"),
        (["0", "--out", "text.ipynb"], "text.ipynb: expected a folder that can be written"),
        (["a/x/1.ipynb", "b/x/1.ipynb"], "expected one notebook for pages/x/1.html, got"),
    ],
)
def test_bad_input_is_answered_in_one_line(answer, tmp_path, arguments, message):
    (tmp_path / "text.ipynb").write_text("no notebook")
    (tmp_path / "list.ipynb").write_text(json.dumps([1]))
    (tmp_path / "empty").mkdir()
    for folder in ("a/x", "b/x"):
        (tmp_path / folder).mkdir(parents=True)
        nbformat.write(v4.new_notebook(), tmp_path / folder / "1.ipynb")
    code, said, error = answer(*arguments)
    assert (code, said) == (2, "")
    assert message in error and error.count("\n") == 1
    assert not list(tmp_path.rglob("*.html"))


@pytest.mark.slow
@pytest.mark.parametrize("part", ["notebooks", "exercises", "solutions"])
def test_every_page_of_the_course_is_whole(part, tmp_path):
    for page in export([paths.ROOT / part], tmp_path):
        text = page.read_text(encoding="utf-8")
        soup = BeautifulSoup(text, "html.parser")
        assert NO_ALT not in text
        loaded = [part.get("src") or part.get("href") for part in soup.select("[src], link[href]")]
        assert all(address.startswith("data:") for address in loaded)
        levels = [int(heading.name[1]) for heading in soup.find_all(re.compile("^h[1-6]$"))]
        assert levels[0] == 1 and levels.count(1) == 1
        # what is no command that the converter knows stays in it as it was
        assert not [m for m in soup.find_all("math") if re.search(r"[\\&$]", m.get_text())]
        for left in soup.find_all(["code", "pre"]):
            left.decompose()
        assert "$" not in soup.main.get_text()
