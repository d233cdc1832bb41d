"""Torch's own errors in the learner's terms: what each means in this course, and on which line."""

import re

from ddpm_edu.checks.worker.observation import Failure


# What the message holds -> what it means here; the first that fits is told.
MEANINGS = {
    r"must have the same dtype|(type|dtype).*should be the same|expected scalar type": (
        "two tensors of different dtypes meet, such as float32 and float64. What you made yourself "
        "(torch.linspace, torch.arange, timestep_embedding) is float32 unless you say otherwise; "
        "bring it to the data's with .to(x.dtype)"
    ),
    r"The size of tensor a .* must match the size of tensor b|Attempting to broadcast": (
        "two shapes do not broadcast: they are compared from the last axis on. A value for each "
        "row, (B,), has to become (B, 1, 1, 1) before it multiplies images; sample_by_t does that"
    ),
    r"shapes cannot be multiplied": (
        "in a matrix product the columns of the first have to be as many as the rows of the "
        "second. A Linear layer takes its in_features on the last axis"
    ),
    r"Sizes of tensors must match except in dimension|Expected size .* for tensor number": (
        "torch.cat joins along one axis, and all others have to agree. Channels are dim=1; without "
        "dim it joins along the batch"
    ),
    r"is invalid for input of size|The expanded size of the tensor|view size is not compatible": (
        "the new shape does not hold the same numbers. Compare it with .shape; -1 stands for what "
        "is left over"
    ),
    r"expected input.* to have \d+ channels|number of channels in input": (
        "a layer got a tensor with another number of channels than it was made for: something was "
        "joined, left out or taken in another order before it"
    ),
    r"Trying to backward through the graph a second time": (
        "backward() was called twice on one graph, or a loss still hangs on the step before. "
        "Compute the loss anew in each step; keep numbers with .item() or .detach()"
    ),
    r"does not require grad": (
        "nothing that the loss was made of can learn: it was computed under torch.no_grad(), cut "
        "off by .detach() or .item(), or made without calling the model"
    ),
    r"leaf Variable that requires grad is being used in an in-place": (
        "a weight was changed in place while torch records what is done to it. Put the change "
        "inside `with torch.no_grad():`"
    ),
    r"modified by an inplace operation": (
        "a tensor that backward() still needs was changed in place, such as by x += ... or "
        "x[...] = ...; write x = x + ..."
    ),
    r"grad can be implicitly created only for scalar": (
        "backward() starts at one number. Average the loss over all values first (.mean())"
    ),
    r"Expected all tensors to be on the same device|not on the expected device": (
        "a tensor was made on the CPU while the data are elsewhere, or the other way round. Write "
        "device=x.device where you make it"
    ),
    r"index .*out of (range|bounds)|index out of range": (
        "a table was read beyond its end. Tables have T + 1 entries, 0..T, and entry t belongs to "
        "time t; t + 1 and T + 1 do not exist"
    ),
    r"tensors used as indices must be": (
        "what stands in the brackets has to be whole numbers, such as times, and what stands "
        "before them a table: values[t]. Divide t, or make it a float, only after the look-up"
    ),
    r"Can't call numpy\(\) on Tensor that requires grad": (
        "NumPy knows no gradients. Stay in torch, or take .detach() first"
    ),
    r"Boolean value of Tensor with more than one value|cannot be converted to Scalar": (
        "`if`, `or`, `max(a, b)` and .item() take one number, and this tensor holds several. "
        "torch.where(condition, a, b) and .clamp() decide number by number; whether an argument "
        "was given is asked by `is None`"
    ),
    r"should not contain infs or NaNs": (
        "a number became NaN or infinite before it: the root of a negative number, the logarithm "
        "of 0 or a division by 0"
    ),
    r"pixel_(un)?shuffle expects": (
        "the two are exchanged, or came twice: pixel_unshuffle folds the image before the stem, "
        "pixel_shuffle unfolds it after the head"
    ),
    r"unsupported operand type": (
        "one of the two is neither a tensor nor a number: a model's weights are its parameters(), "
        "a schedule's tables its attributes"
    ),
    r"argument 'input' \(position 1\) must be Tensor, not (float|int)": (
        "torch's functions take tensors. For a plain number use math, or number ** 0.5"
    ),
}
LINE = re.compile(r"line (\d+), in .*\n\s+(.+)")


def explain(failure: Failure) -> str:
    """Return what an error of torch means in this course, and the line; "" if it is not known."""
    for pattern, meaning in MEANINGS.items():
        if failure.exception and re.search(pattern, failure.message, re.IGNORECASE):
            lines = LINE.findall(failure.trace)
            where = " in line {}, `{}`".format(*lines[-1]) if lines else ""
            return f"That means{where}: {meaning}."
    return ""
