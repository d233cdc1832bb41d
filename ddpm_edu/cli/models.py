"""The command that runs a model: sample."""

import math
import pathlib
from functools import partial
from typing import Annotated

import torch
import typer

from ddpm_edu.cli.app import Device, Quiet, Seed, app
from ddpm_edu.devices import choose_device


MOST_KEPT = 10**9  # bytes of states that the filmstrip covers unless told otherwise

Data = Annotated[
    str, typer.Option(help="digits, mnist5k; train also mnist, fashion_mnist, cifar10 (downloads).")
]
Number = Annotated[int, typer.Option(min=1, help="How many images.")]
StepsToKeep = Annotated[
    int | None, typer.Option(help="How many of the last states the filmstrip covers.")
]
Clipping = Annotated[
    bool, typer.Option(help="Clip the estimate of x_0 to [-1, 1] in every step of Algorithm 2.")
]
FewSteps = Annotated[
    int | None, typer.Option("--steps", help="DDIM with this many steps, instead of Algorithm 2.")
]
Guidance = Annotated[
    float, typer.Option(help="w of lesson 08: 0 draws the class, more draws it more clearly.")
]
Label = Annotated[int | None, typer.Option(help="One class for all; without, each class in turn.")]
Weights = Annotated[
    pathlib.Path | None, typer.Option(help="Your own weights instead of the shipped ones.")
]
Pictures = Annotated[pathlib.Path, typer.Option(help="Folder for samples.png and filmstrip.png.")]


@app.command()
def sample(
    data: Data = "mnist5k",
    num: Number = 16,
    seed: Seed = 0,
    steps: FewSteps = None,
    guidance: Guidance = 0.0,
    steps_to_keep: StepsToKeep = None,
    clipping: Clipping = True,
    label: Label = None,
    weights: Weights = None,
    device: Device = "auto",
    out: Pictures = pathlib.Path("demo"),
    quiet: Quiet = False,
):
    """Sample images by Algorithm 2 or DDIM and write them, and how they came about, as PNG."""
    from ddpm_edu.ddim import ddim_process
    from ddpm_edu.files import writable_folder
    from ddpm_edu.inputs import check_count
    from ddpm_edu.pictures import filmstrip, save_png, sheet
    from ddpm_edu.pretrained import load_model, load_pretrained
    from ddpm_edu.sampling import last_states, sampling

    if steps is not None and steps_to_keep is not None:
        got = f"--steps {steps} and --steps-to-keep {steps_to_keep}"
        raise ValueError(f"--steps-to-keep: expected only without --steps, got {got}")
    writable_folder(out)  # before a minute of sampling, not after
    where = choose_device(device)
    model = load_model(weights, where) if weights else load_pretrained(data, where)
    schedule = model.schedule
    if steps is not None:
        check_count("--steps", steps, schedule.num_timesteps)
    predict = guided(model, labels_for(num, label, model.num_classes), guidance)
    shape, generator = (num, *model.image_shape), torch.Generator(where).manual_seed(seed)
    if steps_to_keep is None:
        affordable = MOST_KEPT // (4 * math.prod(shape))
        steps_to_keep = max(1, min(steps or schedule.num_timesteps, affordable))
    if steps is None:
        options = {"clipping": clipping, "generator": generator, "progress": not quiet}
        states = sampling(predict, shape, schedule, steps_to_keep, **options)
    else:
        chain = ddim_process(predict, shape, schedule, steps, generator)
        states = last_states(chain, steps, steps_to_keep, progress=not quiet)
    pictures = {"samples": sheet(states[-1], min(num, 8)), "filmstrip": filmstrip(states)}
    for name, picture in pictures.items():
        save_png(picture, out / f"{name}.png")
        typer.echo(f"wrote {out / name}.png")


def labels_for(num, label, num_classes):
    """Return a label for each image: the one asked for, or each class in turn.

    None for a model without classes.
    """
    if not num_classes:
        if label is not None:
            raise ValueError(f"--label: expected weights that take labels, got none and {label}")
        return None
    if label is None:
        return torch.arange(num) % num_classes
    if not 0 <= label < num_classes:
        raise ValueError(f"--label: expected 0..{num_classes - 1}, got {label}")
    return torch.full((num,), label)


def guided(model, labels, guidance):
    """Return model(x_t, t) for given labels, or for none, with guidance as in lesson 08."""
    from ddpm_edu.ddim import guided_noise

    if labels is None:
        if guidance:
            got = f"--guidance {guidance:g} and weights that take none"
            raise ValueError(f"--guidance: expected weights that take labels, got {got}")
        return model
    labels = labels.to(model.schedule.betas.device)
    conditional = partial(model, labels=labels)
    if not guidance:  # the model is asked once
        return conditional
    return lambda x_t, t: guided_noise(conditional(x_t, t), model(x_t, t), guidance)
