"""A run of three phases by the real finetuning-scheduler package, block by block, on the network `tiny`.

    python scripts/reference/make_fts_run.py            # writes fixtures/lightning-fts/three-phases.json
    python scripts/reference/make_fts_run.py --check    # compares with what is there

What the package does with a frozen BatchNorm (frozen, batch statistics, statistics updated) is recorded
from the modules themselves.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import lightning.pytorch as pl
import torch
import yaml
from finetuning_scheduler import FinetuningScheduler, FTSCheckpoint
from torch import nn

from lightning_run import Recorder, ReferenceModule, loader
from make_lightning_runs import (
    FIXTURES,
    LOSS_TOLERANCE,
    WEIGHT_TOLERANCE,
    loss_distance,
    read_problem,
    significant,
    weights_distance,
)
from tfjs_network import named_parameters

PATH = FIXTURES / "lightning-fts" / "three-phases.json"
CONFIG = {"epochs": 6, "batchSize": 8, "shuffle": False, "seed": 0, "optimizer": "adam", "learningRate": 0.01}
# Phase p + 1 starts at the epoch that phase p names as `max_transition_epoch`.
SCHEDULE = {
    0: {"params": ["head.logits.*"], "max_transition_epoch": 2},
    1: {"params": ["backbone.(conv3|bn3).*"], "lr": 0.004, "max_transition_epoch": 4},
    2: {"params": ["backbone.(conv1|bn1|dw2|bn2).*"], "lr": 0.001, "max_transition_epoch": 6},
}
WEIGHT_EPOCHS = (1, 3, 5)


class PhaseRecorder(Recorder):
    """Records every group's rate and what each BatchNorm does, as its module says."""

    def on_train_epoch_start(self, trainer, pl_module):
        names = {parameter: name for name, parameter in named_parameters(pl_module).items()}
        groups = trainer.optimizers[0].param_groups
        self.epochs.append(
            {
                "epoch": trainer.current_epoch,
                "groups": [{"lr": g["lr"], "parameters": [names[p] for p in g["params"]]} for g in groups],
                "batchNorm": {
                    name: {
                        "affine": "trained" if module.weight.requires_grad else "frozen",
                        "normaliser": "batch" if module.training else "running",
                        "statistics": "updated" if module.training and module.track_running_stats else "held",
                    }
                    for name, module in pl_module.backbone.named_modules()
                    if isinstance(module, nn.BatchNorm2d)
                },
            }
        )


def train(problem, dtype):
    recorder = PhaseRecorder(WEIGHT_EPOCHS)
    with tempfile.TemporaryDirectory() as folder:
        schedule = Path(folder) / "schedule.yaml"
        schedule.write_text(yaml.safe_dump(SCHEDULE))
        trainer = pl.Trainer(
            accelerator="cpu",
            devices=1,
            precision={torch.float64: "64-true", torch.float32: "32-true"}[dtype],
            max_epochs=CONFIG["epochs"],
            num_sanity_val_steps=0,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=folder,
            callbacks=[
                # restore_best would put the best checkpoint back at each transition.
                FinetuningScheduler(
                    ft_schedule=str(schedule), epoch_transitions_only=True, restore_best=False
                ),
                FTSCheckpoint(dirpath=folder, monitor="val_loss", save_top_k=1),
                recorder,
            ],
        )
        batches = [
            loader(pictures, CONFIG["batchSize"], dtype) for pictures in (problem.train, problem.validation)
        ]
        trainer.fit(ReferenceModule(problem, CONFIG), *batches)
    return recorder


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    problem = read_problem(FIXTURES / "lightning-tiny")
    exact = train(problem, torch.float64)
    if arguments.check:
        recorded = json.loads(PATH.read_text())
        loss = loss_distance(exact.steps, recorded["steps"])
        expected = {int(epoch): weights for epoch, weights in recorded["weightsAfterEpoch"].items()}
        weights = weights_distance(exact.weights, expected)
        same_phases = all(
            new["groups"] == old["groups"] and new["batchNorm"] == old["batchNorm"]
            for new, old in zip(exact.epochs, recorded["epochs"], strict=True)
        )
        print(f"loss {loss:.1e}, weights {weights:.1e}, phases {'equal' if same_phases else 'DIFFER'}")
        sys.exit(not (same_phases and loss <= LOSS_TOLERANCE and weights <= WEIGHT_TOLERANCE))
    single = train(problem, torch.float32)
    run = {
        "name": "three-phases",
        "network": "lightning-tiny",
        "config": CONFIG,
        "ftSchedule": SCHEDULE,
        "steps": exact.steps,
        "epochs": exact.epochs,
        "weightsAfterEpoch": {
            str(epoch): {name: [significant(v) for v in w.flatten().tolist()] for name, w in weights.items()}
            for epoch, weights in exact.weights.items()
        },
        "float32Drift": {
            "loss": loss_distance(single.steps, exact.steps),
            "weights": weights_distance(single.weights, exact.weights),
        },
    }
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps(run, separators=(",", ":")) + "\n")
    print(f"{PATH.name}: float32 drift {run['float32Drift']}")


if __name__ == "__main__":
    main()
