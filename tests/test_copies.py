"""Copies of notebooks: what an update may replace in them, and what is a person's and stays."""

import copy
import json
import os
import random

import pytest
from small_course import ANSWER, STUB, book, edit, plain, sources, write_book

from ddpm_edu.course.copies import (
    Outcome,
    adopt,
    bring_up_to_date,
    is_untouched,
    make_copy,
    merge,
    read_book,
)


TEXTS = ("# Exercises", "import ddpm_edu", STUB, "check(snr)", "def later(): ...", "check(later)")
NEW = ("# Exercises, better", "import ddpm_edu", "a = 1", STUB, "check(snr)", "check(later)")


@pytest.fixture
def places(tmp_path):
    """Return an original, its copy, and the list of what was kept of the copy."""
    original, mine, kept = tmp_path / "01_a.ipynb", tmp_path / "workbook/01.ipynb", []
    write_book(original, book("01_a", *TEXTS))
    make_copy(original, mine)

    def update(new=NEW):
        write_book(original, book("01_a", *new))
        return bring_up_to_date(original, mine, lambda path: kept.append(path.read_bytes()))

    return original, mine, kept, update


def test_a_copy_says_what_it_was_copied_from(places):
    original, mine, *_ = places
    assert sources(mine) == list(TEXTS)
    assert is_untouched(read_book(mine)) and mine.read_bytes() == original.read_bytes()
    edit(mine, STUB, ANSWER)
    assert not is_untouched(read_book(mine))


def test_a_copy_that_was_only_run_is_replaced(places):
    _, mine, kept, update = places
    edit(mine, "import ddpm_edu", "import ddpm_edu")  # brings an output
    before = mine.read_bytes()
    assert update() is Outcome.REPLACED
    assert sources(mine) == list(NEW) and is_untouched(read_book(mine)) and kept == [before]
    assert update() is Outcome.CURRENT and len(kept) == 1


def test_answers_stay_where_the_text_around_them_changes(places):
    _, mine, kept, update = places
    edit(mine, STUB, ANSWER)
    content = json.loads(mine.read_text())
    note = {"id": "mine", "cell_type": "markdown", "metadata": {}, "source": "my note"}
    content["cells"].insert(2, note)
    write_book(mine, content)
    os.utime(mine, (1000, 1000))
    before = mine.read_bytes()
    assert update() is Outcome.MERGED and kept == [before]
    expected = ["# Exercises, better", "import ddpm_edu", "a = 1", "my note", ANSWER]
    assert sources(mine) == [*expected, "check(snr)", "check(later)"]
    answered = next(cell for cell in read_book(mine)["cells"] if cell["source"] == ANSWER)
    assert answered["outputs"] == [{"output_type": "stream", "text": "ran"}]
    ids = [cell["id"] for cell in read_book(mine)["cells"]]
    assert len(ids) == len(set(ids)), "nbformat refuses ids that are there twice"
    assert mine.stat().st_mtime == 1000, "an old answer does not become the newest"
    assert update((*NEW, "the end")) is Outcome.MERGED
    assert sources(mine)[-1] == "the end" and ANSWER in sources(mine)


def test_what_both_changed_stays_as_the_learner_left_it(places):
    _, mine, kept, update = places
    edit(mine, STUB, ANSWER)
    before = mine.read_bytes()
    for conflicting in ("def snr(t, schedule):\n    raise NotImplementedError", None):
        new = [conflicting if text == STUB else text for text in TEXTS]
        assert update(filter(None, new)) is Outcome.KEPT
        assert mine.read_bytes() == before and kept == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe{", b"[]", b'{"cells": 3}', b'{"cells": [{}]}', b"[" * 100_000],
)
def test_what_is_no_notebook_is_left_alone(places, content):
    original, mine, kept, update = places
    mine.write_bytes(content)
    adopt(mine, original)
    assert update() is Outcome.KEPT and mine.read_bytes() == content and kept == []
    original.write_bytes(content)
    mine.unlink()
    make_copy(original, mine)
    assert mine.read_bytes() == content


def test_a_link_is_left_alone(places, tmp_path):
    original, mine, kept, update = places
    write_book(mine, plain(book("01_a", *TEXTS)))
    mine.rename(tmp_path / "elsewhere.ipynb")
    mine.symlink_to(tmp_path / "elsewhere.ipynb")
    before = mine.read_bytes()
    adopt(mine, original)
    assert update() is Outcome.KEPT
    assert mine.is_symlink() and mine.read_bytes() == before and kept == []


def test_a_copy_from_before_there_were_records_can_be_given_one(places):
    original, mine, _, update = places
    write_book(mine, plain(book("01_a", *TEXTS)))
    edit(mine, STUB, ANSWER)
    assert bring_up_to_date(original, mine, None) is Outcome.KEPT
    adopt(mine, original)
    assert update() is Outcome.MERGED and ANSWER in sources(mine)
    before = mine.read_bytes()
    adopt(mine, original)
    assert mine.read_bytes() == before, "a record that is there is right"


def mutated(texts, rng, mark):
    """Change, add and remove some texts."""
    new = []
    for text in texts:
        chance = rng.random()
        new += [f"{mark} {rng.random()}"] if chance < 0.15 else []
        new += [f"{text} {mark}"] if chance > 0.85 else [text] if chance < 0.75 else []
    return new


def test_a_merge_loses_no_answer_and_no_news():
    merged = 0
    for seed in range(2000):
        rng = random.Random(seed)
        old = [f"text {number}" for number in range(rng.randrange(1, 9))]
        new = mutated(old, rng, "course")
        shipped = book("a", *old)
        mine = copy.deepcopy(shipped)
        for cell in rng.sample(mine["cells"], rng.randrange(len(old) + 1)):
            cell["source"] += " mine" if rng.random() < 0.5 else ""
        place = rng.randrange(len(old) + 1)
        own = {"id": "own", "cell_type": "code", "metadata": {}, "source": "own"}
        mine["cells"].insert(place, own)
        before = [cell["source"] for cell in mine["cells"]]
        result = merge(mine, book("a", *(new or ["text"])))
        if result is None:
            continue
        merged += 1
        after = [cell["source"] for cell in result["cells"]]
        assert [text for text in before if "mine" in text or text == "own"] == [
            text for text in after if "mine" in text or text == "own"
        ], seed
        news = [text.removesuffix(" mine") for text in after if text != "own"]
        assert news == (new or ["text"]), seed
        ids = [cell["id"] for cell in result["cells"]]
        assert len(ids) == len(set(ids)), seed
    assert merged > 500
