"""A training run on disk: it survives kill -9, resumes where it was, and runs on one device or several.

run/ holds checkpoint.safetensors (everything needed to go on), losses.csv, and at the end weights.safetensors
(the averaged model, as `load_model` reads it) and samples.png (a column a class).
"""

import contextlib
import copy
import csv
import json
import os
import pathlib
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial

import torch
import torch.distributed as dist

from ddpm_edu.data import load_images
from ddpm_edu.files import whole_file, writable_folder
from ddpm_edu.pictures import save_png, sheet
from ddpm_edu.pretrained import read_safetensors, save_model, write_safetensors
from ddpm_edu.sampling import sampling
from ddpm_edu.schedule import NoiseSchedule, linear_schedule
from ddpm_edu.training import Training, train
from ddpm_edu.unet import UNet


SECONDS_BETWEEN_CHECKPOINTS = 5
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
        minutes, steps: how long, whichever ends first; either may be None.
    Raises:
        ValueError: a folder that cannot be written or holds another run, or an impossible plan.
    """

    def __init__(self, plan: Plan, folder: pathlib.Path, device: str, minutes: float | None, steps: int | None):
        self.plan, self.folder, self.minutes, self.steps = plan, writable_folder(folder), minutes, steps
        self.rank, self.world_size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if plan.batch_size < 1 or plan.batch_size % self.world_size:
            raise ValueError(f"batch size: wanted a multiple of {self.world_size} process(es), saw {plan.batch_size}")
        if not (minutes or steps) or (minutes or 1) < 0 or (steps or 1) < 0:
            raise ValueError(f"length: wanted positive minutes or steps, saw minutes={minutes}, steps={steps}")
        several = device == "cuda" and self.world_size > 1  # then each process takes a GPU of its own
        self.device = torch.device(f"cuda:{os.environ['LOCAL_RANK']}" if several else device)
        self.schedule = NoiseSchedule(linear_schedule(1000), device=self.device)
        self.images, self.labels = (part.to(self.device) for part in load_images(plan.data, split="train"))
        self.stopping = False  # set by a signal handler: a step is never cut in half
        self.state = self.begin()
        self.checkpoint, self.losses = folder / "checkpoint.safetensors", folder / "losses.csv"
        if self.checkpoint.exists():
            self.resume()

    def begin(self) -> Training:
        torch.manual_seed(self.plan.seed)  # the first weights; all later draws have a generator of their own
        model = UNet(**architecture(tuple(self.images.shape[1:])))
        model = model.to(self.device, memory_format=torch.channels_last)  # a sixth faster on a CPU
        average = copy.deepcopy(model).eval().requires_grad_(False)
        return Training(model, average, torch.optim.AdamW(model.parameters()))

    def resume(self):
        tensors, notes = read_safetensors(self.checkpoint)
        for key, seen in json.loads(notes["plan"]).items():
            wanted = getattr(self.plan, key)
            if seen != wanted:
                raise ValueError(
                    f"{self.folder}: holds a run with {key} {seen!r}, asked for {wanted!r}; choose another --out"
                )
        load_state(self.state, tensors, int(notes["step"]), float(notes["seconds"]))

    def save(self):
        notes = {"step": self.state.step, "seconds": self.state.seconds, "plan": json.dumps(asdict(self.plan))}
        write_safetensors(self.checkpoint, state_tensors(self.state), {k: str(v) for k, v in notes.items()})

    def done(self) -> float:
        """Give the share that is done, by time or by steps, whichever is further."""
        by_time = self.state.seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(by_time, self.state.step / self.steps if self.steps else 0.0)

    def progress(self, _state) -> float:
        """Give what the training loop should know: all processes hear rank 0's share, or that it stops."""
        share = torch.tensor(1.0 if self.stopping else self.done(), dtype=torch.float32, device=self.device)
        if self.world_size > 1:
            dist.broadcast(share, src=0)
        return share.item()

    def __iter__(self) -> Iterator[Training]:
        """Train, yielding the state after every step; what a kill can cost is the last few seconds."""
        with several_processes(self):
            batch = self.plan.batch_size // self.world_size
            seed = self.plan.seed * self.world_size + self.rank
            steps = train(self.state, self.images, self.labels, self.schedule, self.progress, batch, seed)
            yield from steps if self.rank else self.recorded(steps)

    def recorded(self, steps):
        """Write losses as they come and a checkpoint every few seconds, in that order: no row can be missing."""
        saved = time.monotonic()
        with self.losses_to_append() as file:
            rows = csv.writer(file)
            for state in steps:
                rate = state.optimizer.param_groups[0]["lr"]
                rows.writerow((state.step, f"{state.seconds:.3f}", f"{rate:.6g}", f"{state.loss:.6g}"))
                if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                    file.flush()
                    self.save()
                    saved = time.monotonic()
                yield state
        self.save()

    def losses_to_append(self):
        """Open losses.csv after the row of the step resumed from; rows past it are made again."""
        kept = [COLUMNS]
        if self.state.step and self.losses.exists():
            with open(self.losses, newline="") as file:
                kept += [row for row in list(csv.reader(file))[1:] if int(row[0]) <= self.state.step]
        with whole_file(self.losses) as temporary, open(temporary, "w", newline="") as file:
            csv.writer(file).writerows(kept)
        return open(self.losses, "a", newline="")

    def finish(self, command: str):
        """Write the averaged model with its card, and a sheet of samples, a column a class."""
        with open(self.losses, newline="") as file:
            last = [float(row["loss"]) for row in csv.DictReader(file)][-500:]
        card = {"command": command, **asdict(self.plan), "seconds": round(self.state.seconds, 1)}
        card |= {"steps": self.state.step, "loss": round(sum(last) / len(last), 5), "torch": torch.__version__}
        model = self.state.ema_model
        save_model(model, self.schedule, self.folder / "weights.safetensors", card)
        labels = torch.arange(5 * model.num_classes, device=self.device) % model.num_classes
        generator = torch.Generator(self.device).manual_seed(self.plan.seed)
        shape = (len(labels), *model.image_shape)
        states = sampling(partial(model, labels=labels), shape, self.schedule, generator=generator)
        save_png(sheet(states[-1], columns=model.num_classes), self.folder / "samples.png")


