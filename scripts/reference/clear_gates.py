"""Shifts of BatchNorm's beta that keep every ReLU6 gate of a step well away from float32's rounding.

A gradient jumps where a value before a ReLU6 crosses 0 or 6. Of the 4.5 million values of a step a few lie within
rounding of that, on another side in every float32, and each moves gradients by up to 1e-2. Moving a channel's beta
by a few thousandths moves its values away from both gates; then float32 and float64 take the same side everywhere.
"""

import numpy as np
import torch
from torch import nn

# Shifts are whole multiples of this, as int8: exact in float32.
SHIFT_UNIT = 2.0**-10
# The least distance from a gate, in multiples of PyTorch's own float32 error in that channel, and absolutely.
MARGIN_IN_ERRORS = 20
LEAST_MARGIN = 2e-5
GATES = (0.0, 6.0)
# Smallest change first.
CANDIDATES = np.array(sorted(range(-127, 128), key=lambda units: (abs(units), units)))


def batch_norms(network):
    return [(name, m) for name, m in network.backbone.named_children() if isinstance(m, nn.BatchNorm2d)]


def apply_shifts(network, shifts):
    """@param shifts int8, one a channel of every BatchNorm, layer after layer; network: float32"""
    start = 0
    for _, module in batch_norms(network):
        own = shifts[start : start + module.num_features]
        module.bias.data += torch.tensor(own.astype(np.float32) * np.float32(SHIFT_UNIT))
        start += module.num_features
    if start != len(shifts):
        raise ValueError(f"{len(shifts)} shifts for {start} channels.")


def clear_gates(pairs, pictures):
    """Walks through the network layer by layer and chooses each channel's shift.

    @param pairs (float64 network, float32 network) for each way BatchNorm is to behave; they are changed
    @returns shifts as `apply_shifts` takes them, and the worst margin left, in float32 errors
    """
    networks = [network for pair in pairs for network in pair]
    segment = networks[0].backbone
    outputs = [
        {segment.entry: pictures.to(next(network.parameters()).dtype).permute(0, 3, 1, 2)}
        for network in networks
    ]
    gated = {
        inputs[0] for name, inputs, _ in segment.wiring if isinstance(segment.get_submodule(name), nn.ReLU6)
    }
    chosen, margins = {}, []
    with torch.no_grad():
        for name, inputs, finished in segment.wiring:
            for network, values in zip(networks, outputs, strict=True):
                values[name] = network.backbone.get_submodule(name)(*(values[source] for source in inputs))
            if name in gated:
                found = [values[name] for values in outputs]
                chosen[name], left = choose_shifts(found[0::2], found[1::2])
                margins.append(left)
                for values in outputs:
                    shift = torch.tensor(chosen[name] * SHIFT_UNIT, dtype=values[name].dtype)
                    values[name] = values[name] + shift[None, :, None, None]
            for source in finished:
                for values in outputs:
                    del values[source]
    shifts = [chosen.get(name, np.zeros(m.num_features, np.int8)) for name, m in batch_norms(networks[0])]
    return np.concatenate(shifts), min(margins)


def choose_shifts(doubles, singles):
    """@returns int8 for each channel of one layer, and the worst margin in float32 errors"""
    shifts, margins = [], []
    for channel in range(doubles[0].shape[1]):
        ways = []
        for double, single in zip(doubles, singles, strict=True):
            values = double[:, channel].flatten()
            error = (values - single[:, channel].flatten().double()).abs().max().item()
            ways.append((values.numpy(), max(error, LEAST_MARGIN / MARGIN_IN_ERRORS)))
        best = (-1.0, 0)
        for units in CANDIDATES:
            margin = min(distance(values + units * SHIFT_UNIT) / error for values, error in ways)
            best = max(best, (margin, int(units)), key=lambda each: each[0])
            if best[0] >= MARGIN_IN_ERRORS:
                break
        margins.append(best[0])
        shifts.append(best[1])
    return np.array(shifts, np.int8), min(margins)


def distance(values):
    return min(np.abs(values - gate).min() for gate in GATES)
