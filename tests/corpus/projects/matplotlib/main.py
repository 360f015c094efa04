"""Draws a figure with text, mathematics and colours, and writes it in three formats."""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np


def main():
    x = np.linspace(0, 6, 50)
    with plt.style.context("ggplot"):
        figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2), dpi=100)
        left.plot(x, np.sin(x), label=r"$\sin\alpha^2$")
        left.legend()
        picture = right.imshow(np.outer(x, x), cmap="viridis")
        figure.colorbar(picture)
        figure.suptitle("Größe")
    for kind in ("png", "svg", "pdf"):
        file = BytesIO()
        figure.savefig(file, format=kind)
        print(kind, file.getvalue()[:4], file.tell() > 1000)
        if kind == "png":
            file.seek(0)
            print(plt.imread(file).shape)
    print(plt.get_backend().lower(), figure.canvas.get_width_height())
