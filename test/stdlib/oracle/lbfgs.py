"""Reference numbers for L-BFGS with a strong Wolfe line search: PyTorch, one iteration a step.

    pip install torch
    python test/stdlib/oracle/lbfgs.py > test/stdlib/oracle/lbfgs.generated.json
"""

import json

import torch

torch.set_default_dtype(torch.float64)
steps = 20


def regression(p):
    """A network of one hidden layer on fixed points."""
    x = torch.linspace(-1, 1, 7)
    hidden = torch.tanh(x[:, None] * p["a"] + p["b"])
    return ((hidden @ p["c"] - torch.sin(3 * x)) ** 2).sum() + 0.001 * (p["c"] ** 4).sum()


def rosenbrock(p):
    return (100 * (p["x"][1:] - p["x"][:-1] ** 2) ** 2 + (1 - p["x"][:-1]) ** 2).sum()


problems = {
    "rosenbrock": (rosenbrock, {"x": [-1.2, 1.0, 0.5, -0.3]}),
    "regression": (
        regression,
        {"a": [0.3, -0.7, 1.1, 0.2], "b": [0.1, 0.4, -0.2, -0.5], "c": [0.5, -0.4, 0.3, 0.8]},
    ),
}
settings = [{"lr": 1.0, "memory": 10}, {"lr": 0.1, "memory": 3}]

runs = []
for name, (objective, start) in problems.items():
    for setting in settings:
        p = {k: torch.tensor(v, requires_grad=True) for k, v in start.items()}
        optimizer = torch.optim.LBFGS(
            list(p.values()),
            lr=setting["lr"],
            max_iter=1,
            max_eval=1000,
            history_size=setting["memory"],
            tolerance_grad=1e-12,
            tolerance_change=1e-12,
            line_search_fn="strong_wolfe",
        )
        losses, points = [], []

        def closure():
            optimizer.zero_grad()
            loss = objective(p)
            loss.backward()
            return loss

        for _ in range(steps):
            losses.append(float(optimizer.step(closure)))
        runs.append(
            {
                "problem": name,
                **setting,
                "start": start,
                "losses": losses,
                "end": {k: v.detach().tolist() for k, v in p.items()},
            }
        )

print(json.dumps({"steps": steps, "runs": runs}, indent=1))
