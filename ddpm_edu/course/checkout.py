"""A git checkout of the course: what was changed in it, and how it gets a new version."""

import os
import pathlib
import shutil
import subprocess
import time


# Where git would look instead of in the checkout, if someone had set them.
ELSEWHERE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    *("GIT_NAMESPACE", "GIT_PREFIX", "GIT_LITERAL_PATHSPECS"),
)
PATIENCE = 10.0  # s to wait for a git that an update which was killed has left at work


class Checkout:
    """A git checkout with an upstream.

    Args:
        root: its folder.
    Raises:
        ValueError: no git, no checkout, or no upstream.
    """

    def __init__(self, root: pathlib.Path):
        self.root = root
        if shutil.which("git") is None:
            raise ValueError("git: expected it to be installed, got none")
        top = self.run("rev-parse", "--show-toplevel", check=False).stdout.strip()
        if not top or pathlib.Path(top).resolve() != root.resolve():
            expected = "expected a git checkout (or an installed ddpm-edu)"
            advice = "unpack the new version beside it, and copy workbook/ over"
            raise ValueError(f"{root}: {expected}, got a folder without .git; {advice}")
        if self.run("rev-parse", "--verify", "--quiet", "@{upstream}", check=False).returncode:
            expected = "expected a branch with an upstream, which new versions come from"
            advice = "git branch --set-upstream-to=origin/main"
            raise ValueError(f"{root}: {expected}, got none; run: {advice}")

    def run(self, *arguments, check=True, **options):
        """Run git here; what it complains about is a ValueError."""
        environment = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
        environment |= {"LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}
        options |= {"capture_output": True, "text": True, "encoding": "utf-8"}
        options |= {"errors": "surrogateescape", "stdin": subprocess.DEVNULL}
        command = ["git", "-C", str(self.root), "-c", "core.quotePath=off", *arguments]
        done = subprocess.run(command, env=environment, check=False, **options)
        if check and done.returncode:
            said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
            raise ValueError(f"git {arguments[0]}: {said}")
        return done

    def paths(self, *arguments):
        """Return the paths that a git command lists."""
        return self.run(*arguments).stdout.split("\0")[:-1]

    def free(self):
        """Wait for a git that is at work here."""
        place = self.run("rev-parse", "--git-path", "index.lock").stdout.strip()
        lock, end = self.root / place, time.monotonic() + PATIENCE
        while lock.exists():
            if time.monotonic() > end:
                advice = "another git is at work here, or was stopped; if none is, delete that file"
                raise ValueError(f"{lock}: expected no lock; {advice}")
            time.sleep(0.1)

    def fetch(self):
        """Fetch the new version, and see that this one leads to it.

        Raises:
            ValueError: this checkout has commits that the upstream does not have, and the upstream
                some that it does not have.
        """
        self.run("fetch", "--quiet")
        if self.has_news() and not self.leads("HEAD", "@{upstream}"):
            got = "got commits of your own here and new ones there"
            raise ValueError(f"{self.root}: {got}; bring them together by hand: git pull")

    def leads(self, older, newer) -> bool:
        return not self.run("merge-base", "--is-ancestor", older, newer, check=False).returncode

    def differing(self, *versions) -> set[str]:
        """Return the files in which two versions differ, or one and what is here."""
        return {*self.paths("diff", "--name-only", "--no-renames", "-z", *versions)}

    def edited(self) -> set[str]:
        """Return the files of the course that are neither as shipped nor as in the new version.

        The latter are there when git was stopped while it brought the new version.
        """
        return self.differing("HEAD") & self.differing("@{upstream}")

    def in_the_way(self) -> set[str]:
        """Return the files that are edited or new here and that the new version brings."""
        if not self.has_news():
            return set()
        edited, known = self.differing("HEAD"), {*self.paths("ls-files", "-z")}
        brought = self.differing("HEAD", "@{upstream}")
        return {path for path in brought if path in edited or self.is_new(path, known)}

    def has_news(self) -> bool:
        return not self.leads("@{upstream}", "HEAD")

    def is_new(self, path, known) -> bool:
        return path not in known and os.path.lexists(self.root / path)

    def shipped(self, path) -> str | None:
        """Return a file as it was shipped, None if it was not."""
        done = self.run("show", f"HEAD:{path}", check=False)
        return None if done.returncode else done.stdout

    def put_back(self, paths: set[str]):
        """Put files back as they were shipped; those that were not shipped are removed."""
        shipped = {*self.paths("ls-tree", "-r", "-z", "--name-only", "HEAD")}
        if back := sorted(paths & shipped):
            self.run("restore", "--source=HEAD", "--staged", "--worktree", "--", *back)
        if gone := sorted(paths - shipped):
            self.run("rm", "--cached", "--quiet", "--ignore-unmatch", "--", *gone)
            for path in gone:
                (self.root / path).unlink(missing_ok=True)

    def merge(self):
        """Move to the upstream's version.

        git works in a session of its own: a terminal that is closed, or a Ctrl-C, does not stop it
        between two files.
        """
        self.run("merge", "--ff-only", "--quiet", "@{upstream}", start_new_session=True)
