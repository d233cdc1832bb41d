"""Many submissions, none of them trusted: run in a sandbox, judged outside it, and reported on."""
