"""Curves, bars and histograms."""

import torch

from ddpm_edu.figures.canvas import GREY, PALETTE, WIDTH, looks, new_figure, picture


def curves(x, ys, xlabel, ylabel, alt, xlog=False, ylog=False, marks=(), dots=()):
    """Draw named curves over a common x; returns the picture.

    Args:
        x: (N,) positions.
        ys: name -> (N,) values, or (positions, values) where a curve has its own.
        xlabel, ylabel: names of the axes, with units.
        alt: what the figure shows, for those who cannot see it.
        xlog, ylog: logarithmic axes.
        marks: x positions to mark with a thin line.
        dots: names of what is drawn as dots, not as a curve.
    """
    figure, axes = new_figure()
    draw_curves(axes, x, ys, dots)
    for mark in marks:
        axes.axvline(mark, color=GREY, linewidth=0.8)
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if xlog else "linear", yscale="log" if ylog else "linear")
    return picture(figure, alt)


def panels(x, parts, xlabel, alt, xlog=False, ylog=()):
    """Draw groups of curves over a common x in panels side by side; returns the picture.

    Args:
        x: (N,) positions.
        parts: title -> curves, as in `curves`.
        xlabel: of all panels.
        alt: what the figure shows.
        xlog: whether x is logarithmic.
        ylog: titles of the panels with a logarithmic y.
    """
    figure, grid = new_figure(9.6, 3.0, 1, len(parts))
    for axes, (title, ys) in zip(grid[0], parts.items(), strict=True):
        draw_curves(axes, x, ys)
        axes.set(xlabel=xlabel, xscale="log" if xlog else "linear", yscale="log" if title in ylog else "linear")
        axes.set_title(title, fontsize=10)
    return picture(figure, alt)


def draw_curves(axes, x, ys, dots=()):
    for number, (name, values) in enumerate(ys.items()):
        own_x, y = values if isinstance(values, tuple) else (x, values)
        colour, style, marker = looks(number)
        how = {"linestyle": "none", "marker": marker, "markersize": 4} if name in dots else {"linestyle": style}
        axes.plot(torch.as_tensor(own_x), torch.as_tensor(y), color=colour, label=name, linewidth=2, **how)
    axes.grid(alpha=0.3)
    if any(ys):
        axes.legend(frameon=False, fontsize=9)


def comparison(wanted, seen, t=None):
    """Draw an answer beside the right one: over t where entries belong to times, value against value elsewhere.

    Args:
        wanted, seen: tensors of one shape.
        t: (N,) time of each entry of 1-D tensors, or of each row; None where there is none.
    Returns:
        The picture, with its words as `alt`.
    """
    over_time = t is not None and wanted.ndim == 1
    order = t.argsort() if over_time else slice(None)
    wanted, seen = wanted.double().flatten()[order], seen.double().flatten()[order]
    x, xlabel = (t[order], "t") if over_time else (wanted, "expected")
    lines, mark = (("-", "--"), "o" if len(x) < 30 else "") if over_time else (("-", "none"), "o")
    figure, ((left, right),) = new_figure(WIDTH, 2.6, 1, 2)
    left.plot(x, wanted, linestyle=lines[0], color=PALETTE[0], label="expected")
    left.plot(x, seen, linestyle=lines[1], marker=mark, markersize=4, color=PALETTE[1], label="yours")
    left.legend(frameon=False)
    left.set(xlabel=xlabel, ylabel="value")
    right.axhline(0, color=GREY, linewidth=0.8)
    right.plot(x, seen - wanted, linestyle="-" if over_time else "none", marker=mark, markersize=4, color=PALETTE[2])
    right.set(xlabel=xlabel, ylabel="yours - expected")
    most = (seen - wanted).abs().max().item()
    return picture(figure, f"Your values beside the expected ones, over {xlabel}; they differ by up to {most:.3g}.")


def histograms(samples, densities, xlabel, alt, bins=80):
    """Draw histograms of named samples, with named exact densities over them; returns the picture.

    Args:
        samples: name -> (N,) values.
        densities: name -> (x, density), both (M,).
        xlabel: name of the axis, with units.
        alt: what the figure shows.
        bins: number of bins.
    """
    figure, axes = new_figure()
    for number, (name, values) in enumerate(samples.items()):
        axes.hist(torch.as_tensor(values), bins=bins, density=True, alpha=0.35, color=looks(number)[0], label=name)
    for number, (name, (x, y)) in enumerate(densities.items(), 1):
        colour, style, _ = looks(number)
        axes.plot(torch.as_tensor(x), torch.as_tensor(y), color=colour, linestyle=style, linewidth=2, label=name)
    axes.set(xlabel=xlabel, ylabel="density")
    axes.legend(frameon=False)
    return picture(figure, alt)


def bars(values, ylabel, alt, ylog=False):
    """Draw named numbers as bars, each with its number written on it; returns the picture.

    Args:
        values: name -> number.
        ylabel: name of the axis, with units.
        alt: what the figure shows.
        ylog: whether the axis is logarithmic.
    """
    figure, axes = new_figure()
    drawn = axes.bar([*values], [*values.values()], color=PALETTE[0])
    axes.bar_label(drawn, fmt=lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}", fontsize=9)
    axes.set(ylabel=ylabel, yscale="log" if ylog else "linear")
    axes.margins(y=0.12)
    return picture(figure, alt)
