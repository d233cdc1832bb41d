"""A training run on disk: it survives kill -9, resumes where it was, on one device or several.

run/ holds checkpoint.safetensors (everything needed to go on) and losses.csv; what is added at the
end, `finished` says.
"""

import copy
import csv
import json
import os
import pathlib
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import torch
import torch.distributed as dist

from ddpm_edu.cli.checkpoint import load_state, state_tensors
from ddpm_edu.cli.processes import several_processes
from ddpm_edu.data import load_images
from ddpm_edu.files import whole_file, writable_folder
from ddpm_edu.pretrained import read_safetensors, write_safetensors
from ddpm_edu.schedule import NoiseSchedule, linear_schedule
from ddpm_edu.training import Training, train
from ddpm_edu.unet import UNet
from ddpm_edu.velocity_unet import VelocityUNet, log_normal_timesteps, velocity_loss


SECONDS_BETWEEN_CHECKPOINTS = 5
# of Algorithm 1, or what takes the place of its times and its loss
TRAINING = {
    UNet: {},
    VelocityUNet: {"sample_t": log_normal_timesteps, "loss_of": velocity_loss},
}
COLUMNS = ("step", "seconds", "learning_rate", "loss")


@dataclass(frozen=True)
class Plan:
    """What makes two runs the same run; how long it takes may change when it is resumed."""

    data: str
    seed: int = 0
    batch_size: int = 64


class Run:
    """One run in one folder; under torchrun, this process's share of it.

    Args:
        plan: what to train on, and how.
        folder: made if missing; a run that is in it already is resumed.
        device: "cpu", "cuda", "mps" or with a number.
        minutes, steps: how long, by one of the two; the other is None.
    Raises:
        ValueError: a folder that cannot be written or holds another run, or an impossible plan.
    """

    def __init__(
        self,
        plan: Plan,
        folder: pathlib.Path,
        device: str,
        minutes: float | None,
        steps: int | None,
    ):
        self.rank = int(os.environ.get("RANK", 0))  # set by torchrun
        self.world_size = int(os.environ.get("WORLD_SIZE", 1))
        check_plan(plan, self.world_size, minutes, steps)
        self.plan, self.folder = plan, writable_folder(folder)
        self.minutes, self.steps = minutes, steps
        has_own_gpu = device == "cuda" and self.world_size > 1
        self.device = torch.device(f"cuda:{os.environ['LOCAL_RANK']}" if has_own_gpu else device)
        self.schedule = NoiseSchedule(linear_schedule(1000), device=self.device)
        images, labels = load_images(plan.data, split="train")
        self.images, self.labels = images.to(self.device), labels.to(self.device)
        self.stopping = False  # set by a signal handler: a step is never cut in half
        self.state = self.begin()
        self.checkpoint, self.losses = folder / "checkpoint.safetensors", folder / "losses.csv"
        if self.checkpoint.exists():
            self.resume()

    def begin(self) -> Training:
        # The first weights; all later draws have a generator of their own.
        torch.manual_seed(self.plan.seed)
        model = network(tuple(self.images.shape[1:]), self.schedule).to(self.device)
        model = model.to(memory_format=torch.channels_last)  # a sixth faster on a CPU
        self.average = copy.deepcopy(model).eval().requires_grad_(False)
        return Training(model, self.average, torch.optim.AdamW(model.parameters()))

    def resume(self):
        tensors, notes = read_safetensors(self.checkpoint)
        # runs begun by an earlier version do not say which network they train
        for key, got in {"network": "UNet", **json.loads(notes["plan"])}.items():
            expected = self.whole_plan()[key]
            if got != expected:
                differs = f"holds a run with {key} {got!r}, asked for {expected!r}"
                raise ValueError(f"{self.folder}: {differs}; choose another --out")
        load_state(self.state, tensors, int(notes["step"]), float(notes["seconds"]))

    def save(self):
        step, seconds = self.state.step, self.state.seconds
        notes = {"step": str(step), "seconds": str(seconds), "plan": json.dumps(self.whole_plan())}
        write_safetensors(self.checkpoint, state_tensors(self.state), notes)

    def whole_plan(self) -> dict:
        return {**asdict(self.plan), "network": type(self.state.core).__name__}

    def done(self) -> float:
        """Return the share that is done, by time or by steps."""
        if self.minutes:
            return self.state.seconds / (60 * self.minutes)
        return self.state.step / self.steps if self.steps else 0.0

    def progress(self, _state) -> float:
        """Return the share that is done, for all processes that of rank 0; 1 when it shall stop."""
        done = 1.0 if self.stopping else self.done()
        share = torch.tensor(done, dtype=torch.float32, device=self.device)
        if self.world_size > 1:
            dist.broadcast(share, src=0)
        return share.item()

    def __iter__(self) -> Iterator[Training]:
        """Train, yielding the state after every step; a kill can cost the last few seconds."""
        with several_processes(self):
            batch = self.plan.batch_size // self.world_size
            seed = self.plan.seed * self.world_size + self.rank
            data = self.images, self.labels, self.schedule
            options = TRAINING[type(self.state.core)]
            steps = train(self.state, *data, self.progress, batch, seed, **options)
            yield from steps if self.rank else self.recorded(steps)

    def recorded(self, steps):
        """Write losses as they come, a checkpoint every few seconds.

        In that order: a row may come too often, and is then dropped, but none can be missing.
        """
        saved = time.monotonic()
        with self.losses_to_append() as file:
            rows = csv.writer(file)
            for state in steps:
                rate = state.optimizer.param_groups[0]["lr"]
                numbers = f"{state.seconds:.3f}", f"{rate:.6g}", f"{state.loss:.6g}"
                rows.writerow((state.step, *numbers))
                if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    file.flush()
                    self.save()
                    saved = time.monotonic()
                yield state
        self.save()

    def losses_to_append(self):
        """Open losses.csv after the row of the step resumed from; rows past it are made again."""
        rows = whole_rows(self.losses) if self.state.step else []
        kept = [COLUMNS, *(row for row in rows if int(row[0]) <= self.state.step)]
        with whole_file(self.losses) as temporary, open(temporary, "w", newline="") as file:
            csv.writer(file).writerows(kept)
        return open(self.losses, "a", newline="")


