"""Lesson 8, continued: the times that DDIM visits."""

SHORT = "T, S = num_timesteps, num_steps\n"


def few(first, last, how):
    """Return the ways to spread S times, and what is made of them."""
    spread = (
        f"torch.linspace({last}, {first}, S).round().long()",
        f"torch.linspace({first}, {last}, S).long().flip(0)",
        f"torch.ceil(torch.linspace({last}, {first}, S)).long()",
    )
    return tuple(SHORT + how.format(times) for times in spread)


TIMES = {
    "below_T": (
        SHORT + "every(0, T, T // S)",
        SHORT + "torch.arange(0, T, T // S).flip(0)",
        SHORT + "(torch.arange(S) * (T // S)).flip(0)",
    ),
    "one_above": (
        SHORT + "every(1, T + 1, T // S)",
        SHORT + "1 + every(0, T, T // S)",
        SHORT + "torch.flip(1 + T // S * torch.arange(S), dims=[0])",
    ),
    "one_above_and_0": SHORT + "cat(every(1, T + 1, T // S), torch.tensor([0]), 0)",
    "from_0_to_T_minus_1": few(0, "T - 1", "{}"),
    "from_1_to_T": few(1, "T", "{}"),
    "from_1_to_T_and_0": few(1, "T", "cat({}, torch.tensor([0]), 0)"),
    "stride_above_0": (
        SHORT + "torch.arange(T, 0, -(T // S))",
        SHORT + "torch.tensor(list(range(T, 0, -(T // S))))",
        SHORT + "t, found = T, []\nwhile t > 0:\n    found.append(t)\n    t -= T // S\n"
        "torch.tensor(found)",
    ),
    "stride_from_0": (
        SHORT + "torch.arange(S + 1).flip(0) * (T // S)",
        SHORT + "torch.tensor([T // S * i for i in range(S, -1, -1)])",
        SHORT + "every(0, T + 1, T // S)",
    ),
    "T_minus_1": SHORT + "whole(spread(T - 1, 0, S + 1))",
    "ends_at_1": (
        SHORT + "whole(spread(T, 1, S + 1))",
        SHORT + "spread(T, 1, S + 1).long()",
        SHORT + "torch.ceil(spread(T, 1, S + 1)).long()",
    ),
    "one_too_few": SHORT + "whole(torch.linspace(T, 0, S))",
    "no_zero": (
        SHORT + "whole(spread(T, 0, S + 1))[:-1]",
        SHORT + "torch.tensor([T * i // S for i in range(S, 0, -1)])",
        SHORT + "torch.arange(T, 0, -T / S).round().long()[:S]",
    ),
    "no_T": (
        SHORT + "whole(spread(T, 0, S + 1))[1:]",
        SHORT + "torch.tensor([T * i // S for i in range(S - 1, -1, -1)])",
        SHORT + "(torch.arange(S) * (T / S)).flip(0).round().long()",
    ),
    "one_too_many": SHORT + "whole(spread(T, 0, S + 2))",
    "whole_stride": (
        SHORT + "T - T // S * torch.arange(S + 1)",
        SHORT + "torch.arange(T, -1, -(T // S))",
        SHORT + "torch.tensor([T - i * (T // S) for i in range(S + 1)])",
    ),
    "last_steps": SHORT + "every(0, S + 1, 1)",
    "first_steps": SHORT + "every(T - S, T + 1, 1)",
    "quadratic": SHORT
    + "roots = torch.linspace(T ** 0.5, 0, S + 1, dtype=torch.float64)\nwhole(square(roots))",
    "ascending": (
        SHORT + "whole(spread(0, T, S + 1))",
        SHORT + "torch.linspace(0, T, S + 1).long()",
        SHORT + "torch.tensor([round(T * i / S) for i in range(S + 1)])",
    ),
    "not_whole": (
        SHORT + "spread(T, 0, S + 1)",
        SHORT + "spread(T, 0, S + 1).round()",
        SHORT + "whole(spread(T, 0, S + 1)).int()",
    ),
    "list_returned": (
        SHORT + "whole(spread(T, 0, S + 1)).tolist()",
        SHORT + "[T * i // S for i in range(S, -1, -1)]",
        SHORT + "[round(T * i / S) for i in range(S, -1, -1)]",
    ),
    "pairs_returned": SHORT
    + "times = whole(spread(T, 0, S + 1))\ntorch.stack([times[:-1], times[1:]], 1)",
}
