"""The bounds of statistical tests, as assertions."""

from ddpm_edu.bounds import FALSE_ALARM, chi_square_bounds, moments_off, normal_bound


def assert_gaussian_moments(sample, mean, std, false_alarm=FALSE_ALARM):
    """Check independent Gaussian values against the moments of their distribution."""
    assert (off := moments_off(sample, mean, std, false_alarm)) is None, off


__all__ = ["FALSE_ALARM", "assert_gaussian_moments", "chi_square_bounds", "normal_bound"]
