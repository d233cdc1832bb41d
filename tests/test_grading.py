"""Right answers earn all, stubs nothing, half-done submissions what they solved."""

import copy
import random

import pytest
from grading import IDS, books, graded, hand_in, mixed, needs_sandbox, statuses
from mutations import KEEP, LOSE

from ddpm_edu.checks.run import exercises
from ddpm_edu.grading.isolation import BWRAP, PROCESS


pytestmark = [pytest.mark.usefixtures("as_learners_run_it"), pytest.mark.slow]
POINTS = {exercise.id: exercise.points for exercise in exercises()}


@pytest.mark.parametrize(
    ("isolation", "seed"), [pytest.param(BWRAP, 1, marks=needs_sandbox), (PROCESS, 2)]
)
def test_solutions_earn_all_and_stubs_nothing(isolation, seed, tmp_path):
    hand_in(tmp_path / "in", "right", books("solutions"))
    hand_in(tmp_path / "in", "stubs", books("exercises"))
    results = graded(tmp_path / "in", tmp_path / "out", isolation=isolation, seed=seed)
    assert set(statuses(results["right"]).values()) == {"passed"}
    assert results["right"].score == results["right"].max_score == sum(POINTS.values())
    assert set(statuses(results["stubs"]).values()) == {"not_attempted"}
    assert results["stubs"].score == 0
    assert {result.isolation for result in results.values()} == {isolation}


def half_done(number):
    """Return the names solved, and the notebook of one lesson in which they are."""
    chosen = random.Random(number)
    name = chosen.choice(sorted(books("exercises")))
    inside = [e.id for e in exercises() if e.lesson == int(name[:2])]
    solved = set(chosen.sample(inside, chosen.randint(1, len(inside))))
    return solved, {name: mixed(solved)[name]}


@needs_sandbox
def test_half_done_submissions_earn_exactly_what_they_solved(tmp_path):
    solved = {}
    for number in range(30):
        solved[f"half-{number}"], notebooks = half_done(number)
        hand_in(tmp_path / "in", f"half-{number}", notebooks)
    results = graded(tmp_path / "in", tmp_path / "out")
    for student, names in solved.items():
        expected = {name: "passed" if name in names else "not_attempted" for name in IDS}
        assert statuses(results[student]) == expected
        assert results[student].score == sum(POINTS[name] for name in names)


WRONG = "def step_q(x_prev, t, schedule, noise):\n    return x_prev + noise"


@needs_sandbox
def test_what_happens_to_a_notebook_changes_a_grade_as_it_changes_a_check(tmp_path):
    book = copy.deepcopy(books("solutions")["01_forward_process.ipynb"])
    names = ["linear_schedule", "sample_by_t", "step_q", "sample_q", "snr"]
    for cell in book["cells"]:
        if cell["source"].startswith("def step_q"):
            cell["source"] = WRONG
    changed = {}
    for number, (title, mutate) in enumerate([*KEEP.items(), *LOSE.items()]):
        for name in ("sample_q", "step_q"):
            own = copy.deepcopy(book)
            mutate(own, name)
            changed[f"{number:02}-{name}"] = title, name
            hand_in(tmp_path / "in", f"{number:02}-{name}", {"work.ipynb": own})
    results = graded(tmp_path / "in", tmp_path / "out", names)
    before = dict.fromkeys(names, "passed") | {"step_q": "wrong"}
    for student, (title, name) in changed.items():
        expected = before | ({name: "not_attempted"} if title in LOSE else {})
        assert statuses(results[student]) == expected, title


@needs_sandbox
def test_a_cell_that_ends_the_process_costs_itself_alone(tmp_path):
    book = copy.deepcopy(books("solutions")["03_objective.ipynb"])
    killer = copy.deepcopy(book["cells"][0])
    killer["source"] = "import os\nos._exit(3)"
    book["cells"].insert(4, killer)
    hand_in(tmp_path / "in", "a", {"work.ipynb": book})
    result = graded(tmp_path / "in", tmp_path / "out")["a"]
    assert result.score == sum(e.points for e in exercises() if e.lesson == 3)
    assert [cell.text for cell in result.cells if cell.status == "crashed"] == ["ended its process"]


@needs_sandbox
def test_the_verdict_does_not_depend_on_the_secret_seed(tmp_path):
    answers = {"01_forward_process.ipynb": mixed(set(IDS[::2]))["01_forward_process.ipynb"]}
    for cell in answers["01_forward_process.ipynb"]["cells"]:
        if cell["source"].startswith("def step_q"):
            cell["source"] = WRONG
    hand_in(tmp_path / "in", "a", answers)
    found = set()
    for seed in range(10):
        result = graded(tmp_path / "in", tmp_path / f"out{seed}", seed=seed)["a"]
        found.add((result.score, tuple(statuses(result).items())))
    assert len(found) == 1
