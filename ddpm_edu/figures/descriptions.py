"""What the pictures of the course show, in words: lessons show only the code of a figure."""

import functools
import pathlib
import tomllib

from ddpm_edu.files import did_you_mean


@functools.cache
def descriptions() -> dict[str, str]:
    """Return name -> alt text of every picture in lessons and exercises."""
    path = pathlib.Path(__file__).with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def described(name: str) -> str:
    """Return the alt text of a picture of the course.

    Args:
        name: lesson and number of the picture, as in descriptions.toml.
    Raises:
        ValueError: there is no such picture.

    >>> described("6.6")
    'Ten finished digits; over the last ten steps only grain disappears.'
    """
    if name not in descriptions():
        raise ValueError(f"no picture is called {name!r}{did_you_mean(name, descriptions())}")
    return descriptions()[name]