def architecture(image_shape):
    """Choose the U-Net: 8x8 pictures are too small to fold, and need fewer channels."""
    if image_shape[-1] <= 8:
        return {"image_shape": image_shape, "channels": (24, 48), "fold": 1}
    return {"image_shape": image_shape}


def state_tensors(state):
    """Give all that a run carries as named tensors."""
    parts = {"model": state.core.state_dict(), "ema": state.ema_model.state_dict()}
    parts |= {f"moments.{index}": values for index, values in state.optimizer.state_dict()["state"].items()}
    return {f"{part}.{name}": value.contiguous() for part, values in parts.items() for name, value in values.items()}


def load_state(state, tensors, step, seconds):
    """Put `state_tensors` back, in place."""
    parts = {"model": {}, "ema": {}, "moments": {}}
    for key, value in tensors.items():
        part, name = key.split(".", 1)
        parts[part][name] = value
    state.core.load_state_dict(parts["model"])
    state.ema_model.load_state_dict(parts["ema"])
    optimizer = state.optimizer.state_dict()
    for key, value in parts["moments"].items():
        index, name = key.split(".")
        optimizer["state"].setdefault(int(index), {})[name] = value
    state.optimizer.load_state_dict(optimizer)
    state.step, state.seconds = step, seconds


@contextlib.contextmanager
def several_processes(run):
    """Share the gradients among the processes that torchrun started, if it did."""
    if run.world_size == 1:
        yield
        return
    dist.init_process_group("nccl" if run.device.type == "cuda" else "gloo")
    model = run.state.model
    try:
        run.state.model = torch.nn.parallel.DistributedDataParallel(model)
        yield
        dist.barrier()  # a process that leaves while another still talks to it would end that one
    finally:
        run.state.model = model  # what shares gradients must be gone before the group is
        dist.destroy_process_group()
