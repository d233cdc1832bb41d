"""The form of an answer: the same for copies that were worked over, another for another answer."""

import pytest
from copies import INDEPENDENT, LONG, WORKED_OVER, all_at_once

from ddpm_edu.checks.run import exercises
from ddpm_edu.grading.normal_form import normal_form


@pytest.mark.parametrize("change", [*WORKED_OVER.values(), all_at_once])
def test_a_copy_that_was_worked_over_has_the_same_form(change):
    code = change(LONG)
    compile(code, "copy", "exec")
    assert code != LONG
    assert normal_form(code, "sample_p") == normal_form(LONG, "sample_p") is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a - b", "b - a"), ("a / b", "b / a"), ("a @ b", "b @ a"), ("f(a, b)", "f(b, a)"),
        ("a + b * c", "(a + b) * c"), ("a < b", "b < a"), ("-a * b", "a * b"), ("a[b]", "b[a]"),
        ("a ** b", "b ** a"), ("a if b else c", "b if a else c"), ("f(a=b)", "f(b=a)"),
        ("[a for a in b]", "[b for a in b]"),
    ],
)  # fmt: skip
def test_what_computes_otherwise_has_another_form(one, other):
    forms = [normal_form(f"def g(a, b, c):\n    return {text}", "g") for text in (one, other)]
    assert None not in forms and forms[0] != forms[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c = a\n    a = b\n    return a - c", "c = a\n    return c - b"),
        ("f(a)\n    h(b)\n    return c", "h(b)\n    f(a)\n    return c"),
        ("for i in a:\n        b += i\n    return b", "for i in a:\n        b -= i\n    return b"),
        ("while a:\n        f(b)\n    return b", "while b:\n        f(b)\n    return b"),
        ("a[0] = b\n    return a", "a[1] = b\n    return a"),
        ("if a:\n        return b\n    return c", "if a:\n        return c\n    return b"),
        ("with a:\n        return b", "return b"),
        ("try:\n        f(a)\n    finally:\n        f(b)", "f(a)"),
    ],
)  # fmt: skip
def test_statements_in_another_order_that_matters_have_another_form(one, other):
    forms = [normal_form(f"def g(a, b, c):\n    {text}", "g") for text in (one, other)]
    assert None not in forms and forms[0] != forms[1]


def test_independent_answers_have_forms_of_their_own():
    assert len(INDEPENDENT) == len(exercises())
    for name, codes in INDEPENDENT.items():
        forms = [normal_form(code, name) for code in codes]
        assert None not in forms and len(set(forms)) == len(forms), name
