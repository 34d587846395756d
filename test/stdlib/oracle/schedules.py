"""Reference rates for the schedules of the standard library, by PyTorch and Optax.

    pip install torch optax
    python test/stdlib/oracle/schedules.py > test/stdlib/oracle/schedules.generated.json

A case is a schedule and its rates at the steps 0, 1, .. of a fit.
"""

import json
import sys

STEPS = 14


def by_torch():
    import torch
    from torch.optim import lr_scheduler

    def rates(start, make):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=start)
        scheduler = make(optimizer)
        found = []
        for _ in range(STEPS):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found

    # PyTorch's cosine goes up again after T_max, this one stays: only the steps up to there are compared.
    cosine = rates(0.3, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.02))
    yield "cosine_decay(0.3, 14, least = 0.02)", cosine
    yield "exponential_decay(0.3, 0.8)", rates(0.3, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.8))
    yield "step_decay(0.3, 0.1, 4)", rates(0.3, lambda o: lr_scheduler.StepLR(o, step_size=4, gamma=0.1))
    yield "linear_decay(0.3, 10, last = 0.03)", rates(
        0.3, lambda o: lr_scheduler.LinearLR(o, start_factor=1, end_factor=0.1, total_iters=10)
    )


def by_optax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    def rates(schedule):
        return [float(schedule(t)) for t in range(STEPS)]

    yield "cosine_decay(0.3, 9)", rates(optax.cosine_decay_schedule(0.3, 9))
    yield "linear_decay(0.3, 9)", rates(optax.linear_schedule(0.3, 0.0, 9))
    yield "exponential_decay(0.3, 0.5, steps = 4)", rates(optax.exponential_decay(0.3, 4, 0.5))
    yield "step_decay(0.3, 0.5, 4)", rates(optax.exponential_decay(0.3, 4, 0.5, staircase=True))
    yield "warm_cosine(0.3, 4, 11, least = 0.03)", rates(
        optax.warmup_cosine_decay_schedule(0.0, 0.3, 4, 11, end_value=0.03)
    )


# The two may live in environments of their own: `schedules.py torch`, `schedules.py optax`.
chosen = sys.argv[1:] or ["torch", "optax"]
cases = [case for name in chosen for case in {"torch": by_torch, "optax": by_optax}[name]()]
print("[\n" + ",\n".join(json.dumps({"schedule": s, "rates": r}) for s, r in cases) + "\n]")
