"""`python -m ddpm_edu.cli` is `ddpm-edu`."""

from ddpm_edu.cli import main


main()
