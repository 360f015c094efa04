"""Linear algebra, Fourier transforms, random numbers, files and strings."""

from io import BytesIO

import numpy as np
from numpy.polynomial import Polynomial


def main():
    matrix = np.array([[4.0, 1.0], [2.0, 3.0]])
    print(np.sort(np.linalg.eigvals(matrix)).round(6).tolist())
    print(np.allclose(np.linalg.inv(matrix) @ matrix, np.eye(2)))
    print(np.abs(np.fft.rfft(np.ones(8))).round(6).tolist())
    print(np.random.default_rng(7).integers(0, 100, 5).tolist())
    print(Polynomial.fromroots([1, 2]).coef.tolist())
    file = BytesIO()
    np.savez_compressed(file, a=np.arange(6).reshape(2, 3))
    file.seek(0)
    print(np.load(file)["a"].sum(axis=0).tolist())
    print(np.strings.upper(np.array(["ä", "b"])).tolist())
    print(np.einsum("ij,jk->ik", matrix, matrix).tolist())
    print((np.datetime64("2024-02-28") + np.arange(3)).astype(str).tolist())
    try:
        np.ones(2) @ np.ones(3)
    except ValueError as error:
        print(str(error).partition(":")[0])
