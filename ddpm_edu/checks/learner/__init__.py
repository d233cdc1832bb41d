"""What a learner meets: `check` in a notebook, reports, progress, the terminal's scoreboard."""