def whole_rows(path) -> list[list[str]]:
    """Return the rows of a losses.csv without those that a full disk or a power cut has spoilt."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    ended = text[: text.rfind("\n") + 1]  # a row without its end may lack digits
    rows = csv.reader(ended.splitlines())
    return [row for row in rows if len(row) == len(COLUMNS) and is_numbers(row)]


def is_numbers(row):
    try:
        return int(row[0]) > 0 and all(float(number) >= 0 for number in row[1:])
    except ValueError:
        return False


def check_plan(plan, world_size, minutes, steps):
    if plan.batch_size < 1 or plan.batch_size % world_size:
        expected = f"a multiple of {world_size} process(es)"
        raise ValueError(f"batch size: expected {expected}, got {plan.batch_size}")
    if minutes is not None and steps is not None:
        got = f"--minutes {minutes:g} and --steps {steps}"
        raise ValueError(f"length: expected --minutes or --steps, got both: {got}")
    if not (minutes or steps) or (minutes or 1) < 0 or (steps or 1) < 0:
        got = f"minutes={minutes}, steps={steps}"
        raise ValueError(f"length: expected positive minutes or steps, got {got}")


def network(image_shape, schedule):
    """Build the U-Net: 8x8 pictures are too small to fold, and need fewer channels and no more."""
    if image_shape[-1] <= 8:
        return UNet(image_shape, channels=(24, 48), fold=1)
    return VelocityUNet(schedule, image_shape=image_shape)
