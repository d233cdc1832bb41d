r"""How much noise each step adds: $\beta_t$ and what follows from it.

Time is 1..T as in the paper. Every table has T+1 entries and entry 0 is the clean image
($\beta_0 = 0$, $\bar\alpha_0 = 1$), so that Eq. 7 needs no special case at t = 1.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ddpm_edu.inputs import check_range, check_times, checked


@checked
def linear_schedule(
    num_timesteps: int, beta_start: float = 1e-4, beta_end: float = 0.02
) -> Float[Tensor, " steps"]:
    r"""Return betas that grow evenly from t = 1 to t = T (Ho et al. 2020, Sec. 4).

    Args:
        num_timesteps: T, at least 1.
        beta_start: $\beta_1$, inside (0, 1).
        beta_end: $\beta_T$, inside (0, 1).
    Returns:
        betas (T+1,) in float64; entry 0 is 0.

    >>> linear_schedule(1000)[[0, 1, 1000]].tolist()
    [0.0, 0.0001, 0.02]
    """
    betas = torch.linspace(beta_start, beta_end, num_timesteps, dtype=torch.float64)
    return with_clean_image(betas)


@checked
def cosine_schedule(
    num_timesteps: int, s: float = 0.008, max_beta: float = 0.999
) -> Float[Tensor, " steps"]:
    r"""Return betas whose $\bar\alpha_t$ falls like a squared cosine.

    $\bar\alpha_t = f(t) / f(0)$ with
    $f(t) = \cos^2\left(\frac{t/T + s}{1 + s} \cdot \frac{\pi}{2}\right)$ and
    $\beta_t = 1 - \bar\alpha_t / \bar\alpha_{t-1}$, capped at max_beta   (Nichol & Dhariwal 2021,
    Eq. 17)

    Args:
        num_timesteps: T, at least 1.
        s: offset that keeps the first betas from vanishing.
        max_beta: cap, since the cosine's $\bar\alpha_T = 0$ would need $\beta_T = 1$.
    Returns:
        betas (T+1,) in float64; entry 0 is 0.

    >>> cosine_schedule(1000)[1000].item()
    0.999
    """
    t = torch.arange(num_timesteps + 1, dtype=torch.float64)
    f = torch.cos((t / num_timesteps + s) / (1 + s) * torch.pi / 2) ** 2
    return with_clean_image((1 - f[1:] / f[:-1]).clamp(max=max_beta))


def cumulative_alphas(
    betas: Float[Tensor, " steps"],
) -> tuple[Float[Tensor, " steps"], Float[Tensor, " steps"]]:
    r"""Compute $\alpha_t = 1 - \beta_t$ and its cumulative product.

    $\bar\alpha_t = \prod_{s \le t} \alpha_s$   (Ho et al. 2020, Eq. 4)

    Args:
        betas: (T+1,), entry 0 is 0.
    Returns:
        alphas (T+1,) and alphas_bar (T+1,); entry 0 of both is 1.

    >>> cumulative_alphas(torch.tensor([0.0, 0.5, 0.5]))[1].tolist()
    [1.0, 0.5, 0.25]
    """
    alphas = 1 - betas
    return alphas, alphas.cumprod(0)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class NoiseSchedule:
    r"""The tables of a diffusion, each (T+1,), indexed by t = 0..T; entry 0 is the clean image.

    They are computed in float64 and cast once: in float32, $1 - \bar\alpha_1$ would be off by
    1.7e-4. So `1 - schedule.alphas_bar` is worse than `schedule.one_minus_alphas_bar`.

    Args:
        betas: (T+1,), entry 0 is 0 and all others are inside (0, 1).
        device: of the tables; by default that of betas.
        dtype: of the tables, float32 by default.
    Raises:
        ValueError: betas is not such a table.

    >>> NoiseSchedule(linear_schedule(1000))
    NoiseSchedule(T=1000, betas 0.0001..0.02, sqrt(alphas_bar[T])=0.00635, torch.float32, cpu)
    """

    betas: Float[Tensor, " steps"]
    alphas: Float[Tensor, " steps"]
    alphas_bar: Float[Tensor, " steps"]
    one_minus_alphas_bar: Float[Tensor, " steps"]
    posterior_variance: Float[Tensor, " steps"]

    def __init__(self, betas, device=None, dtype=torch.float32):
        from ddpm_edu.posterior import posterior_variance  # not above: it imports this file

        check_betas(betas)
        exact = betas.detach().to("cpu", torch.float64)
        alphas, alphas_bar = cumulative_alphas(exact)
        self._set(betas=exact, alphas=alphas, alphas_bar=alphas_bar)
        # 1 - alphas_bar as -expm1(log alphas_bar): no cancellation where alphas_bar is nearly 1
        self._set(one_minus_alphas_bar=torch.log1p(-exact).cumsum(0).expm1().abs())
        tables = {**vars(self), "posterior_variance": posterior_variance(self)}
        device = device or betas.device
        self._set(**{name: table.to(dtype).to(device) for name, table in tables.items()})
        self._set(_exact_betas=exact)

    def _set(self, **tables):
        for name, table in tables.items():
            object.__setattr__(self, name, table)

    @property
    def exact_betas(self) -> Float[Tensor, " steps"]:
        """Betas in float64 on the CPU, whatever the tables are; they determine all the rest."""
        return vars(self)["_exact_betas"]

    @property
    def num_timesteps(self) -> int:
        """T, the number of steps."""
        return len(self.betas) - 1

    def to(self, device=None, dtype=None) -> "NoiseSchedule":
        """Return the same schedule on another device or in another dtype, from the exact betas."""
        device, dtype = device or self.betas.device, dtype or self.betas.dtype
        return NoiseSchedule(self.exact_betas, device, dtype)

    def __repr__(self):
        first, last = self.exact_betas[1].item(), self.exact_betas[-1].item()
        end = self.alphas_bar[-1].sqrt().item()
        return (
            f"NoiseSchedule(T={self.num_timesteps}, betas {first:.3g}..{last:.3g}, "
            f"sqrt(alphas_bar[T])={end:.3g}, {self.betas.dtype}, {self.betas.device})"
        )


def sample_by_t(values: Tensor, t: Int[Tensor, " b"], x_shape: tuple[int, ...]) -> Tensor:
    """Look values up at each row's time, shaped to broadcast against a batch of shape x_shape.

    Args:
        values: (T+1,) table.
        t: (B,) times.
        x_shape: shape of the batch, (B, ...), with any number of dimensions.
    Returns:
        values[t] as (B, 1, ..., 1).
    Raises:
        ValueError: times outside the table, or not one for each row.

    >>> sample_by_t(torch.arange(9), torch.tensor([3, 5]), (2, 1, 28, 28)).shape
    torch.Size([2, 1, 1, 1])
    """
    check_times("t", t, x_shape[0])
    check_range("t", t, 0, len(values) - 1)
    return spread(values[t], len(x_shape))


def at(values, t, x):
    """Look values up as `sample_by_t` does, unchecked, and cast them to the dtype of x."""
    return spread(values[t], x.ndim).to(x.dtype)


def spread(values, num_dims):
    return values.reshape(-1, *(1,) * (num_dims - 1))


def with_clean_image(table):
    """Put entry 0, the clean image with no noise, before entries 1..T."""
    return torch.cat([table.new_zeros(1), table])


def check_betas(betas):
    expected = "betas: expected a floating-point tensor (T+1,) with T >= 1"
    if not isinstance(betas, Tensor):
        raise ValueError(f"{expected}, got {type(betas).__name__}")
    if not betas.is_floating_point() or betas.ndim != 1 or len(betas) < 2:
        raise ValueError(f"{expected}, got {betas.dtype} of shape {tuple(betas.shape)}")
    if betas[0] != 0:
        got = f"{betas[0].item():g}"
        raise ValueError(
            f"betas: expected betas[0] == 0, the clean image, before betas 1..T; got {got}"
        )
    outside = ~((betas[1:] > 0) & (betas[1:] < 1))
    if outside.any():
        t = int(outside.nonzero()[0]) + 1
        raise ValueError(
            f"betas: expected betas 1..T inside (0, 1), got {betas[t].item():g} at t = {t}"
        )
