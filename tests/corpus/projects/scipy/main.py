"""Optimises, integrates, solves sparse systems, tests and filters."""

import numpy as np
from scipy import fft, integrate, interpolate, linalg, ndimage, optimize, signal, spatial, stats
from scipy.cluster.vq import kmeans2
from scipy.sparse import csr_array
from scipy.sparse.linalg import spsolve
from scipy.special import gamma


def main():
    found = optimize.minimize(optimize.rosen, [-1.0, 2.0], method="BFGS")
    print(found.success, found.x.round(3).tolist())
    print(round(integrate.quad(np.exp, 0, 1)[0], 9))
    falling = integrate.solve_ivp(lambda _, y: -y, (0, 1), [1.0], rtol=1e-8)
    print(round(float(falling.y[0, -1]), 5))
    print(spsolve(csr_array([[2.0, 0], [1, 4]]), np.array([2.0, 9])).round(6).tolist())
    print(round(float(stats.norm.ppf(0.975)), 6), round(float(gamma(5)), 6))
    print(round(float(stats.ttest_ind([1, 2, 3], [2, 3, 4]).pvalue), 6))
    print(linalg.expm(np.zeros((2, 2))).tolist())
    print(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])(1.5).round(6).item())
    print(spatial.KDTree([[0, 0], [3, 4]]).query([0, 1])[1].item())
    print(spatial.transform.Rotation.from_euler("z", 90, degrees=True).apply([1, 0, 0]).round(6))
    print(signal.find_peaks([0, 2, 0, 3, 0])[0].tolist())
    print(ndimage.label(np.array([1, 1, 0, 1]))[1], fft.dct([1.0, 1, 1]).round(6).tolist())
    centres, _ = kmeans2(np.array([[0.0], [1], [9], [10]]), np.array([[0.0], [10]]), minit="matrix")
    print(centres.ravel().tolist())
    print(optimize.linprog([1, 1], A_ub=[[-1, -2]], b_ub=[-4]).fun)
