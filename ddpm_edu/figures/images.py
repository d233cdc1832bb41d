"""Rows of images."""

from ddpm_edu.figures.canvas import new_grid, picture


def image_rows(rows, alt, column_titles=()):
    """Draw named rows of grey images and return the picture.

    Args:
        rows: name -> (N, 1, H, W) images in [-1, 1]; what lies outside is shown as black or white.
        alt: what the figure shows.
        column_titles: a title for each column.
    """
    height, width = len(rows), max(map(len, rows.values()))
    figure, grid = new_grid(9.6, 9.6 * height / width + 0.35, height, width)
    for axes in grid.flat:
        axes.axis("off")
    for line, (name, images) in zip(grid, rows.items(), strict=True):
        for axes, image in zip(line, images, strict=False):
            pixels = image[0].numpy(force=True)
            axes.imshow(pixels, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
        # the first image carries the name of the row; without axes it would have no label
        line[0].axis("on")
        line[0].set(xticks=[], yticks=[])
        line[0].spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axes, title in zip(grid[0], column_titles, strict=False):
        axes.set_title(title, fontsize=9)
    return picture(figure, alt)
