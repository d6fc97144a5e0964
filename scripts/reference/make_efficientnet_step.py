"""Three training steps of the whole EfficientNet-Lite0 in PyTorch, as numbers to test an engine against.

python scripts/reference/make_efficientnet_step.py            # writes fixtures/efficientnet-step
python scripts/reference/make_efficientnet_step.py --check    # compares with what is there
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

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
LABELS = [0, 1, 2, 3]
LEARNING_RATE = 1e-3
SGD_LEARNING_RATE = 1e-2
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
ROUNDING_ONLY = {"gradientNorm", "gradientProjection", "updateNorm"}


def head_weights():
    """A formula, so that the head is the same everywhere; also stored as head.bin."""
    index = np.arange(1280 * 4, dtype=np.float64)
    kernel = 0.03 * np.sin(1.7 * index + 0.3)
    return {"logits/kernel": kernel.reshape(1280, 4).astype("<f4"), "logits/bias": np.zeros(4, "<f4")}


def make_network(backbone_folder):
    topology, weights = read_model(backbone_folder)
    layers = (topology.get("model_config") or topology)["config"]["layers"]
    backbone_end = layers[-1]["config"]["name"]
    head = TopologyBuilder("head", None, None, 3)
    head.last = backbone_end
    head.head(4)
    whole = {"class_name": "Model", "config": {"layers": [*layers, *head.layers[1:]]}}
    network = Network(whole, backbone_end)
    load_weights(network, {**weights, **head_weights()})
    return network


def freeze_batch_norm(network):
    for module in network.backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
            module.requires_grad_(False)


def projection(tensor):
    """Σ vₖ cos(k) over the flat values in TensorFlow.js layout: sensitive to order and sign."""
    values = tensor.flatten().double()
    return float((values * torch.cos(torch.arange(len(values), dtype=torch.float64))).sum())


def step_losses(network, pictures, dtype, make_optimizer, count=3, after_first=lambda: None):
    network = network.to(dtype)
    optimizer = make_optimizer([p for p in network.parameters() if p.requires_grad])
    batch, labels = pictures.to(dtype).permute(0, 3, 1, 2), torch.tensor(LABELS)
    losses = []
    for step in range(count):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(batch), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step == 0:
            after_first()
    return losses


def adam_steps(network, pictures, dtype):
    """@returns losses, and gradients, weights after and weights before of the first step, as float64."""

    def as_float64(weights):
        return {name: w.double().clone() for name, w in weights.items()}

    gradients, updated = {}, {}

    def keep():
        trained = {name: p for name, p in named_parameters(network).items() if p.requires_grad}
        gradients.update(as_float64({name: to_tfjs_layout(name, p.grad) for name, p in trained.items()}))
        updated.update(as_float64(weights_in_tfjs_layout(network)))

    before = as_float64(weights_in_tfjs_layout(network))
    losses = step_losses(
        network, pictures, dtype, lambda p: torch.optim.Adam(p, lr=LEARNING_RATE), after_first=keep
    )
    return losses, gradients, updated, before


def relative(actual, expected):
    return float(torch.linalg.norm(actual - expected) / torch.linalg.norm(expected).clamp_min(1e-300))


def relative_each(actual, expected):
    return [abs(a / e - 1) for a, e in zip(actual, expected, strict=True)]


def significant(values, digits=9):
    return [float(f"{v:.{digits}g}") for v in values]


def describe(backbone_folder, pictures, freeze):
    def network():
        made = make_network(backbone_folder).train()
        if freeze:
            freeze_batch_norm(made)
        return made

    def sgd(dtype):
        return step_losses(network(), pictures, dtype, lambda p: torch.optim.SGD(p, lr=SGD_LEARNING_RATE))

    losses, gradients, updated, before = adam_steps(network(), pictures, torch.float64)
    single_losses, single_gradients, single_updated, _ = adam_steps(network(), pictures, torch.float32)
    sgd_losses, single_sgd_losses = sgd(torch.float64), sgd(torch.float32)
    variables = {}
    for name, gradient in gradients.items():
        variables[name] = {
            "zeroGradient": bool(gradient.norm() < ZERO_GRADIENT_NORM),
            "gradientNorm": gradient.norm().item(),
            "gradientProjection": projection(gradient),
            "updateNorm": (updated[name] - before[name]).norm().item(),
            "updatedProjection": projection(updated[name]),
            "float32Drift": {
                "gradientNorm": abs((single_gradients[name].norm() / gradient.norm()).item() - 1),
                "gradient": relative(single_gradients[name], gradient),
                "updated": relative(single_updated[name], updated[name]),
            },
        }
    moving = [v["float32Drift"] for v in variables.values() if not v["zeroGradient"]]
    names = [name for name in FULL_VALUES if name in gradients]
    statistics = [f"{layer}/{kind}" for layer in STATISTICS for kind in ("moving_mean", "moving_variance")]
    return {
        "losses": losses,
        "sgdLosses": sgd_losses,
        "float32Drift": {
            "losses": relative_each(single_losses, losses),
            "sgdLosses": relative_each(single_sgd_losses, sgd_losses),
            **{key: max(drift[key] for drift in moving) for key in ("gradientNorm", "gradient", "updated")},
            "statistics": max(relative(single_updated[n], updated[n]) for n in statistics),
        },
        "variables": variables,
        "gradients": {name: significant(gradients[name].flatten().tolist()) for name in names},
        "updated": {name: significant(updated[name].flatten().tolist()) for name in names},
        "statisticsAfterFirstStep": {
            name: significant(updated[name].flatten().tolist()) for name in statistics
        },
    }


def largest_difference(new, old, path=""):
    """@returns the largest relative difference of two descriptions (the drifts aside) and where it is."""
    if isinstance(old, dict):
        if new.keys() != old.keys():
            return float("inf"), path
        # Where a gradient is rounding only, its size and what Adam makes of it mean nothing.
        left_out = {"torch", "float32Drift"} | (ROUNDING_ONLY if old.get("zeroGradient") else set())
        found = [largest_difference(new[k], old[k], f"{path}/{k}") for k in old if k not in left_out]
        return max(found, default=(0.0, path))
    if not isinstance(old, (float, list)) or path.startswith("/head"):
        return (0.0 if new == old else float("inf")), path
    new, old = (torch.tensor(v, dtype=torch.float64).flatten() for v in (new, old))
    return (relative(new, old) if len(new) == len(old) else float("inf")), path


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument(
        "--backbone", type=Path, default=BACKBONE, help="folder of model.json and its weights"
    )
    parser.add_argument("--pictures", type=Path, default=PICTURES, help="float32 [4, 96, 96, 3]")
    arguments = parser.parse_args()
    pictures = torch.from_numpy(np.fromfile(arguments.pictures, "<f4").reshape(4, 96, 96, 3))
    result = {
        "torch": torch.__version__.split("+")[0],
        "shape": list(pictures.shape),
        "labels": LABELS,
        "backboneEnd": "top_relu",
        "head": {"file": "head.bin", "weights": [["logits/kernel", [1280, 4]], ["logits/bias", [4]]]},
        "adam": {"optimizer": "adam", "learningRate": LEARNING_RATE},
        "sgd": {"optimizer": "sgd", "learningRate": SGD_LEARNING_RATE},
        "batchNormTrained": describe(arguments.backbone, pictures, freeze=False),
        "batchNormFrozen": describe(arguments.backbone, pictures, freeze=True),
    }
    if arguments.check:
        difference, where = largest_difference(result, json.loads((FOLDER / "step.json").read_text()))
        print(f"Largest relative difference: {difference:.1e} at {where}")
        sys.exit(difference > CHECK_TOLERANCE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "head.bin").write_bytes(b"".join(w.tobytes() for w in head_weights().values()))
    (FOLDER / "step.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
    for mode in ("batchNormTrained", "batchNormFrozen"):
        print(mode, result[mode]["losses"], result[mode]["float32Drift"])


if __name__ == "__main__":
    main()
