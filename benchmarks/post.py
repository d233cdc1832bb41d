"""The sampler of the post "Intro to Diffusion Model - Part 6", lost lines restored, to be timed."""

import torch


# tables lie in the module and every call gathers from them, as in the post
num_timesteps = 1000
betas_t = torch.cat([torch.zeros(1), torch.linspace(1e-4, 0.02, num_timesteps)])
alphas_t = 1 - betas_t
alphas_bar_t = alphas_t.cumprod(0)
alphas_bar_t_minus_1 = torch.cat([torch.ones(1), alphas_bar_t[:-1]])
sqrt_alphas_t, one_over_sqrt_alphas_t = alphas_t.sqrt(), 1 / alphas_t.sqrt()
sqrt_alphas_bar_t, sqrt_alphas_bar_t_minus_1 = alphas_bar_t.sqrt(), alphas_bar_t_minus_1.sqrt()
sqrt_1_minus_alphas_bar_t = (1 - alphas_bar_t).sqrt()
posterior_variance = betas_t * (1 - alphas_bar_t_minus_1) / (1 - alphas_bar_t)


def sample_by_t(values, t, x_shape):
    return values.gather(0, t).reshape(len(t), *(1,) * (len(x_shape) - 1))


@torch.no_grad()
def sample_p(model, x_t, t, clipping=True):
    beta, sqrt_noise, one_over_sqrt_alpha = (
        sample_by_t(values, t, x_t.shape)
        for values in (betas_t, sqrt_1_minus_alphas_bar_t, one_over_sqrt_alphas_t)
    )
    if clipping:
        sqrt_signal, sqrt_signal_prev, signal, sqrt_alpha, signal_prev = (
            sample_by_t(values, t, x_t.shape)
            for values in (
                sqrt_alphas_bar_t,
                sqrt_alphas_bar_t_minus_1,
                alphas_bar_t,
                sqrt_alphas_t,
                alphas_bar_t_minus_1,
            )
        )
        x_0 = torch.clip(1 / sqrt_signal * (x_t - sqrt_noise * model(x_t, t)), -1.0, 1.0)
        of_x_0 = (sqrt_signal_prev * beta) / (1 - signal)
        of_x_t = (sqrt_alpha * (1 - signal_prev)) / (1 - signal)
        predicted_mean = of_x_0 * x_0 + of_x_t * x_t
    else:
        predicted_mean = one_over_sqrt_alpha * (x_t - beta / sqrt_noise * model(x_t, t))
    if t[0].item() == 1:
        return predicted_mean
    noise = torch.randn_like(x_t)
    return predicted_mean + torch.sqrt(sample_by_t(posterior_variance, t, x_t.shape)) * noise


def post_sampling(model, shape, image_noise_steps_to_keep=1):
    images, images_list = torch.randn(shape), []
    for timestep in range(num_timesteps, 0, -1):
        images = sample_p(model, images, torch.full((shape[0],), timestep, dtype=torch.long))
        if timestep <= image_noise_steps_to_keep:
            images_list.append(images.cpu())
    return images_list
