"""Train ddpm_edu/assets/mnist5k-flow.safetensors, the velocity model of lesson 9.

It is the course's U-Net with fewer channels and the course's training, with another loss; weights
are kept in 16 bits, to be small. On one thread the same machine makes the same bytes again. Run:
python -m tools.make_flow [--out FOLDER] [--steps N]
"""

import argparse
import copy
import pathlib
import time

import torch
from tqdm import tqdm

from ddpm_edu import NoiseSchedule, UNet, linear_schedule, load_images, save_model, train
from ddpm_edu.data import ASSETS
from ddpm_edu.flow_models import flow_loss_at
from ddpm_edu.training import Training


NAME, SEED, STEPS, BATCH, CHANNELS = "mnist5k", 0, 4000, 32, (16, 32)


def trained(steps):
    """Run `train` for a number of steps; return where it ended, and all losses."""
    images, labels = load_images(NAME, split="train")
    torch.manual_seed(SEED)
    model = UNet(tuple(images.shape[1:]), channels=CHANNELS).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval().requires_grad_(False)
    state = Training(model, average, torch.optim.AdamW(model.parameters()))
    schedule = NoiseSchedule(linear_schedule(1000))  # of which the loss uses T alone
    given = state, images, labels, schedule, lambda state: state.step / steps
    run = train(*given, BATCH, SEED, loss_of=flow_loss_at)
    losses = [state.loss for state in tqdm(run, total=steps, mininterval=10)]
    return state, schedule, losses


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=ASSETS)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    torch.set_num_threads(1)  # the order of sums, and so the last digits, depend on it
    state, schedule, losses = trained(options.steps)
    last = losses[-500:]
    card = {
        "command": "python -m tools.make_flow",
        "seed": SEED,
        "steps": state.step,
        "seconds": round(time.process_time(), 1),  # of one core, whatever else it does
        "loss": round(sum(last) / len(last), 5),
        "torch": torch.__version__,
    }
    path = options.out / f"{NAME}-flow.safetensors"
    save_model(state.ema_model.half(), schedule, path, card)
    seconds, loss = card["seconds"], card["loss"]
    print(f"{path.name}: {state.step} steps, {seconds:.0f} s of one core, loss {loss}")


if __name__ == "__main__":
    main()
