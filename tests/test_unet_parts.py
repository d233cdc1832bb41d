"""The parts of the U-Net: time embedding, attention, and blocks."""

import pytest
import torch
from small import shaken
from torch.testing import assert_close

from ddpm_edu import self_attention, timestep_embedding
from ddpm_edu.unet import ResidualBlock, SelfAttention


@pytest.fixture(autouse=True)
def own_randomness():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_timestep_embedding_is_cosines_then_sines():
    t, frequencies = (
        torch.tensor([0, 3, 1000]),
        10_000 ** (-torch.arange(4.0, dtype=torch.float64) / 4),
    )
    angles = t[:, None] * frequencies
    expected = torch.cat([angles.cos(), angles.sin()], dim=1)
    # float32 holds 1000 to 6e-5
    assert_close(timestep_embedding(t, 8).double(), expected, rtol=0, atol=1e-4)


def test_timestep_embedding_of_odd_width_ends_in_zero():
    embedding = timestep_embedding(torch.tensor([1, 500]), 9)
    assert torch.equal(
        embedding,
        torch.cat([timestep_embedding(torch.tensor([1, 500]), 8), torch.zeros(2, 1)], dim=1),
    )


def test_timestep_embedding_tells_all_times_apart():
    embedding = timestep_embedding(torch.arange(1001), 32)
    assert (torch.cdist(embedding, embedding) + 9 * torch.eye(1001)).min() > 0.1


def test_self_attention_is_the_softmax_written_out():
    q, k, v = torch.randn(3, 2, 4, 5, 8, dtype=torch.float64)
    scores = torch.einsum("bhnd,bhmd->bhnm", q, k) / 8**0.5
    weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
    assert_close(
        self_attention(q, k, v), torch.einsum("bhnm,bhmd->bhnd", weights, v), rtol=1e-12, atol=1e-14
    )


def test_the_attention_block_adds_what_its_heads_found():
    block, x = (
        shaken(SelfAttention(16, num_heads=2).double()),
        torch.randn(3, 16, 2, 3, dtype=torch.float64),
    )
    q, k, v = block.qkv(block.norm(x)).flatten(2).chunk(3, dim=1)  # each (B, C, N)
    found = []
    for head in (slice(0, 8), slice(8, 16)):
        weights = (q[:, head].transpose(1, 2) @ k[:, head] / 8**0.5).softmax(-1)  # (B, N, N)
        found.append(v[:, head] @ weights.transpose(1, 2))
    expected = x + block.out(torch.cat(found, dim=1).view_as(x))
    assert_close(block(x), expected, rtol=1e-11, atol=1e-13)


def test_attention_does_not_care_where_a_position_is():
    block, x = shaken(SelfAttention(16).double()), torch.randn(2, 16, 3, 3, dtype=torch.float64)
    assert_close(block(x.flip(2, 3)), block(x).flip(2, 3), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "block",
    [lambda: ResidualBlock(8, 8, 4), lambda: SelfAttention(8)],
    ids=["residual", "attention"],
)
def test_blocks_start_as_the_identity(block):
    x, embedding = torch.randn(2, 8, 4, 4), torch.randn(2, 4)
    block = block()
    assert torch.equal(block(x, embedding) if isinstance(block, ResidualBlock) else block(x), x)
