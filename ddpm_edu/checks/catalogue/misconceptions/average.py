"""Misconceptions about the average of the weights."""

import torch

from ddpm_edu.checks.catalogue.templates import same, variations


def averaging(
    blend=lambda ema, new, decay: decay * ema + (1 - decay) * new,
    write=lambda ema, new, value: ema.copy_(value),
    pairs=same,
    mode=torch.no_grad,
    result=lambda ema_model: None,
):
    """Build update_ema from the blend, where that is written, which weights, and gradient mode."""

    def function(ema_model, model, decay):
        every = list(zip(ema_model.parameters(), model.parameters(), strict=True))
        with mode():
            for ema, new in pairs(every):
                write(ema, new, blend(ema, new, decay))
        return result(ema_model)

    return function


AVERAGE = variations(
    averaging,
    ("swapped_decay",
     "You swapped the shares: decay belongs to the old average, 1 - decay to the model.",
     {"blend": lambda ema, new, decay: (1 - decay) * ema + decay * new}),
    ("copied",
     "The average became the model itself, copied or shared; "
     "it keeps the share `decay` of what it was.",
     {"blend": lambda ema, new, decay: new}),
    ("model_changed", "You wrote into the model; the average is what changes.",
     {"write": lambda ema, new, value: new.copy_(value)}),
    ("both_changed", "You wrote into the model too; only the average changes.",
     {"write": lambda ema, new, value: (ema.copy_(value), new.copy_(value))}),
    ("not_in_place",
     "You computed the average and let it go: "
     "write it into the parameter, with copy_, mul_ or lerp_.",
     {"write": lambda ema, new, value: None}),
    ("with_gradients",
     "You averaged with gradients on, so that the average remembers every step; "
     "use torch.no_grad().",
     {"mode": torch.enable_grad}),
    ("first_weight_only", "Only the first parameter was averaged; walk through all of them.",
     {"pairs": lambda pairs: pairs[:1]}),
    ("no_biases", "The biases were left out; they are parameters too.",
     {"pairs": lambda pairs: [pair for pair in pairs if pair[0].ndim > 1]}),
    ("half_and_half",
     "You took the mean of both; `decay` says how much of the old average is kept.",
     {"blend": lambda ema, new, decay: (ema + new) / 2}),
    ("new_unweighted", "You added the model's weights with weight 1; their share is 1 - decay.",
     {"blend": lambda ema, new, decay: decay * ema + new}),
    ("old_unweighted", "You kept all of the old average; its share is decay.",
     {"blend": lambda ema, new, decay: ema + (1 - decay) * new}),
    ("decay_of_the_sum",
     "You multiplied the sum by decay, the model's share too; decay belongs to the old average.",
     {"blend": lambda ema, new, decay: decay * (ema + (1 - decay) * new)}),
    ("squared_decay", "You used decay twice; it stands there once.",
     {"blend": lambda ema, new, decay: decay**2 * ema + (1 - decay**2) * new}),
    ("difference_reversed",
     "You moved the average away from the model; the difference is model - ema.",
     {"blend": lambda ema, new, decay: ema + (1 - decay) * (ema - new)}),
    ("returned", "You returned the average; it is changed in place, and nothing is returned.",
     {"result": lambda ema_model: ema_model}),
)  # fmt: skip
