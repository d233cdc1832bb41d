"""Every matplotlib call of the course: one call a figure, each with a text that says what it shows.

The palette (Okabe & Ito 2008) survives colour blindness; the background is opaque, so that axes can be read
on dark pages too.
"""

import io

import torch


PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def curves(x, ys, xlabel, ylabel, alt, xlog=False, ylog=False, marks=()):
    """Draw named curves over a common x, labelled at their legend; returns the picture.

    Args:
        x: (N,) positions.
        ys: name -> (N,) values.
        xlabel, ylabel: names of the axes, with units.
        alt: what the figure shows, for those who cannot see it.
        xlog, ylog: logarithmic axes.
        marks: x positions to mark with a thin line.
    """
    figure, axes = new_figure(7, 3.2)
    for (name, y), colour, style in zip(ys.items(), PALETTE, ("-", "--", "-.", ":", "-", "--"), strict=False):
        axes.plot(torch.as_tensor(x), torch.as_tensor(y), style, color=colour, label=name, linewidth=2)
    for mark in marks:
        axes.axvline(mark, color="#888888", linewidth=0.8)
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log" if xlog else "linear", yscale="log" if ylog else "linear")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    return picture(figure, alt)


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
    figure, ((left, right),) = new_figure(7, 2.6, 1, 2)
    left.plot(x, wanted, linestyle=lines[0], color=PALETTE[0], label="expected")
    left.plot(x, seen, linestyle=lines[1], marker=mark, markersize=4, color=PALETTE[1], label="yours")
    left.legend(frameon=False)
    left.set(xlabel=xlabel, ylabel="value")
    right.axhline(0, color="#888888", linewidth=0.8)
    right.plot(x, seen - wanted, linestyle="-" if over_time else "none", marker=mark, markersize=4, color=PALETTE[2])
    right.set(xlabel=xlabel, ylabel="yours - expected")
    most = (seen - wanted).abs().max().item()
    return picture(figure, f"Your values beside the expected ones, over {xlabel}; they differ by up to {most:.3g}.")


def image_rows(rows, alt, column_titles=()):
    """Draw named rows of grey images; returns the picture.

    Args:
        rows: name -> (N, 1, H, W) images in [-1, 1].
        alt: what the figure shows.
        column_titles: a title for each column.
    """
    height, width = len(rows), max(map(len, rows.values()))
    figure, grid = new_figure(9.6, 9.6 * height / width + 0.35, height, width)
    for axes in grid.flat:
        axes.axis("off")
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        for axes, image in zip(line, images, strict=False):
            axes.imshow(image[0], cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
        line[0].axis("on")  # for its name; its frame is not wanted
        line[0].set(xticks=[], yticks=[])
        line[0].spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axes, title in zip(grid[0], column_titles, strict=False):
        axes.set_title(title, fontsize=9)
    return picture(figure, alt)


def histograms(samples, densities, xlabel, alt):
    """Draw histograms of named samples, with named exact densities over them; returns the picture."""
    figure, axes = new_figure(7, 3.2)
    for (name, values), colour in zip(samples.items(), PALETTE, strict=False):
        axes.hist(values, bins=80, density=True, alpha=0.35, color=colour, label=name)
    for (name, (x, y)), colour in zip(densities.items(), PALETTE[1:], strict=False):
        axes.plot(x, y, color=colour, linewidth=2, label=name)
    axes.set(xlabel=xlabel, ylabel="density")
    axes.legend(frameon=False)
    return picture(figure, alt)


def new_figure(width, height, rows=1, columns=1):
    """Make a figure outside pyplot, whose global state would keep every figure alive."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    return figure, figure.subplots(rows, columns, squeeze=rows == columns == 1)


def picture(figure, alt):
    """Render a figure as a PNG that carries its text."""
    from IPython.display import Image

    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100, metadata={"Software": None})
    return Image(content.getvalue(), alt=alt, format="png")
