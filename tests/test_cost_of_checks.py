"""What a check may cost, counted and not timed; and an end of the search for an edit is honest."""

import itertools
from collections import Counter
from dataclasses import dataclass, field

import pytest
import torch
from sources import defined
from unseen import source_with

from ddpm_edu.checks.catalogue import CATALOGUE
from ddpm_edu.checks.judging.source import search
from ddpm_edu.checks.judging.source.candidates import candidates
from ddpm_edu.checks.judging.source.repair import read
from ddpm_edu.checks.run import LocalRunner, check_with, run_check
from ddpm_edu.checks.worker import source
from ddpm_edu.checks.worker.source import sources
from ddpm_edu.checks.worker.versions import NO_OUTPUT, outputs


pytestmark = pytest.mark.usefixtures("as_learners_run_it")
TOLD = "Diagnosis: in line "
# What no edit repairs, so that everything is tried.
HARD = {
    "snr": {"/ (1 - alpha_bar)": ".sin().exp() + 1 - alpha_bar.cos()"},
    "ddim_step": {"eta == 0": "eta >= 9", "sigma**2": "sigma.sin().tanh().cos()"},
}
PAIRS = search.PAIRED * (search.PAIRED - 1) // 2


@dataclass(frozen=True)
class Counting(LocalRunner):
    """Counts what is run of an answer and of its versions."""

    counts: Counter = field(default_factory=Counter)

    def observe(self, *arguments):
        self.counts["observations"] += 1
        return super().observe(*arguments)

    def outputs(self, *arguments):
        found = super().outputs(*arguments)
        self.counts["outputs"] += len(found)
        return found

    def edited(self, name, text):
        self.counts["versions"] += 1
        return Counting(super().edited(name, text).function, self.counts)


@pytest.fixture
def unhurried(monkeypatch):
    monkeypatch.setattr(search, "SECONDS", 50.0)
    monkeypatch.setattr(search, "MOST_SECONDS", 50.0)


@pytest.mark.parametrize("name", ["snr", pytest.param("ddim_step", marks=pytest.mark.slow)])
def test_the_runs_of_a_check_are_bounded(name, unhurried, monkeypatch):
    compiled, compile_one = Counter(), source.code_from

    def counted(*arguments):
        compiled["all"] += 1
        return compile_one(*arguments)

    monkeypatch.setattr(source, "code_from", counted)
    runner = Counting(defined(source_with(name, HARD[name]), name))
    report = check_with(runner, CATALOGUE[name])
    assert report.status in ("wrong", "crashed")
    assert TOLD not in report.feedback
    counts, cases = runner.counts, len(report.cases)
    assert counts["outputs"] <= search.MOST + PAIRS
    assert counts["versions"] <= (search.MOST_LOOKS_UNSEEN if counts["outputs"] else search.MOST)
    assert counts["observations"] <= cases + counts["versions"] + search.MOST_LOOKS * cases
    assert counts["outputs"] + counts["versions"] > 100, "a search that tries little tells little"
    # Nearly all versions share one compilation.
    assert compiled["all"] <= counts["versions"] + 4 + counts["outputs"] // 5


@pytest.mark.parametrize("name", ["snr", "kl_gaussians", "sample_p", "update_ema", "bits_per_dim"])
def test_an_edit_behind_a_switch_does_what_its_text_does(name):
    function, exercise = defined(source_with(name, {}), name), CATALOGUE[name]
    [(_, text, line), *_] = sources(function)
    code = read("", text, line, ())
    edits = candidates(code)[:: max(1, len(candidates(code)) // 60)]
    case, in_place = exercise.cases(0)[0], exercise.id == "update_ema"

    def called(choices):
        return outputs(function, "", text, choices, case, 0, 50.0, True, in_place)

    together = called([(edit.place,) for edit in edits])
    whole = 0, len(code.bytes)  # another text for all of it is not put behind a switch
    alone = called([((*whole, code.apply(edit)),) for edit in edits])
    assert len(together) == len(alone) == len(edits)
    for edit, one, other in zip(edits, together, alone, strict=True):
        assert same(one, other), code.shown(edit)
    assert sum(one is not NO_OUTPUT for one in together) > len(edits) // 3


def same(one, other):
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, torch.Tensor):
        return torch.equal(one.nan_to_num(), other.nan_to_num())
    return one == other or one != one


SLIPS = {
    "snr": {"/ (1 - alpha_bar)": "/ 1 - alpha_bar"},
    "kl_gaussians": {"ratio.log()": "ratio.log() ** 2"},
}


@pytest.mark.parametrize("name", ["snr", pytest.param("kl_gaussians", marks=pytest.mark.slow)])
def test_a_search_whose_time_is_over_tells_nothing_or_what_it_would_have_told(
    name, unhurried, monkeypatch
):
    function = defined(source_with(name, SLIPS[name]), name)
    whole = run_check(name, function)
    assert TOLD in whole.feedback
    for looks in (0, 1, 4, 30):
        clock = itertools.chain(itertools.repeat(0.0, looks), itertools.repeat(1e9))
        monkeypatch.setattr(search, "processor_time", lambda clock=clock: next(clock))
        report = run_check(name, function)
        assert report.status == whole.status and report.score == whole.score
        if TOLD in report.feedback:
            assert report.feedback == whole.feedback
    assert TOLD in report.feedback, "the last of these has time enough"
