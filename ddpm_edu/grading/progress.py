"""What is said while submissions are judged: a bar on a terminal, a line for each elsewhere."""

import sys

from ddpm_edu.grading.result import Result


class Tally:
    """Counts and tells what is done.

    Args:
        total: submissions.
        write: takes a line.
    """

    def __init__(self, total: int, write):
        self.total, self.write, self.bar = total, write, None
        self.count, self.judged, self.unread = 0, 0, []
        self.points, self.most, self.attempted = 0.0, 0.0, set()
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=total, unit="submission", dynamic_ncols=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.bar:
            self.bar.close()

    def take(self, result: Result, is_new: bool):
        """Tell of a result."""
        self.count += 1
        self.judged += is_new
        self.points, self.most = self.points + result.score, result.max_score
        for exercise in result.exercises:
            if exercise.notebook:
                self.attempted.add(exercise.lesson)
        if not result.is_readable:
            self.unread.append(result.student)
        line = f"{result.student}: {result.score:g} of {result.max_score:g} points"
        line += "" if is_new else " (judged before)"
        lines = [line, *(f"  {result.student}: {remark}" for remark in result.remarks)]
        if self.bar is None:
            for text in lines:
                self.write(text)
            return
        for text in lines[1:] if is_new else []:
            self.bar.write(text)
        self.bar.update()

    def summary(self, out, level):
        """Yield the lines at the end."""
        mean = self.points / self.count if self.count else 0.0
        before = self.count - self.judged
        counted = f"{self.judged} judged" + (f", {before} judged before" if before else "")
        yield f"{self.count} submissions ({counted}), isolation {level}, results in {out}"
        yield f"mean {mean:.1f} of {self.most:g} points"
        if self.unread:
            names = ", ".join(self.unread[:20]) + (", ..." if len(self.unread) > 20 else "")
            yield f"{len(self.unread)} could not be read: {names}"
