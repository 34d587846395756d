"""Reference numbers for the merging of the example pcb-merging, in NumPy, element by element, from the formulas.

    pip install numpy
    python test/examples/oracle/pcb-merging.py > test/examples/oracle/pcb-merging.generated.json
"""

import json
import math

import numpy as np

random = np.random.default_rng(3)
tau = np.round(random.normal(size=(3, 25)) * random.uniform(0.2, 1.5, size=(3, 1)), 3)
n, d = tau.shape


def merged(tau, share):
    clamped = [[max(-m, min(m, x)) for x in row] for row, m in zip(tau, np.quantile(np.abs(tau), 0.9999, axis=1))]
    scores = []
    for i in range(n):
        least, most = min(map(abs, clamped[i])), max(map(abs, clamped[i]))
        beta = []
        for j in range(d):
            within = math.exp(n * ((abs(clamped[i][j]) - least) / (most - least)) ** 2)
            between = math.tanh(clamped[i][j] * sum(clamped[k][j] for k in range(n)))
            beta.append(within * between)
        cut = np.quantile(beta, 1 - share)
        kept = [max(b, cut) for b in beta]
        scores.append([(b - min(kept)) / (max(kept) - min(kept)) for b in kept])
    result = []
    for j in range(d):
        weight = sum(scores[i][j] for i in range(n))
        result.append(sum(scores[i][j] * clamped[i][j] for i in range(n)) / max(weight, 1e-12))
    return {"scores": scores, "merged": result}


print(json.dumps({"tau": tau.tolist(), "shares": {str(r): merged(tau, r) for r in (0.1, 0.4, 1.0)}}))
