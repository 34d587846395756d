"""Reference numbers for the solvers of linear systems: SciPy's iterations, stopped after a number of turns.

    pip install numpy scipy
    python test/stdlib/oracle/solvers.py > test/stdlib/oracle/solvers.generated.json
"""

import json
import warnings

import numpy as np
from scipy.sparse.linalg import cg, gmres

warnings.simplefilter("ignore")
random = np.random.default_rng(11)
n = 6
general = random.normal(size=(n, n)).round(3) + 2 * np.eye(n)
definite = (general @ general.T / n).round(3) + np.eye(n)
right = random.normal(size=n).round(3)
never = {"rtol": 1e-300, "atol": 0}
turns = [1, 2, 3, 5]

runs = {
    "cg": {k: cg(definite, right, maxiter=k, **never)[0].tolist() for k in turns},
    "gmres": {k: gmres(general, right, restart=k, maxiter=1, **never)[0].tolist() for k in turns},
    "normal_equations": {
        k: cg(general.T @ general, general.T @ right, maxiter=k, **never)[0].tolist() for k in turns
    },
}
solved = {
    "cg": np.linalg.solve(definite, right).tolist(),
    "gmres": np.linalg.solve(general, right).tolist(),
    "normal_equations": np.linalg.solve(general, right).tolist(),
}
matrices = {"cg": definite.tolist(), "gmres": general.tolist(), "normal_equations": general.tolist()}
print(json.dumps({"matrices": matrices, "right": right.tolist(), "runs": runs, "solved": solved}, indent=1))
