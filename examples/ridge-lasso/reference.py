"""The numbers of scikit-learn that `ridge-lasso.ansatz` compares with (scikit-learn 1.9.1).

    python reference.py
"""

import numpy as np
from sklearn.linear_model import Lasso, Ridge

table = np.loadtxt("diabetes.csv", delimiter=",", skiprows=1)
x, y = table[:, :10], table[:, 10]
x = (x - x.mean(axis=0)) / x.std(axis=0)

ridge = Ridge(alpha=40, solver="cholesky").fit(x, y)
lasso = Lasso(alpha=2, tol=1e-14, max_iter=100_000).fit(x, y)
print("ridge", [round(v, 8) for v in ridge.coef_.tolist()], round(ridge.intercept_, 8))
print("lasso", [round(v, 8) for v in lasso.coef_.tolist()], round(lasso.intercept_, 8))
