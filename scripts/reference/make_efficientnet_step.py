"""Three training steps of the whole EfficientNet-Lite0 in PyTorch, as numbers to test an engine against.

python scripts/reference/make_efficientnet_step.py                  # writes fixtures/efficientnet-step
python scripts/reference/make_efficientnet_step.py --check          # compares with what is there
python scripts/reference/make_efficientnet_step.py --clear-gates    # chooses beta-shifts.bin anew, then writes
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from clear_gates import SHIFT_UNIT, apply_shifts, clear_gates
from keras_topology import TopologyBuilder
from tfjs_network import (
    Network,
    load_weights,
    named_parameters,
    read_model,
    to_tfjs_layout,
    weights_in_tfjs_layout,
)

ROOT = Path(__file__).resolve().parents[2]
BACKBONE = ROOT / "public" / "backbones" / "efficientnet-lite0"
PICTURES = ROOT / "fixtures" / "efficientnet-lite0" / "reference-input-96.bin"
FOLDER = ROOT / "fixtures" / "efficientnet-step"
SHIFTS = FOLDER / "beta-shifts.bin"
LABELS = [0, 1, 2, 3]
# One step, so large that the weights' own rounding is nothing beside it.
ADAM_LEARNING_RATE = 0.1
# Three steps, so small that hardly any gate is crossed: the gates of the first step alone are cleared.
MOMENTUM_LEARNING_RATE = 1e-4
MOMENTUM = 0.9
# A shift of a channel that the next BatchNorm takes out again has no gradient but rounding.
ZERO_GRADIENT_NORM = 1e-10
# Compared value by value; every variable is compared by its norm and a projection.
FULL_VALUES = [
    "stem_conv/kernel",
    "stem_bn/gamma",
    "block1_depthwise_conv/depthwise_kernel",
    "block1_project_conv/kernel",
    "block5_depthwise_bn/gamma",
    "block5_depthwise_bn/beta",
    "logits/bias",
]
STATISTICS = ["stem_bn", "block5_depthwise_bn", "top_bn"]
CHECK_TOLERANCE = 1e-7
# Where a gradient is rounding only, its size and what Adam makes of it mean nothing.
ROUNDING_ONLY = {"gradientNorm", "gradientProjection", "adamProjection", "adamWeight"}


def head_weights():
    """A formula, so that the head is the same everywhere; also stored as head.bin."""
    index = np.arange(1280 * 4, dtype=np.float64)
    kernel = 0.03 * np.sin(1.7 * index + 0.3)
    return {"logits/kernel": kernel.reshape(1280, 4).astype("<f4"), "logits/bias": np.zeros(4, "<f4")}


def make_network(backbone_folder, shifts):
    topology, weights = read_model(backbone_folder)
    layers = (topology.get("model_config") or topology)["config"]["layers"]
    backbone_end = layers[-1]["config"]["name"]
    head = TopologyBuilder("head", None, None, 3)
    head.last = backbone_end
    head.head(4)
    whole = {"class_name": "Model", "config": {"layers": [*layers, *head.layers[1:]]}}
    network = Network(whole, backbone_end)
    load_weights(network, {**weights, **head_weights()})
    if shifts is not None:
        apply_shifts(network, shifts)
    return network.train()


def freeze_batch_norm(network):
    for module in network.backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.requires_grad_(False)


def projection(tensor):
    """Σ vₖ cos(k) over the flat values in TensorFlow.js layout: sensitive to order and sign."""
    values = tensor.flatten().double()
    return float((values * torch.cos(torch.arange(len(values), dtype=torch.float64))).sum())


def steps(network, pictures, optimizer, count):
    """@returns losses, and gradients and updates of the first step as float64, in TensorFlow.js layout."""
    dtype = next(network.parameters()).dtype
    batch, labels = pictures.to(dtype).permute(0, 3, 1, 2), torch.tensor(LABELS)
    trained = {name: p for name, p in named_parameters(network).items() if p.requires_grad}

    def as_float64(tensors):
        return {name: to_tfjs_layout(name, t.detach()).double().clone() for name, t in tensors.items()}

    before, losses, gradients, updates = as_float64(trained), [], {}, {}
    for step in range(count):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(batch), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step == 0:
            gradients = as_float64({name: p.grad for name, p in trained.items()})
            updates = {name: w - before[name] for name, w in as_float64(trained).items()}
    return losses, gradients, updates


def train(make, pictures, dtype):
    """@returns what both optimizers do, from the same start."""
    network = make().to(dtype)
    optimizer = torch.optim.Adam(trained_parameters(network), lr=ADAM_LEARNING_RATE)
    _, gradients, updates = steps(network, pictures, optimizer, 1)
    statistics = weights_in_tfjs_layout(network)
    network = make().to(dtype)
    optimizer = torch.optim.SGD(trained_parameters(network), lr=MOMENTUM_LEARNING_RATE, momentum=MOMENTUM)
    losses, _, _ = steps(network, pictures, optimizer, 3)
    return losses, gradients, updates, statistics


def trained_parameters(network):
    return [p for p in network.parameters() if p.requires_grad]


def relative(actual, expected):
    actual, expected = actual.double(), expected.double()
    return float(torch.linalg.norm(actual - expected) / torch.linalg.norm(expected).clamp_min(1e-300))


def relative_each(actual, expected):
    return [abs(a / e - 1) for a, e in zip(actual, expected, strict=True)]


def significant(values, digits=9):
    return [float(f"{v:.{digits}g}") for v in values]


def describe_variable(gradient, update):
    # Adam's first update is nearly the gradient's sign: weighted by the gradient, a sign that is rounding is nothing.
    weighted = gradient * update
    return {
        "zeroGradient": bool(gradient.norm() < ZERO_GRADIENT_NORM),
        "gradientNorm": gradient.norm().item(),
        "gradientProjection": projection(gradient),
        "adamProjection": projection(weighted),
        "adamWeight": weighted.abs().sum().item(),
    }


def drift(variable, single):
    """How far a float32 description is from the float64 one, each number as the tests compare it."""
    return {
        "gradientNorm": abs(single["gradientNorm"] / variable["gradientNorm"] - 1),
        "gradientProjection": abs(single["gradientProjection"] - variable["gradientProjection"])
        / variable["gradientNorm"],
        "adamProjection": abs(single["adamProjection"] - variable["adamProjection"]) / variable["adamWeight"],
    }


def describe(make, pictures):
    losses, gradients, updates, after = train(make, pictures, torch.float64)
    variables = {name: describe_variable(gradients[name], updates[name]) for name in gradients}
    layers = STATISTICS if any(name.endswith("/gamma") for name in gradients) else []
    statistics = [f"{layer}/{kind}" for layer in layers for kind in ("moving_mean", "moving_variance")]
    names = [name for name in FULL_VALUES if name in gradients]

    def float32_drift(threads):
        torch.set_num_threads(threads)
        single_losses, single_gradients, single_updates, single_after = train(make, pictures, torch.float32)
        moving = [
            drift(variable, describe_variable(single_gradients[name], single_updates[name]))
            for name, variable in variables.items()
            if not variable["zeroGradient"]
        ]
        return {
            "losses": relative_each(single_losses, losses),
            **{key: max(each[key] for each in moving) for key in moving[0]},
            "gradients": max(relative(single_gradients[name], gradients[name]) for name in names),
            "statistics": max((relative(single_after[n], after[n]) for n in statistics), default=0.0),
        }

    return {
        "losses": losses,
        "float32Drift": {"oneThread": float32_drift(1), "twoThreads": float32_drift(2)},
        "variables": variables,
        "gradients": {name: significant(gradients[name].flatten().tolist()) for name in names},
        "updates": {name: significant(updates[name].flatten().tolist()) for name in names},
        "statistics": {name: significant(after[name].flatten().tolist()) for name in statistics},
    }


def largest_difference(new, old, path=""):
    """@returns the largest relative difference of two descriptions (the drifts aside) and where it is."""
    if isinstance(old, dict):
        if new.keys() != old.keys():
            return float("inf"), path
        left_out = {"torch", "float32Drift"} | (ROUNDING_ONLY if old.get("zeroGradient") else set())
        found = [largest_difference(new[k], old[k], f"{path}/{k}") for k in old if k not in left_out]
        return max(found, default=(0.0, path))
    if not isinstance(old, (float, list)) or path.startswith("/head"):
        return (0.0 if new == old else float("inf")), path
    new, old = (torch.tensor(v, dtype=torch.float64).flatten() for v in (new, old))
    return (relative(new, old) if len(new) == len(old) else float("inf")), path


def choose_shifts(network, pictures):
    """For both ways BatchNorm behaves here at once, so that one network serves both."""

    def pair(freeze):
        return tuple(network(freeze, None).to(d) for d in (torch.float64, torch.float32))

    # One thread adds up in the longest sums: the largest float32 errors.
    torch.set_num_threads(1)
    shifts, margin = clear_gates([pair(False), pair(True)], pictures)
    moved, furthest = np.count_nonzero(shifts), np.abs(shifts.astype(int)).max()
    print(f"{moved} of {len(shifts)} betas shifted, by {furthest} units at most; least margin {margin:.1f} errors")
    return shifts


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--clear-gates", action="store_true")
    parser.add_argument(
        "--backbone", type=Path, default=BACKBONE, help="folder of model.json and its weights"
    )
    parser.add_argument("--pictures", type=Path, default=PICTURES, help="float32 [4, 96, 96, 3]")
    arguments = parser.parse_args()
    pictures = torch.from_numpy(np.fromfile(arguments.pictures, "<f4").reshape(4, 96, 96, 3))

    def network(freeze, shifts):
        made = make_network(arguments.backbone, shifts)
        if freeze:
            freeze_batch_norm(made)
        return made

    if arguments.clear_gates:
        choose_shifts(network, pictures).tofile(SHIFTS)
    shifts = np.fromfile(SHIFTS, np.int8)
    result = {
        "torch": torch.__version__.split("+")[0],
        "shape": list(pictures.shape),
        "labels": LABELS,
        "backboneEnd": "top_relu",
        "head": {"file": "head.bin", "weights": [["logits/kernel", [1280, 4]], ["logits/bias", [4]]]},
        "betaShifts": {"file": "beta-shifts.bin", "unit": SHIFT_UNIT},
        "adam": {"learningRate": ADAM_LEARNING_RATE},
        "sgd": {"learningRate": MOMENTUM_LEARNING_RATE, "momentum": MOMENTUM},
        "batchNormTrained": describe(lambda: network(False, shifts), pictures),
        "batchNormFrozen": describe(lambda: network(True, shifts), pictures),
    }
    if arguments.check:
        difference, where = largest_difference(result, json.loads((FOLDER / "step.json").read_text()))
        print(f"Largest relative difference: {difference:.1e} at {where}")
        sys.exit(difference > CHECK_TOLERANCE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "head.bin").write_bytes(b"".join(w.tobytes() for w in head_weights().values()))
    (FOLDER / "step.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
    for mode in ("batchNormTrained", "batchNormFrozen"):
        print(mode, result[mode]["losses"], json.dumps(result[mode]["float32Drift"], indent=1))


if __name__ == "__main__":
    main()
