"""Makes and checks reference runs of PyTorch Lightning's BackboneFinetuning.

    python scripts/reference/make_lightning_runs.py --check   # every run of every fixture
    python scripts/reference/make_lightning_runs.py --write   # the two fixtures this script makes, anew

They are `lightning-resnetlike` and `lightning-tiny-regenerated`: the runs of `lightning-tiny`, which was given
and is never written, by this script.
`--check` trains every recorded run again from the fixture's own weights and pictures and compares.
`docs/reference-runs.md` tells what the files hold.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

import resnetlike
import run_configs
from lightning_run import Problem, train
from tfjs_network import read_model, write_model

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
# Sums may be taken in another order on another processor; float64 leaves far less than this.
LOSS_TOLERANCE = 1e-9
# An accuracy may have been averaged in float32.
ACCURACY_TOLERANCE = 1e-6
# The weights are recorded with 9 significant digits, or as float32.
WEIGHT_TOLERANCE = 1e-7


def read_problem(folder):
    data = json.loads((folder / "data.json").read_text())
    topology, weights = read_model(folder)

    def pictures(name, shape):
        return np.fromfile(folder / name, "<f4").reshape(shape)

    return Problem(
        topology,
        weights,
        data["backboneEnd"],
        (pictures("train.bin", data["shape"]), data["labels"]),
        (pictures("val.bin", data["valShape"]), data["valLabels"]),
    )


def significant(value, digits=9):
    return float(f"{value:.{digits}g}")


def relative_distance(actual, expected):
    """@returns |actual − expected| / |expected| over all values, 0 where both are zero."""
    actual, expected = (np.asarray(v, np.float64).ravel() for v in (actual, expected))
    norm = np.linalg.norm(expected)
    distance = np.linalg.norm(actual - expected)
    return float(distance / norm) if norm > 0 else float(distance)


def weights_distance(actual, expected):
    distances = [
        relative_distance(values, expected[epoch][name])
        for epoch, weights in actual.items()
        for name, values in weights.items()
    ]
    return max(distances, default=0.0)


def loss_distance(actual, expected):
    return max(relative_distance(a, e) for a, e in zip(actual, expected, strict=True))


def make_run(problem, name, config, lambda_values):
    exact, single = (train(problem, config, lambda_values, dtype) for dtype in (torch.float64, torch.float32))
    weights = {
        str(epoch): {
            layer: [significant(v) for v in values.flatten().tolist()] for layer, values in tensors.items()
        }
        for epoch, tensors in exact.weights.items()
    }
    drift = {
        "loss": loss_distance(single.steps, exact.steps),
        "weights": weights_distance(single.weights, exact.weights),
    }
    return {
        "name": name,
        "config": config,
        **({"lambdaFuncValues": lambda_values} if lambda_values else {}),
        "steps": exact.steps,
        "epochs": exact.epochs,
        "weightsAfterEpoch": weights,
        "float32Drift": drift,
    }


def check_run(problem, path):
    """@returns whether a new training agrees with the recorded one; prints the largest differences."""
    recorded = json.loads(path.read_text())
    again = train(problem, recorded["config"], recorded.get("lambdaFuncValues"))
    loss = loss_distance(again.steps, recorded["steps"])
    rates = validation = 0.0
    for new, old in zip(again.epochs, recorded["epochs"], strict=True):
        for key in ("headLr", "backboneLr"):
            if (new[key] is None) != (old[key] is None):
                raise ValueError(
                    f"{path.name}: {key} of epoch {old['epoch']} is {new[key]}, recorded {old[key]}."
                )
            rates = max(rates, relative_distance(new[key] or 0.0, old[key] or 0.0))
        validation = max(validation, relative_distance(new["valLoss"], old["valLoss"]))
        if abs(new["valAccuracy"] - old["valAccuracy"]) > ACCURACY_TOLERANCE:
            raise ValueError(f"{path.name}: accuracy of epoch {old['epoch']} is {new['valAccuracy']}.")
    expected = {int(epoch): weights for epoch, weights in recorded["weightsAfterEpoch"].items()}
    if expected.keys() != again.weights.keys():
        raise ValueError(f"{path.name}: weights of epochs {list(expected)}, now {list(again.weights)}.")
    first, last = min(expected), max(expected)
    copied = path.parents[1].name == "lightning-tiny" and first != last and expected[first] == expected[last]
    if copied:
        # A defect of the given data: nothing trains whole epochs without moving the head.
        del again.weights[first]
    weights = weights_distance(again.weights, expected)
    good = max(loss, rates, validation) <= LOSS_TOLERANCE and weights <= WEIGHT_TOLERANCE
    print(
        f"{path.parents[1].name}/{path.stem}: loss {loss:.1e}, rates {rates:.1e}, "
        f"validation {validation:.1e}, weights {weights:.1e} {'ok' if good else 'DIFFERS'}"
        + (
            f" (its weights after epoch {first} are a copy of those after {last}: not compared)"
            if copied
            else ""
        ),
        flush=True,
    )
    return good


def check(folders):
    results = [
        check_run(read_problem(folder), path)
        for folder in folders
        for path in sorted((folder / "runs").glob("*.json"))
    ]
    print(f"{sum(results)} of {len(results)} runs agree.")
    return bool(results) and all(results)


def write_problem(folder):
    """The network, its initial weights and the pictures of `resnetlike`."""
    folder.mkdir(parents=True, exist_ok=True)
    topology, weights, data, train_pictures, validation_pictures = resnetlike.make()
    write_model(folder, topology, weights)
    (folder / "data.json").write_text(json.dumps(data) + "\n")
    train_pictures.astype("<f4").tofile(folder / "train.bin")
    validation_pictures.astype("<f4").tofile(folder / "val.bin")


def copy_problem(source, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.json", "weights.bin", "data.json", "train.bin", "val.bin"):
        shutil.copyfile(source / name, folder / name)


def recorded_configs(folder):
    return {
        path.stem: json.loads(path.read_text())["config"] for path in sorted((folder / "runs").glob("*.json"))
    }


def write_runs(folder, configs, only):
    (folder / "runs").mkdir(parents=True, exist_ok=True)
    problem = read_problem(folder)
    for name, config in configs.items():
        if only and name not in only:
            continue
        run = make_run(problem, name, config, run_configs.LAMBDA_VALUES.get(name))
        (folder / "runs" / f"{name}.json").write_text(json.dumps(run, separators=(",", ":")) + "\n")
        drift = run["float32Drift"]
        print(
            f"{name}: float32 drift {drift['loss']:.1e} (loss), {drift['weights']:.1e} (weights)", flush=True
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument(
        "--check", nargs="*", type=Path, metavar="FOLDER", help="default: every fixtures/lightning-*"
    )
    action.add_argument("--write", nargs="*", metavar="RUN", help="default: every run")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.write is not None:
        resnetlike_folder = FIXTURES / "lightning-resnetlike"
        write_problem(resnetlike_folder)
        write_runs(resnetlike_folder, run_configs.configs(), arguments.write)
        copy_problem(FIXTURES / "lightning-tiny", FIXTURES / "lightning-tiny-regenerated")
        write_runs(
            FIXTURES / "lightning-tiny-regenerated",
            recorded_configs(FIXTURES / "lightning-tiny"),
            arguments.write,
        )
    elif not check(arguments.check or sorted(FIXTURES.glob("lightning-*"))):
        sys.exit(1)


if __name__ == "__main__":
    main()
