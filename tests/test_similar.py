"""Which answers are told to be alike: copies that were worked over, and nobody by chance."""

import dataclasses
import re

import pytest
from copies import INDEPENDENT, LONG, WORKED_OVER, all_at_once
from graded import judged, submission

from ddpm_edu.course.answers import solved, source_of
from ddpm_edu.grading.grade import grade_of
from ddpm_edu.grading.similar import Answers, canonical, own_lines


RENAMED = (
    re.sub(r"\bclean\b", "zzz", re.sub(r"\beps\b", "prediction", LONG.replace("Mine", "Yours")))
    .replace("# one step back", "# I wrote this")
    .replace("root *", "root  *")
)
OTHER = LONG.replace(".sqrt()", " ** 0.5").replace("clamp(-1, 1)", "clip(min=-1, max=1)")
SHORT = "def sample_p(model, x_t, t, schedule, clipping=True):\n    return model(x_t, t)\n"


def class_with(*codes, exercise="sample_p"):
    return groups_of([{exercise: code} for code in codes])


def groups_of(students):
    """Return who is alike, in which exercises, of students with some answers each."""
    answers = Answers()
    for n, codes in enumerate(students):
        result = submission(f"student {n}", {}, [*codes])
        changed = [dataclasses.replace(one, code=codes[one.id]) for one in result.exercises]
        answers.add(grade_of(dataclasses.replace(result, exercises=tuple(changed))))
    return [(group.students, group.exercises) for group in answers.alike()]


def test_a_copy_with_other_names_comments_and_spaces_is_found():
    different = [OTHER.replace("0.5", f"{0.5 + n}") for n in range(10)]
    alike = class_with(LONG, *different, RENAMED)
    assert alike == [(("student 0", "student 11"), ("sample_p",))]


def test_answers_that_differ_are_not_alike():
    assert class_with(LONG, OTHER, LONG.replace("mean +", "mean -")) == []


def test_short_answers_and_those_of_many_are_not_told():
    assert class_with(*[SHORT] * 3) == []
    assert class_with(*[LONG] * 12) == []
    assert class_with(*["x = 1\n" * 5] * 2) == []


def test_what_was_handed_out_does_not_count():
    code = judged("repair_sampler", "stub").code
    assert own_lines(code, Answers().stub("repair_sampler")) == []
    assert class_with(code, code, exercise="repair_sampler") == []


@pytest.mark.parametrize(
    "code",
    ["(" * 5000, "-" * 15000 + "1", "[" * 3000 + "]" * 3000, "x" * 10**6, "\x00", "", "def f(:"],
)  # fmt: skip
def test_no_code_stops_the_report(code):
    assert class_with(code, code) in ([], [(("student 0", "student 1"), ("sample_p",))])


def test_what_is_longer_than_any_answer_is_not_compared():
    assert len(canonical("x = 1\n" * 3000)) == 3000 and canonical("x = 1\n" * 4000) == []


def test_code_that_is_no_python_is_compared_by_its_letters():
    broken = LONG + "\nx = ("
    assert class_with(broken, broken.replace("    eps", "    eps ")) != []
    assert canonical(broken)[0].startswith("defsample_p(")


ASKED = (
    *("sample_q", "kl_gaussians", "residual_block_forward", "unet_forward"),
    *("train_step", "update_ema", "sample_p"),
)


@pytest.mark.slow
def test_copies_in_a_class_of_40_are_found_and_nobody_else():
    usual = {name: INDEPENDENT[name][:8] for name in ASKED}
    class_of_40 = [
        {name: codes[n % len(codes)] for name, codes in usual.items()} for n in range(40)
    ]
    expected = []
    for n, change in enumerate([*WORKED_OVER.values(), all_at_once]):
        own = LONG.replace("clamp(-1, 1)", f"clamp(-1, 1) * {n + 2}")  # an answer of one's own
        class_of_40[n]["sample_p"], class_of_40[39 - n]["sample_p"] = own, change(own)
        expected.append(((f"student {n}", f"student {39 - n}"), ("sample_p",)))
    assert sorted(groups_of(class_of_40)) == sorted(expected)


def test_who_writes_as_the_solution_does_is_not_told():
    source = source_of("unet_forward")
    assert source
    solution = solved(source[1])
    assert sum(map(len, own_lines(solution, Answers().stub("unet_forward")))) > 200
    assert class_with(solution, solution.replace("skip_1", "first"), exercise="unet_forward") == []


def test_the_same_comments_are_told_however_usual_the_code():
    remark = "    # my cat has helped me to find the root of this\n    return model(x_t, t)"
    same = SHORT.replace("    return model(x_t, t)", remark)
    other = SHORT.replace("    return", "    # one\n    return")
    assert class_with(other, same, other, same) == [(("student 1", "student 3"), ("sample_p",))]
    assert class_with(*[same] * 12) == []
