"""Lesson 5: times, one training step, the average of the weights."""

TIMES = "T = schedule.num_timesteps\nt = times(1, T + 1, len(x_0), None)\n"
NOISED = TIMES + "noise = drawn(x_0)\nx_t = sample_q(x_0, t, schedule, noise)\n"
LOSS = NOISED + "loss = mse(model(x_t, t), noise)\n"
STEP = "optimizer.zero_grad()\nloss.backward()\noptimizer.step()\n"
EACH = "for old, new in zip(ema_model.parameters(), model.parameters()):\n    "
SHARE = "T = schedule.num_timesteps\nshare = torch.rand(batch_size, generator=generator)\n"
MISTAKES = {
    "sample_timesteps": {
        "never_T": "times(1, schedule.num_timesteps, batch_size, generator)",
        "from_0": "times(0, schedule.num_timesteps, batch_size, generator)",
        "from_0_to_T": "times(0, schedule.num_timesteps + 1, batch_size, generator)",
        "never_1": "times(2, schedule.num_timesteps + 1, batch_size, generator)",
        "beyond_T": "times(1, schedule.num_timesteps + 2, batch_size, generator)",
        "one_time_for_all": (
            "times(1, schedule.num_timesteps + 1, 1, generator).expand(batch_size)",
            "times(1, schedule.num_timesteps + 1, 1, generator)",
            "times(1, schedule.num_timesteps + 1, 1, generator).repeat(batch_size)",
        ),
        "fixed_T": "times(1, 1001, batch_size, generator)",
        "rounded_up": SHARE + "(T * share).ceil().long()",
        "without_repeats": (
            "torch.randperm(schedule.num_timesteps, generator=generator)[:batch_size] + 1",
            "last = schedule.num_timesteps\n"
            "times_of = 1 + torch.randperm(last, generator=generator)\ntimes_of[:batch_size]",
            "t = torch.arange(1, schedule.num_timesteps + 1)\n"
            "t[torch.randperm(len(t), generator=generator)][:batch_size]",
        ),
        "column": "column(times(1, schedule.num_timesteps + 1, batch_size, generator))",
        "in_order": (
            "torch.arange(batch_size) % schedule.num_timesteps + 1",
            "torch.arange(1, batch_size + 1)",
            "torch.arange(1, schedule.num_timesteps + 1)[:batch_size]",
        ),
        "ends_half_as_often": SHARE + "(1 + (T - 1) * share).round().long()",
        "small_times_more_often": SHARE + "(1 + T * square(share)).long()",
        "gaussian": "T = schedule.num_timesteps\n"
        "share = torch.randn(batch_size, generator=generator)\n"
        "(T * (0.5 + share / 4)).long().clamp(1, T)",
        "fractions": SHARE.replace("generator)", "generator, dtype=torch.float64)")
        + "1 + (T - 1) * share",
        "int32": "times(1, schedule.num_timesteps + 1, batch_size, generator).to(torch.int32)",
        "generator_ignored": "times(1, schedule.num_timesteps + 1, batch_size, None)",
    },
    "train_step": {
        "never_zeroed": LOSS + "loss.backward()\noptimizer.step()\nloss.item()",
        "zeroed_after_backward": LOSS
        + "loss.backward()\noptimizer.zero_grad()\noptimizer.step()\nloss.item()",
        "step_before_backward": LOSS
        + "optimizer.step()\noptimizer.zero_grad()\nloss.backward()\nloss.item()",
        "weighted_by_itself": LOSS
        + "optimizer.zero_grad()\nloss.backward(loss)\noptimizer.step()\nloss.item()",
        "tensor_returned": LOSS + STEP + "loss",
        "target_x_0": NOISED + "loss = mse(model(x_t, t), x_0)\n" + STEP + "loss.item()",
        "sum": NOISED + "loss = square(model(x_t, t) - noise).sum()\n" + STEP + "loss.item()",
        "halved": NOISED + "loss = 0.5 * mse(model(x_t, t), noise)\n" + STEP + "loss.item()",
        "x_0_to_the_model": NOISED + "loss = mse(model(x_0, t), noise)\n" + STEP + "loss.item()",
        "shifted_time": NOISED + "loss = mse(model(x_t, t - 1), noise)\n" + STEP + "loss.item()",
        "never_T": LOSS.replace("T + 1", "T") + STEP + "loss.item()",
        "from_0": LOSS.replace("1, T + 1", "0, T") + STEP + "loss.item()",
        "from_0_by_hand": TIMES.replace("1, T + 1", "0, T") + "noise = drawn(x_0)\n"
        "bar = sample_by_t(schedule.alphas_bar, t, x_0.shape)\n"
        "x_t = root(bar) * x_0 + root(1 - bar) * noise\n"
        "loss = mse(model(x_t, t), noise)\n" + STEP + "loss.item()",
        "one_time_for_all": LOSS.replace("len(x_0), None)", "1, None).expand(len(x_0))")
        + STEP
        + "loss.item()",
        "uniform_noise": LOSS.replace("drawn(", "torch.rand_like(") + STEP + "loss.item()",
        "no_noise": LOSS.replace("drawn(", "torch.zeros_like(") + STEP + "loss.item()",
        "one_noise_for_all": LOSS.replace("drawn(x_0)", "drawn(x_0[0]).expand_as(x_0)")
        + STEP
        + "loss.item()",
        "absolute_error": NOISED
        + "error = (model(x_t, t) - noise).abs()\nloss = mean(error)\n"
        + STEP
        + "loss.item()",
        "other_target": NOISED + "loss = mse(model(x_t, t), drawn(x_0))\n" + STEP + "loss.item()",
        "target_x_t": NOISED + "loss = mse(model(x_t, t), x_t)\n" + STEP + "loss.item()",
        "scaled_time": NOISED + "loss = mse(model(x_t, t / T), noise)\n" + STEP + "loss.item()",
        "float_time": LOSS.replace("model(x_t, t)", "model(x_t, t.float())") + STEP + "loss.item()",
        "times_drawn_twice": NOISED
        + "again = times(1, T + 1, len(x_0), None)\nloss = mse(model(x_t, again), noise)\n"
        + STEP
        + "loss.item()",
        "two_steps": LOSS + STEP + "optimizer.step()\nloss.item()",
        "uphill": LOSS + "optimizer.zero_grad()\n(-loss).backward()\noptimizer.step()\nloss.item()",
        "loss_after_the_step": LOSS + STEP + "mse(model(x_t, t), noise).item()",
        "nothing_returned": LOSS + STEP + "return",
    },
    "update_ema": {
        "swapped_decay": EACH + "put(old, (1 - decay) * old.data + decay * new.data)",
        "half_and_half": EACH + "put(old, (old.data + new.data) / 2)",
        "new_unweighted": EACH + "put(old, decay * old.data + new.data)",
        "old_unweighted": EACH + "put(old, old.data + (1 - decay) * new.data)",
        "copied": EACH + "put(old, 1 * new.data)",
        "difference_reversed": EACH + "put(old, old.data + (1 - decay) * (old.data - new.data))",
        "decay_of_the_sum": (
            EACH + "put(old, decay * (old.data + (1 - decay) * new.data))",
            "with torch.no_grad():\n    for old, new in zip(ema_model.parameters(), "
            "model.parameters()):\n        old.add_((1 - decay) * new).mul_(decay)",
            EACH + "old.data += (1 - decay) * new.data\n    old.data *= decay",
        ),
        "squared_decay": EACH + "put(old, blend(old.data, new.data, decay ** 2))",
        "model_changed": EACH + "put(new, decay * old.data + (1 - decay) * new.data)",
        "both_changed": EACH + "both = decay * old.data + (1 - decay) * new.data\n"
        "    put(old, both)\n    put(new, both)",
        "not_in_place": EACH + "old = blend(old.data, new.data, decay)",
        "with_gradients": EACH + "old.copy_(blend(old, new, decay))",
        "first_weight_only": EACH + "put(old, blend(old.data, new.data, decay))\n    break",
        "no_biases": EACH + "if old.ndim > 1:\n        put(old, blend(old.data, new.data, decay))",
        "returned": EACH + "put(old, blend(old.data, new.data, decay))\nreturn ema_model",
    },
}
