"""Answers with one slip in their source, and what is to be said of it.

Each is (exercise, {words of the solution: what stands in their place}, words of the diagnosis); or
a source of its own in the place of the exchanges. Line numbers are those of the function.
"""

SLIPS = (
    ("snr", {"/ (1 - alpha_bar)": "/ 1 - alpha_bar"},
     ("`/ 1` divides by that alone", "write `alpha_bar / (1 - alpha_bar)` in the place of "
      "`alpha_bar / 1 - alpha_bar`")),
    ("vlb_weight", {"beta / (2 * alpha * (1 - alpha_bar))": "beta / 2 * alpha * (1 - alpha_bar)"},
     ("`/ 2` divides by that alone", "write `beta / (2 * alpha * (1 - alpha_bar))`")),
    ("timestep_embedding", {"** (-torch.arange(half, device=t.device) / half)":
     "** -torch.arange(half, device=t.device) / half"}, ("`**` comes before `/`",)),
    ("kl_gaussians", {"ratio.log()": "ratio.log() ** 2"},
     ("`** 2` is too much", "write `ratio.log()`")),
    ("cosine_schedule", {"/ 2) ** 2": "/ 2) ** 3"}, ("the number", "** 2")),
    ("ddim_step", {"sigma**2": "sigma"}, ("write `sigma ** 2`",)),
    ("posterior_mean", {"alpha.sqrt() * (1 - alpha_bar_prev)":
     "alpha.sqrt() * (1 - alpha_bar_prev).sqrt()"}, ("`sqrt` is too much",)),
    ("posterior_variance", {"(1, 0)": "(0, 1)"}, ("the order is the other one", "(1, 0)")),
    ("self_attention", {"k.transpose(-2, -1)": "k.T"}, ("`.T` turns all axes round", "k.mT")),
    ("unet_forward", {"[unet.upsample(x), skip_1], dim=1": "[unet.upsample(x), skip_1]"},
     ("`cat` needs to know along which axis", "dim=1")),
    ("timestep_embedding", {"torch.cat([angles.cos(), angles.sin()], dim=1)":
     "torch.stack([angles.cos(), angles.sin()], dim=1)"}, ("`stack` in the place of `cat`",)),
    ("timestep_embedding", {"device=t.device) / half": "device=t.device) // half"},
     ("`//` in the place of `/`",)),
    ("compute_loss", {"F.mse_loss(model(x_t, t)": "F.mse_loss(model(t, x_t)"},
     ("t and x_t are the wrong way round",)),
    ("sampling", {"    return images_list": "        return images_list"},
     ("`return` stands inside the loop", "put it after the loop")),
    ("sampling", {"schedule.num_timesteps, 0, -1": "schedule.num_timesteps - 2, 0, -1"},
     ("`- 2` is too much",)),
    ("mean_from_noise", {"schedule.alphas, t, x_t": "schedule.alphas, t // 2, x_t"},
     ("`// 2` is too much",)),
    ("snr", {"alphas_bar[t]": "betas[t]"}, ("`betas` is another table", "schedule.alphas_bar")),
    ("compute_loss", {"F.mse_loss(model(x_t, t), noise)":
     "((model(x_t, t) - noise) ** 4).mean()"}, ("** 2",)),
    ("compute_loss", {"model(x_t, t), noise": "model(x_t, t), noise.tanh()"},
     ("`.tanh()` is too much",)),
    ("train_step", {"loss.item()": "loss.item() / 3"}, ("`/ 3` is too much",)),
    ("update_ema", {"alpha=1 - decay": "alpha=1 / decay"}, ("`/` in the place of `-`",)),
    ("ddim_step", {"eta == 0": "eta >= 0"}, ("`>=` in the place of `==`",)),
    ("repair_sampler", {"-1.0, 1.0": "-1.0, 0.5"}, ("the number", "in the place of `torch.clip(")),
    ("predict_x0", {"/ alpha_bar.sqrt()": "/ alpha_bar.half().sqrt()"},
     ("`.half()` is too much", "write `alpha_bar`")),
    ("frechet_distance", {"- 2 * trace": "- torch.tensor(2.0) * trace.float()"},
     ("`.float()` cuts digits off", "write `trace.double()`")),
    ("velocity", {"alpha_bar.sqrt() * eps - (1 - alpha_bar).sqrt() * x_0":
     "alpha_bar.sqrt() * (eps - (1 - alpha_bar).sqrt() * x_0)"},
     ("the parentheses reach too far",)),
    ("guided_noise", {"(1 + guidance) * eps_cond - guidance * eps_uncond":
     "(1 + guidance) * eps_cond - guidance * eps_uncond ** 2"}, ("`** 2` is too much",)),
)  # fmt: skip
