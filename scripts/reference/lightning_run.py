"""One run of PyTorch Lightning's BackboneFinetuning on a reference network, as a record."""

import logging
import warnings
from dataclasses import dataclass

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import BackboneFinetuning, Callback
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader, TensorDataset

from tfjs_network import Network, load_weights, weights_in_tfjs_layout

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
for quiet in (
    ".*does not have many workers.*",
    ".*is smaller than the logging interval.*",
    ".*already exist within.*",
):
    warnings.filterwarnings("ignore", quiet)


@dataclass(frozen=True)
class Problem:
    """A network with its initial weights (TensorFlow.js layout) and its pictures (NHWC, float32)."""

    topology: dict
    weights: dict
    backbone_end: str
    train: tuple
    validation: tuple


class ExplicitBatchNormFinetuning(BackboneFinetuning):
    """BackboneFinetuning with the two options of Lightning's issue 21531.

    A BatchNorm that is not trained is frozen for good: no gradient, running statistics, nothing moves.
    """

    def __init__(self, train_bn_frozen_phase, train_bn_unfrozen_phase, **options):
        super().__init__(train_bn=train_bn_unfrozen_phase, **options)
        self.train_bn_frozen_phase = train_bn_frozen_phase
        self.train_bn_unfrozen_phase = train_bn_unfrozen_phase

    def freeze_before_training(self, pl_module):
        self.freeze(pl_module.backbone, train_bn=self.train_bn_frozen_phase)

    def on_train_epoch_start(self, trainer, pl_module):
        super().on_train_epoch_start(trainer, pl_module)
        frozen_phase = trainer.current_epoch < self.unfreeze_backbone_at_epoch
        trained = self.train_bn_frozen_phase if frozen_phase else self.train_bn_unfrozen_phase
        for module in pl_module.backbone.modules():
            if isinstance(module, _BatchNorm):
                module.train(trained)
                module.requires_grad_(trained)


class ReferenceModule(pl.LightningModule):
    def __init__(self, problem, config):
        super().__init__()
        network = Network(problem.topology, problem.backbone_end)
        load_weights(network, problem.weights)
        self.backbone, self.head = network.backbone, network.head
        self.config = config

    def forward(self, pictures):
        return self.head(self.backbone(pictures))

    def training_step(self, batch, _):
        pictures, labels = batch
        return F.cross_entropy(self(pictures), labels)

    def validation_step(self, batch, _):
        pictures, labels = batch
        logits = self(pictures)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("val_loss", F.cross_entropy(logits, labels), batch_size=len(labels))
        self.log("val_accuracy", accuracy, batch_size=len(labels))

    def configure_optimizers(self):
        # As Lightning's documentation and its warning on duplicate parameters ask for it.
        optimizer = make_optimizer([p for p in self.parameters() if p.requires_grad], self.config)
        scheduler = make_scheduler(optimizer, self.config)
        return optimizer if scheduler is None else ([optimizer], [scheduler])


def make_optimizer(parameters, config):
    """PyTorch's defaults where the config says nothing."""
    options = {"lr": config["learningRate"]}
    for ours, theirs in (("weightDecay", "weight_decay"), ("betas", "betas"), ("epsilon", "eps")):
        if ours in config:
            options[theirs] = config[ours]
    kind = config["optimizer"]
    if kind == "momentum":
        return torch.optim.SGD(parameters, momentum=config.get("momentum", 0.9), **options)
    return {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](
        parameters, **options
    )


def make_scheduler(optimizer, config):
    schedule = config.get("lrSchedule", {"kind": "constant"})
    if schedule["kind"] == "constant":
        return None
    if schedule["kind"] == "step":
        return torch.optim.lr_scheduler.StepLR(optimizer, schedule["stepSize"], schedule["gamma"])
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config["epochs"], schedule.get("minLr", 0))


def make_callback(config, lambda_values):
    options = {"unfreeze_backbone_at_epoch": config["unfreezeBackboneAtEpoch"]}
    for ours, theirs in (
        ("backboneInitialRatioLr", "backbone_initial_ratio_lr"),
        ("backboneInitialLr", "backbone_initial_lr"),
        ("shouldAlign", "should_align"),
        ("initialDenomLr", "initial_denom_lr"),
    ):
        if ours in config:
            options[theirs] = config[ours]
    if lambda_values:
        options["lambda_func"] = lambda epoch: lambda_values[str(epoch)]
    elif "multiplier" in config:
        options["lambda_func"] = lambda _: config["multiplier"]
    if config.get("preset") == "lightning-2.6":
        return BackboneFinetuning(train_bn=config["trainBnUnfrozenPhase"], **options)
    return ExplicitBatchNormFinetuning(
        config["trainBnFrozenPhase"], config["trainBnUnfrozenPhase"], **options
    )


class Recorder(Callback):
    """Placed after the finetuning callback, so that it reads the rates the epoch is trained with."""

    def __init__(self, weight_epochs):
        self.weight_epochs = weight_epochs
        self.steps, self.epochs, self.weights = [], [], {}

    def on_train_epoch_start(self, trainer, pl_module):
        groups = trainer.optimizers[0].param_groups
        backbone_lr = groups[-1]["lr"] if len(groups) > 1 else None
        self.epochs.append(
            {"epoch": trainer.current_epoch, "headLr": groups[0]["lr"], "backboneLr": backbone_lr}
        )

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.steps.append(float(outputs["loss"]))

    def on_train_epoch_end(self, trainer, pl_module):
        metrics = trainer.callback_metrics
        self.epochs[-1]["valLoss"] = float(metrics["val_loss"])
        self.epochs[-1]["valAccuracy"] = float(metrics["val_accuracy"])
        if trainer.current_epoch in self.weight_epochs:
            self.weights[trainer.current_epoch] = weights_in_tfjs_layout(pl_module)


def loader(pictures_and_labels, batch_size, dtype):
    pictures, labels = pictures_and_labels
    nchw = torch.as_tensor(pictures).to(dtype).permute(0, 3, 1, 2).contiguous()
    return DataLoader(TensorDataset(nchw, torch.tensor(labels)), batch_size=batch_size, shuffle=False)


def train(problem, config, lambda_values=None, dtype=torch.float64):
    """@returns the Recorder of the run: losses, epochs, weights after the last frozen and the last epoch."""
    last_frozen = config["unfreezeBackboneAtEpoch"] - 1
    recorder = Recorder({last_frozen, config["epochs"] - 1})
    module = ReferenceModule(problem, config)
    trainer = pl.Trainer(
        accelerator="cpu",
        devices=1,
        precision={torch.float64: "64-true", torch.float32: "32-true"}[dtype],
        max_epochs=config["epochs"],
        num_sanity_val_steps=0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[make_callback(config, lambda_values), recorder],
    )
    trainer.fit(
        module,
        loader(problem.train, config["batchSize"], dtype),
        loader(problem.validation, config["batchSize"], dtype),
    )
    return recorder
