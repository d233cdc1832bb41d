"""The command line: ddpm-edu lab | check | progress | reset | doctor | update | export | ..."""

# in the order in which they are listed
from ddpm_edu.cli import lab, commands, update, export  # noqa: F401, I001
from ddpm_edu.cli import handout, grade, defend, models, train  # noqa: F401
from ddpm_edu.cli.app import main


__all__ = ["main"]
