"""The misconception that a step back jumps to x_0 and from there to t - 1 by Eq. 4."""

from ddpm_edu.checks.catalogue.templates import before
from ddpm_edu.objective import predict_x0
from ddpm_edu.schedule import at


NOISED_AGAIN = (
    "You noised the estimate of x_0 again, to t - 1, by Eq. 4; Eq. 7 weighs x_0 against x_t, and "
    "its noise is smaller."
)


def noised_again(x_0):
    """Return parts of a step that does so, with noise drawn anew, and with the predicted noise.

    Args:
        x_0: the estimate with clipping, from (x_t, t, eps, schedule).
    """
    return of_share(x_0, 1.0), of_share(x_0, 0.0)


def of_share(x_0, drawn):
    def signal(s, t, x):
        return at(before(s.alphas_bar).sqrt(), t, x)

    def noise(s, t, x):
        return at((1 - before(s.alphas_bar)).sqrt(), t, x)

    def mean_of(estimate):
        return lambda x, t, eps, s: (
            signal(s, t, x) * estimate(x, t, eps, s) + (1 - drawn) * noise(s, t, x) * eps
        )

    return {
        "mean": mean_of(predict_x0),
        "clipped": mean_of(x_0),
        "sigma": lambda s, t, x: drawn * noise(s, t, x),
    }
