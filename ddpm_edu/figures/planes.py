"""What has two dimensions: points, paths over time, tables of numbers."""

import torch

from ddpm_edu.figures.canvas import GREY, WIDTH, looks, new_figure, new_grid, picture


def scatter(parts, alt, xlabel="", ylabel="", limits=None, size=3, lines=()):
    """Draw clouds of points in panels side by side and return the picture.

    Args:
        parts: title -> {name: (N, 2) points}; a name is shown in the legend, "" is not.
        alt: what the figure shows.
        xlabel, ylabel: of all panels.
        limits: (low, high) of both axes in all panels; by default what the points need.
        size: of a point.
        lines: heights at which to draw a thin line.
    """
    width = {1: 3.6, 2: WIDTH}.get(len(parts), 9.6)
    figure, grid = new_grid(width, width / len(parts) + 0.2, 1, len(parts))
    for axes, (title, clouds) in zip(grid[0], parts.items(), strict=True):
        for number, (name, points) in enumerate(clouds.items()):
            colour, _, marker = looks(number)
            x, y = torch.as_tensor(points).T
            how = {"color": colour, "marker": marker, "label": name or None}
            axes.scatter(x, y, s=size, linewidths=0, alpha=0.6, **how)
        for height in lines:
            axes.axhline(height, color=GREY, linewidth=0.8)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        if limits is not None:
            axes.set(xlim=limits, ylim=limits)
        axes.set_title(title, fontsize=10)
        if any(clouds):
            axes.legend(frameon=False, fontsize=9, markerscale=3)
    return picture(figure, alt)


def paths(x, bundles, xlabel, ylabel, alt, backwards=False):
    """Draw bundles of thin curves, such as the paths of samples, and return the picture.

    Args:
        x: (N,) positions.
        bundles: title -> (N, K), K curves; each bundle has a panel, and all have one scale.
        xlabel, ylabel: names of the axes, with units.
        alt: what the figure shows.
        backwards: whether x falls from left to right, as t does in sampling.
    """
    figure, grid = new_grid(9.6, 3.2, 1, len(bundles))
    for number, (axes, (title, ys)) in enumerate(zip(grid[0], bundles.items(), strict=True)):
        if number:
            axes.sharey(grid[0][0])
        colour = looks(number)[0]
        axes.plot(torch.as_tensor(x), torch.as_tensor(ys), color=colour, linewidth=0.7, alpha=0.6)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_title(title, fontsize=10)
        if backwards:
            axes.invert_xaxis()
    return picture(figure, alt)


def heat(values, xlabel, ylabel, alt, label="", diverging=False, extent=None):
    """Draw a table of numbers as colours, with their scale, and return the picture.

    Args:
        values: (rows, columns); row 0 is drawn at the bottom.
        xlabel, ylabel: names of the axes, with units.
        alt: what the figure shows.
        label: of the scale.
        diverging: whether 0 is the middle of the scale.
        extent: (left, right, bottom, top) in the units of the axes; by default columns and rows
            are counted.
    """
    figure, axes = new_figure()
    values = torch.as_tensor(values).numpy(force=True)
    drawn = axes.imshow(
        values, aspect="auto", origin="lower", interpolation="nearest", extent=extent
    )
    # both colour maps survive colour blindness
    drawn.set_cmap("PuOr" if diverging else "cividis")
    if diverging:
        most = abs(values).max()
        drawn.set_clim(-most, most)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    figure.colorbar(drawn, label=label)
    return picture(figure, alt)
