"""`python -m ddpm_edu` is `ddpm-edu`, also where the command is not on the path."""

from ddpm_edu.cli import main


main()
