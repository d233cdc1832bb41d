"""The command line: ddpm-edu lab | check | progress | reset | sample | train | doctor."""

from ddpm_edu.cli import lab, commands, models  # noqa: F401, I001  in this order they are listed
from ddpm_edu.cli.app import main


__all__ = ["main"]
