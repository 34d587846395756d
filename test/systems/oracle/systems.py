"""Reference numbers for the programs of `test/systems/programs`, by NumPy, SciPy and JAX in double precision.

    pip install numpy scipy jax
    python test/systems/oracle/systems.py > test/systems/oracle/systems.generated.json
"""

import importlib
import json
import pathlib
import sys

import numpy as np
from common import systems

for path in sorted(pathlib.Path(__file__).parent.glob("parts_*.py")):
    importlib.import_module(path.stem)


def plain(value):
    """All numbers, in row-major order; of a list one after the other."""
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in plain(item)]
    return [float(number) for number in np.asarray(value).ravel()]


def shown(number):
    if np.isnan(number):
        return "nan"
    return number if np.isfinite(number) else ("inf" if number > 0 else "-inf")


numbers = {}
for name, reference in sorted(systems.items()):
    if len(sys.argv) > 1 and name not in sys.argv[1:]:
        continue
    numbers[name] = {key: [shown(x) for x in plain(value)] for key, value in reference().items()}
json.dump(numbers, sys.stdout, indent="\t")
print()
