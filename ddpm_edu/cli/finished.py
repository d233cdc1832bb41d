"""What a training run leaves at its end.

weights.safetensors is the averaged model, as `load_model` reads it; samples.png has a column a
class.
"""

from dataclasses import asdict
from functools import partial

import torch

from ddpm_edu.cli.runs import Run, whole_rows
from ddpm_edu.ddim import ddim_process
from ddpm_edu.pictures import save_png, sheet
from ddpm_edu.pretrained import save_model
from ddpm_edu.sampling import last_states


STEPS_OF_SAMPLES = 25  # of DDIM: seconds, where all 1000 of Algorithm 2 take minutes


def is_finished(run: Run) -> bool:
    """Tell whether nothing is left to do: trained as long as asked, and all written since."""
    paths = run.checkpoint, weights_of(run), samples_of(run)
    if run.done() < 1 or not all(path.exists() for path in paths):
        return False
    # in this order they are written: what is older than the checkpoint is of an earlier length
    written = [path.stat().st_mtime_ns for path in paths]
    return written == sorted(written)


def how_to_go_on(run: Run) -> str:
    """Say that a run is finished, and how it would be trained for longer."""
    step, seconds = run.state.step, run.state.seconds
    longer = f"--steps {step}" if run.steps else f"--minutes {round(seconds / 60, 2):g}"
    done = f"{run.folder} is finished: {step} steps, {seconds:.0f} s; nothing to do"
    return f"{done}. To train it longer, ask for more than {longer}"


def weights_of(run):
    return run.folder / "weights.safetensors"


def samples_of(run):
    return run.folder / "samples.png"


def save_weights(run: Run, command: str):
    """Write the averaged model with its card."""
    last = [float(row[-1]) for row in whole_rows(run.losses)][-500:]
    card = {"command": command, **asdict(run.plan), "seconds": round(run.state.seconds, 1)}
    loss = {"loss": round(sum(last) / len(last), 5)} if last else {}
    card |= {"steps": run.state.step, **loss, "torch": torch.__version__}
    save_model(run.average, run.schedule, weights_of(run), card)


def draw_samples(run: Run, progress: bool):
    """Draw a sheet of samples, a column a class."""
    model = run.average
    labels = torch.arange(5 * model.num_classes, device=run.device) % model.num_classes
    generator = torch.Generator(run.device).manual_seed(run.plan.seed)
    shape, conditional = (len(labels), *model.image_shape), partial(model, labels=labels)
    states = ddim_process(conditional, shape, run.schedule, STEPS_OF_SAMPLES, generator)
    samples = last_states(states, STEPS_OF_SAMPLES, progress=progress)[-1]
    save_png(sheet(samples, columns=model.num_classes), samples_of(run))
