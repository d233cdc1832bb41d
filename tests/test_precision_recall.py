import pytest
import torch

from ddpm_edu import precision_recall


def test_equal_sets_have_precision_and_recall_1(generator):
    points = torch.randn(60, 5, generator=generator)
    assert precision_recall(points, points[torch.randperm(60, generator=generator)]) == (1, 1)


def test_sets_far_apart_have_precision_and_recall_0(generator):
    real, fake = torch.randn(2, 60, 5, generator=generator)
    assert precision_recall(real, fake + 100) == (0, 0)


def test_collapse_costs_recall_and_spread_costs_precision(generator):
    # ten clusters, each far narrower than the distance between them; samples miss nine, or add ten
    # of their own
    clusters = 100 * torch.eye(20)[torch.arange(400) % 10]
    real, fake = clusters + torch.randn(2, 400, 20, generator=generator)
    precision, recall = precision_recall(real, fake[::10])  # only the first
    assert precision > 0.8
    assert recall <= 0.1
    half = torch.arange(400) % 2 == 0
    precision, recall = precision_recall(real, torch.where(half[:, None], fake, -fake))
    assert precision <= 0.5
    # the one is the other, swapped
    assert precision_recall(fake, real)[0] == precision_recall(real, fake)[1]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_ball_reaches_to_the_kth_neighbour_and_not_further(k):
    # points at 0, 1, 3, 6, 10: from 10 the neighbours are 4, 7 and 9 away, and all others' balls
    # end before 10
    real = torch.tensor([0.0, 1.0, 3.0, 6.0, 10.0])[:, None]
    edge = 10 + [4.0, 7.0, 9.0][k - 1]
    inside, outside = torch.full((5, 1), edge), torch.full((5, 1), edge + 1e-3)
    assert precision_recall(real, inside, k)[0] == 1
    assert precision_recall(real, outside, k)[0] == 0


def test_sets_may_differ_in_size_and_their_shares_are_counted_apart():
    real, fake = (
        torch.arange(8.0)[:, None],
        torch.tensor([0.0, 1.0, 2.0, 3.0, 50.0, 51.0, 52.0, 53.0, 54.0, 55.0]),
    )
    precision, recall = precision_recall(real, fake[:, None], k=1)
    assert precision.item() == pytest.approx(0.4)
    assert recall.item() == pytest.approx(5 / 8)  # the ball of 3 reaches to 4


P = torch.randn(5, 2)
BAD_SETS = [
    ({"fake": P[:, :1]}, r"fake: expected features of shape \(4 or more, 2\), got \(5, 1\)"),
    ({"real": P[:3]}, r"real: expected features of shape \(4 or more, 2\), got \(3, 2\)"),
    ({"real": P[:, 0]}, r"real: expected features of shape \(4 or more, 5\), got \(5,\)"),
    ({"fake": P / 0}, "fake: expected finite values, got 10 NaN"),
    ({"k": 0}, "k: expected a whole number >= 1, got 0"),
    ({"k": 5}, r"real: expected features of shape \(6 or more, 2\), got \(5, 2\)"),
]


@pytest.mark.parametrize(("bad", "message"), BAD_SETS)
def test_bad_sets_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        precision_recall(**{"real": P, "fake": P} | bad)


def test_copies_are_at_distance_0_exactly(generator):
    # every point twice: with k = 1 all balls have radius 0, and rounding, far from the origin,
    # would empty them
    points = 1e6 + torch.randn(40, 5, dtype=torch.float64, generator=generator)
    assert precision_recall(points.repeat(2, 1), points, k=1) == (1, 1)
