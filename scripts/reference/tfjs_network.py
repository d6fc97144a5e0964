"""TensorFlow.js layers models in PyTorch: topology, TensorFlow's `same` padding, weights in and out.

Reads exactly the layer classes that the reference networks use and refuses any other. Pictures are
NCHW inside, weights go in and out in TensorFlow.js layout, named as in the weights manifest.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class SamePaddingConv2d(nn.Conv2d):
    """TensorFlow's `same`: the output is ceil(size / stride), the odd pixel goes to the bottom and right.

    Source: tensorflow/core/framework/common_shape_fns.cc, GetWindowedOutputSizeVerbose.
    PyTorch's own symmetric `kernel // 2` differs from it at stride 2.
    """

    def forward(self, pictures):
        before, after = zip(*(self._around(pictures, axis) for axis in (0, 1)), strict=True)
        if before == after:
            return F.conv2d(pictures, self.weight, self.bias, self.stride, before, self.dilation, self.groups)
        padded = F.pad(pictures, (before[1], after[1], before[0], after[0]))
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)

    def _around(self, pictures, axis):
        size, stride = pictures.shape[2 + axis], self.stride[axis]
        window = (self.kernel_size[axis] - 1) * self.dilation[axis] + 1
        total = max((-(-size // stride) - 1) * stride + window - size, 0)
        return total // 2, total - total // 2


class Add(nn.Module):
    def forward(self, *values):
        return sum(values[1:], start=values[0])


class GlobalAveragePool(nn.Module):
    def forward(self, pictures):
        return pictures.mean(dim=(2, 3))


class Segment(nn.Module):
    """Consecutive layers of a network; every layer is a child module under its own name."""

    def __init__(self, entry, nodes):
        super().__init__()
        self.entry = entry
        last_reader = {source: name for name, inputs, _ in nodes for source in inputs}
        # An output is let go after its last reader, as in code written by hand.
        self.wiring = [
            (name, inputs, [source for source in set(inputs) if last_reader[source] == name])
            for name, inputs, _ in nodes
        ]
        for name, _, module in nodes:
            self.add_module(name, module)

    def forward(self, value):
        outputs = {self.entry: value}
        for name, inputs, finished in self.wiring:
            value = self.get_submodule(name)(*(outputs[source] for source in inputs))
            outputs[name] = value
            for source in finished:
                del outputs[source]
        return value


class Network(nn.Module):
    """`backbone` up to and with `backbone_end`, and `head`: what BackboneFinetuning expects."""

    def __init__(self, topology, backbone_end):
        super().__init__()
        layers = (topology.get("model_config") or topology)["config"]["layers"]
        channels, nodes, backbone_size, entry = {}, [], None, None
        for layer in layers:
            config, name = layer["config"], layer["config"]["name"]
            if layer["class_name"] == "InputLayer":
                channels[name], entry = config["batch_input_shape"][-1], name
                continue
            inputs = [entry[0] for entry in layer["inbound_nodes"][0]]
            module, channels[name] = make_module(layer["class_name"], config, channels[inputs[0]])
            nodes.append((name, inputs, module))
            if name == backbone_end:
                backbone_size = len(nodes)
        if backbone_size is None:
            raise ValueError(f"No layer is called {backbone_end!r}.")
        self.backbone = Segment(entry, nodes[:backbone_size])
        self.head = Segment(backbone_end, nodes[backbone_size:])

    def forward(self, pictures):
        return self.head(self.backbone(pictures))


def make_module(class_name, config, channels):
    """@returns the module and its number of output channels."""
    if config.get("activation", "linear") != "linear":
        raise ValueError(f"{config['name']}: a fused activation is not supported.")
    if class_name in ("Conv2D", "DepthwiseConv2D"):
        depthwise = class_name == "DepthwiseConv2D"
        filters = channels * config["depth_multiplier"] if depthwise else config["filters"]
        kind = {"same": SamePaddingConv2d, "valid": nn.Conv2d}[config["padding"]]
        module = kind(
            channels,
            filters,
            config["kernel_size"],
            stride=config["strides"],
            dilation=config["dilation_rate"],
            groups=channels if depthwise else 1,
            bias=config["use_bias"],
        )
        return module, filters
    if class_name == "BatchNormalization":
        # Keras keeps `momentum` of the old statistic, PyTorch takes `momentum` of the new one.
        momentum = round(1 - config["momentum"], 12)
        return nn.BatchNorm2d(channels, eps=config["epsilon"], momentum=momentum), channels
    if class_name == "ReLU":
        return (nn.ReLU() if config.get("max_value") is None else nn.ReLU6()), channels
    if class_name == "ZeroPadding2D":
        (top, bottom), (left, right) = config["padding"]
        return nn.ZeroPad2d((left, right, top, bottom)), channels
    if class_name == "Add":
        return Add(), channels
    if class_name == "GlobalAveragePooling2D":
        return GlobalAveragePool(), channels
    if class_name == "Dense":
        return nn.Linear(channels, config["units"], bias=config["use_bias"]), config["units"]
    raise ValueError(f"{config['name']}: layers of class {class_name} are not supported.")


def tfjs_name(layer, module, tensor):
    if isinstance(module, nn.BatchNorm2d):
        names = {
            "weight": "gamma",
            "bias": "beta",
            "running_mean": "moving_mean",
            "running_var": "moving_variance",
        }
    else:
        depthwise = isinstance(module, nn.Conv2d) and module.groups > 1
        names = {"weight": "depthwise_kernel" if depthwise else "kernel", "bias": "bias"}
    return f"{layer}/{names[tensor]}"


def to_tfjs_layout(name, tensor):
    if name.endswith("/depthwise_kernel"):
        return tensor.permute(2, 3, 0, 1)  # [channels, 1, h, w] → [h, w, channels, 1]
    if name.endswith("/kernel"):
        return tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor.t()
    return tensor


def from_tfjs_layout(name, values, shape):
    if name.endswith("/depthwise_kernel"):
        height, width, channels, multiplier = values.shape
        return values.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    if name.endswith("/kernel"):
        return values.permute(3, 2, 0, 1) if values.dim() == 4 else values.t()
    return values.reshape(shape)


def named_tensors(network):
    """@returns every parameter and running statistic by its TensorFlow.js name, layer after layer."""
    tensors = {}
    for segment in (network.backbone, network.head):
        for layer, module in segment.named_children():
            state = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
            for name, tensor in state:
                if name != "num_batches_tracked":
                    tensors[tfjs_name(layer, module, name)] = tensor
    return tensors


def named_parameters(network):
    return {name: t for name, t in named_tensors(network).items() if isinstance(t, nn.Parameter)}


def weights_in_tfjs_layout(network):
    return {
        name: to_tfjs_layout(name, tensor.detach()).contiguous().clone()
        for name, tensor in named_tensors(network).items()
    }


def load_weights(network, weights):
    """Weights that `weights` does not name stay as they are; a name that the network lacks is an error."""
    tensors = named_tensors(network)
    for name, values in weights.items():
        with torch.no_grad():
            tensors[name].copy_(from_tfjs_layout(name, torch.as_tensor(values), tensors[name].shape))


def read_model(folder):
    """@returns topology and weights (float32, TensorFlow.js layout) of a model.json and its shards."""
    folder = Path(folder)
    model = json.loads((folder / "model.json").read_text())
    weights = {}
    for group in model["weightsManifest"]:
        data, offset = b"".join((folder / path).read_bytes() for path in group["paths"]), 0
        for spec in group["weights"]:
            stored = np.dtype(spec.get("quantization", {}).get("dtype", spec["dtype"])).newbyteorder("<")
            if stored.kind != "f":
                raise ValueError(f"{spec['name']}: weights stored as {stored} are not supported.")
            size = int(np.prod(spec["shape"]))
            values = np.frombuffer(data, stored, size, offset).astype(np.float32).reshape(spec["shape"])
            weights[spec["name"]] = torch.from_numpy(values)
            offset += size * stored.itemsize
    return model["modelTopology"], weights


def write_model(folder, topology, weights):
    """Writes model.json and weights.bin (float32, little endian)."""
    specs = [{"name": n, "shape": list(w.shape), "dtype": "float32"} for n, w in weights.items()]
    model = {
        "format": "layers-model",
        "generatedBy": "scripts/reference/make_lightning_runs.py",
        "convertedBy": None,
        "modelTopology": topology,
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
    }
    (folder / "model.json").write_text(json.dumps(model) + "\n")
    data = b"".join(w.to(torch.float32).numpy().astype("<f4").tobytes() for w in weights.values())
    (folder / "weights.bin").write_bytes(data)
