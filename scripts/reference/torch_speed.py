"""Times a training step of the benchmark's networks in PyTorch and prints JSON.

    python scripts/reference/torch_speed.py --networks efficientnet-lite0@96x16 mobilenet-v1-0.25@96x8
    python scripts/reference/torch_speed.py --device cuda --threads 1

Every case is timed in turn, round after round, so that a busy minute of the machine hits all alike.
`firstMs` is a case's own first step; only the first case of all pays for PyTorch's start.
Forward, loss, backward and Adam are in the step; the batch lies ready in memory. Times in milliseconds.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from keras_topology import TopologyBuilder
from tfjs_network import Network, load_weights, read_model

BACKBONE = Path(__file__).resolve().parents[2] / "public" / "backbones" / "efficientnet-lite0"
MODES = ("bn-trained", "bn-frozen", "backbone-frozen")
CLASSES = 4


def with_head(name, layers, backbone_end):
    builder = TopologyBuilder(name, None, None, 3)
    builder.layers = list(layers)
    builder.last = backbone_end
    builder.head(CLASSES)
    return Network(builder.topology(), backbone_end)


def efficientnet_lite0(folder):
    topology, weights = read_model(folder)
    layers = (topology.get("model_config") or topology)["config"]["layers"]
    network = with_head("efficientnet-lite0", layers, layers[-1]["config"]["name"])
    load_weights(network, weights)
    return network


def mobilenet_v1_quarter():
    """MobileNetV1 at width 0.25 (Howard et al. 2017, table 1), random weights, as fast as any."""
    net = TopologyBuilder("mobilenet-v1-0.25", None, None, 3)

    def norm_relu(name):
        net.batch_norm(f"{name}_bn", momentum=0.99, epsilon=1e-3)
        return net.relu(f"{name}_relu", max_value=6.0)

    net.conv("conv1", 8, kernel=3, stride=2)
    norm_relu("conv1")
    blocks = [
        (64, 1),
        (128, 2),
        (128, 1),
        (256, 2),
        (256, 1),
        (512, 2),
        *[(512, 1)] * 5,
        (1024, 2),
        (1024, 1),
    ]
    for number, (filters, stride) in enumerate(blocks, start=1):
        net.depthwise(f"dw{number}", kernel=3, stride=stride)
        norm_relu(f"dw{number}")
        net.conv(f"pw{number}", filters // 4, kernel=1)
        last = norm_relu(f"pw{number}")
    return with_head("mobilenet-v1-0.25", net.layers, last)


def make_network(name, backbone_folder):
    if name == "efficientnet-lite0":
        return efficientnet_lite0(backbone_folder)
    if name == "mobilenet-v1-0.25":
        return mobilenet_v1_quarter()
    raise SystemExit(f"Unknown network {name!r}: use efficientnet-lite0 or mobilenet-v1-0.25.")


def set_mode(network, mode):
    network.train()
    if mode == "backbone-frozen":
        network.backbone.eval().requires_grad_(False)
    elif mode == "bn-frozen":
        for module in network.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval().requires_grad_(False)


class Case:
    """One network in one mode, layout and number of threads, ready to be timed step by step."""

    def __init__(self, spec, mode, threads, layout, device, backbone_folder):
        self.network_name, sizes = spec.split("@")
        self.size, self.batch_size = (int(part) for part in sizes.split("x"))
        self.mode, self.threads, self.layout, self.device = mode, threads, layout, device
        memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
        self.network = make_network(self.network_name, backbone_folder)
        set_mode(self.network, mode)
        self.network.to(device, memory_format=memory_format)
        generator = torch.Generator().manual_seed(0)
        pictures = torch.randn(self.batch_size, 3, self.size, self.size, generator=generator)
        self.pictures = pictures.to(device, memory_format=memory_format)
        self.labels = (torch.arange(self.batch_size) % CLASSES).to(device)
        self.optimizer = torch.optim.Adam([p for p in self.network.parameters() if p.requires_grad], lr=1e-3)
        self.first_ms, self.times_ms = None, []

    def step(self):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.network(self.pictures), self.labels)
        loss.backward()
        self.optimizer.step()

    def timed_step(self):
        torch.set_num_threads(self.threads)
        self.wait()
        start = time.perf_counter()
        self.step()
        self.wait()
        ms = (time.perf_counter() - start) * 1000
        if self.first_ms is None:
            self.first_ms = ms
        return ms

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def result(self):
        return {
            "network": self.network_name,
            "size": self.size,
            "batchSize": self.batch_size,
            "mode": self.mode,
            "threads": self.threads,
            "layout": self.layout,
            "medianMs": round(statistics.median(self.times_ms), 3),
            "minMs": round(min(self.times_ms), 3),
            "maxMs": round(max(self.times_ms), 3),
            "firstMs": round(self.first_ms, 3),
            "steps": len(self.times_ms),
        }


def processor_name():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    networks = ["efficientnet-lite0@96x16", "mobilenet-v1-0.25@96x8"]
    layouts = ["default", "channels_last"]
    parser.add_argument("--networks", nargs="+", default=networks, metavar="NAME@SIZExBATCH")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--layouts", nargs="+", choices=layouts, default=layouts)
    parser.add_argument("--rounds", type=int, default=7, help="timed steps of every case")
    parser.add_argument("--warm-up", type=int, default=2, help="untimed steps of every case")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument(
        "--backbone", type=Path, default=BACKBONE, help="folder of EfficientNet-Lite0's model.json"
    )
    arguments = parser.parse_args()
    if arguments.rounds < 1 or min(arguments.threads) < 1:
        parser.error("--rounds and --threads must be at least 1.")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA device here: leave --device out.")

    cases = [
        Case(spec, mode, threads, layout, arguments.device, arguments.backbone)
        for spec in arguments.networks
        for mode in arguments.modes
        for threads in arguments.threads
        for layout in arguments.layouts
    ]
    for case in cases:
        for _ in range(arguments.warm_up):
            case.timed_step()
    for number in range(arguments.rounds):
        for case in cases:
            case.times_ms.append(case.timed_step())
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr, flush=True)
    report = {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if arguments.device == "cuda" else processor_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "optimizer": "adam",
        "results": [case.result() for case in cases],
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
