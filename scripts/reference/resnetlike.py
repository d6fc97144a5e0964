"""The second reference network: small, and with what the first (`tiny`) lacks.

Residual add, 5×5 depthwise, TensorFlow's asymmetric `same` at stride 2 beside explicit padding, BatchNorm
of three momenta and two epsilons, with and without an activation, ReLU and ReLU6, a convolution with a
bias, channel counts that are no multiples of 4, a last batch smaller than the others, four classes.
"""

import math

import numpy as np
import torch
from torch import nn

from keras_topology import TopologyBuilder
from tfjs_network import Network, weights_in_tfjs_layout

BACKBONE_END = "top_relu"
SIZE, CLASSES = 16, 4
TRAIN_PICTURES, VALIDATION_PICTURES = 22, 14


def make_topology():
    net = TopologyBuilder("resnetlike", SIZE, SIZE, 3)
    net.conv("stem_conv", 6, kernel=3, stride=2)
    net.batch_norm("stem_bn", momentum=0.9, epsilon=1e-3)
    shortcut = net.relu("stem_relu", max_value=6.0)

    net.conv("expand_conv", 10, kernel=1)
    net.batch_norm("expand_bn", momentum=0.99, epsilon=1e-3)
    net.relu("expand_relu", max_value=6.0)
    net.depthwise("depthwise_conv", kernel=5)
    net.batch_norm("depthwise_bn", momentum=0.8, epsilon=1e-5)
    net.relu("depthwise_relu", max_value=6.0)
    net.conv("project_conv", 6, kernel=1)
    net.batch_norm("project_bn", momentum=0.9, epsilon=1e-3)
    net.add("residual_add", shortcut)

    net.depthwise("down_conv", kernel=5, stride=2)
    net.batch_norm("down_bn", momentum=0.99, epsilon=1e-5)
    net.relu("down_relu")
    net.conv("wide_conv", 12, kernel=1)
    net.batch_norm("wide_bn", momentum=0.8, epsilon=1e-3)

    net.zero_padding("pad", around=1)
    net.depthwise("padded_conv", kernel=3, stride=2, padding="valid")
    net.batch_norm("padded_bn", momentum=0.9, epsilon=1e-5)
    net.relu("padded_relu", max_value=6.0)
    # No BatchNorm after the bias: behind one its gradient is zero but for rounding, which Adam would blow up.
    net.conv("top_conv", 10, kernel=1, use_bias=True)
    net.relu(BACKBONE_END)
    net.head(CLASSES)
    return net.topology()


def make_pictures(random, count):
    """@returns pictures [count, 16, 16, 3] in about −1 … 1 whose stripes turn with the class, and labels."""
    labels = [index % CLASSES for index in range(count)]
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    pictures = np.empty((count, SIZE, SIZE, 3), np.float32)
    for index, label in enumerate(labels):
        angle = math.pi * label / CLASSES
        stripes = np.sin((rows * math.cos(angle) + columns * math.sin(angle)) * 0.9 + random.uniform(0, 6))
        noise = random.normal(0, 0.5, (SIZE, SIZE, 3))
        pictures[index] = 0.5 * stripes[..., None] * random.uniform(0.5, 1.5, 3) + noise
    return pictures, labels


def make_network(topology, random, pictures):
    """Random weights, and running statistics near those of `pictures`: both ways to normalise make sense."""
    network = Network(topology, BACKBONE_END).double()
    with torch.no_grad():
        for module in network.modules():
            for name, parameter in module.named_parameters(recurse=False):
                values = random.normal(0, 1, parameter.shape)
                if isinstance(module, nn.BatchNorm2d):
                    values = 1 + 0.2 * values if name == "weight" else 0.2 * values
                elif name == "bias":
                    values *= 0.1
                else:
                    values *= math.sqrt(2 / np.prod(parameter.shape[1:]))
                parameter.copy_(torch.from_numpy(values))
        norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        kept = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = 1.0
        network.train()(torch.from_numpy(pictures).double().permute(0, 3, 1, 2))
        for norm, momentum in zip(norms, kept, strict=True):
            norm.momentum = momentum
            deviation = norm.running_var.sqrt()
            norm.running_mean += 0.2 * deviation * torch.from_numpy(random.normal(0, 1, deviation.shape))
            norm.running_var *= torch.from_numpy(random.uniform(0.7, 1.5, deviation.shape))
    return network


def make():
    """@returns topology, weights, data.json's content, training pictures, validation pictures."""
    random = np.random.RandomState(21531)  # its stream is frozen over NumPy's versions
    topology = make_topology()
    train, labels = make_pictures(random, TRAIN_PICTURES)
    validation, validation_labels = make_pictures(random, VALIDATION_PICTURES)
    calibration, _ = make_pictures(random, 32)
    network = make_network(topology, random, calibration)
    data = {
        "shape": list(train.shape),
        "labels": labels,
        "valShape": list(validation.shape),
        "valLabels": validation_labels,
        "classNames": [f"class{index}" for index in range(CLASSES)],
        "backboneEnd": BACKBONE_END,
    }
    return topology, weights_in_tfjs_layout(network), data, train, validation
