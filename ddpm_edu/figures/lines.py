"""Curves, bars and histograms."""

import torch

from ddpm_edu.figures.canvas import GREY, PALETTE, WIDTH, looks, new_figure, new_grid, picture


def curves(x, ys, xlabel, ylabel, alt, xlog=False, ylog=False, marks=(), dots=()):
    """Draw named curves over a common x and return the picture.

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
    axes.set(
        xlabel=xlabel,
        ylabel=ylabel,
        xscale="log" if xlog else "linear",
        yscale="log" if ylog else "linear",
    )
    return picture(figure, alt)


def panels(x, parts, xlabel, alt, xlog=False, ylog=()):
    """Draw groups of curves over a common x in panels side by side and return the picture.

    Args:
        x: (N,) positions.
        parts: title -> curves, as in `curves`.
        xlabel: of all panels.
        alt: what the figure shows.
        xlog: whether x is logarithmic.
        ylog: titles of the panels with a logarithmic y.
    """
    figure, grid = new_grid(9.6, 3.0, 1, len(parts))
    for axes, (title, ys) in zip(grid[0], parts.items(), strict=True):
        draw_curves(axes, x, ys)
        axes.set(
            xlabel=xlabel,
            xscale="log" if xlog else "linear",
            yscale="log" if title in ylog else "linear",
        )
        axes.set_title(title, fontsize=10)
    return picture(figure, alt)


def draw_curves(axes, x, ys, dots=()):
    for number, (name, values) in enumerate(ys.items()):
        own_x, y = map(torch.as_tensor, values if isinstance(values, tuple) else (x, values))
        colour, style, marker = looks(number)
        how = {"linestyle": style}
        if name in dots:
            how = {"linestyle": "none", "marker": marker, "markersize": 4}
        axes.plot(own_x, y, color=colour, label=name, linewidth=2, **how)
    axes.grid(alpha=0.3)
    if any(ys):
        axes.legend(frameon=False, fontsize=9)


def comparison(expected, got, t=None):
    """Draw an answer beside the right one: over t, or value against value where there is no t.

    Args:
        expected, got: tensors of one shape.
        t: (N,) time of each entry of 1-D tensors, or of each row; None where entries have no time.
    Returns:
        The picture, with an `alt` text of its own.
    """
    over_time = t if expected.ndim == 1 else None
    expected, got = expected.double().flatten(), got.double().flatten()
    if over_time is None:
        x, xlabel = expected, "expected"
        # no lines through the answers: neighbours in value need not be neighbours in the tensor
        answer_line, difference_line, mark = "none", "none", "o"
    else:
        order = over_time.argsort()
        expected, got = expected[order], got[order]
        x, xlabel = over_time[order], "t"
        answer_line, difference_line, mark = "--", "-", "o" if len(x) < 30 else ""
    figure, ((left, right),) = new_grid(WIDTH, 2.6, 1, 2)
    dots = {"marker": mark, "markersize": 4}
    left.plot(x, expected, linestyle="-", color=PALETTE[0], label="expected")
    left.plot(x, got, linestyle=answer_line, color=PALETTE[1], label="yours", **dots)
    left.legend(frameon=False)
    left.set(xlabel=xlabel, ylabel="value")
    right.axhline(0, color=GREY, linewidth=0.8)
    right.plot(x, got - expected, linestyle=difference_line, color=PALETTE[2], **dots)
    right.set(xlabel=xlabel, ylabel="yours - expected")
    most = (got - expected).abs().max().item()
    alt = f"Your values beside the expected ones, over {xlabel}; they differ by up to {most:.3g}."
    return picture(figure, alt)


def histograms(samples, densities, xlabel, alt, bins=80):
    """Draw histograms of named samples, under named exact densities, and return the picture.

    Args:
        samples: name -> (N,) values.
        densities: name -> (x, density), both (M,).
        xlabel: name of the axis, with units.
        alt: what the figure shows.
        bins: number of bins.
    """
    figure, axes = new_figure()
    for number, (name, values) in enumerate(samples.items()):
        values, colour = torch.as_tensor(values), looks(number)[0]
        axes.hist(values, bins=bins, density=True, alpha=0.35, color=colour, label=name)
    # from 1 on, so that the first density does not have the colour of the first histogram
    for number, (name, (x, y)) in enumerate(densities.items(), 1):
        x, y, (colour, style, _) = torch.as_tensor(x), torch.as_tensor(y), looks(number)
        axes.plot(x, y, color=colour, linestyle=style, linewidth=2, label=name)
    axes.set(xlabel=xlabel, ylabel="density")
    axes.legend(frameon=False)
    return picture(figure, alt)


def bars(values, ylabel, alt, ylog=False):
    """Draw named numbers as bars, each with its number written on it and return the picture.

    Args:
        values: name -> number.
        ylabel: name of the axis, with units.
        alt: what the figure shows.
        ylog: whether the axis is logarithmic.
    """
    figure, axes = new_figure()
    drawn = axes.bar([*values], [*values.values()], color=PALETTE[0])
    axes.bar_label(drawn, fmt=short, fontsize=9)
    axes.set(ylabel=ylabel, yscale="log" if ylog else "linear")
    axes.margins(y=0.12)
    return picture(figure, alt)


def short(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
