"""What the runs of `resnetlike` are: name → config, in the names of `thaw.train`."""

COMBINATIONS = {"TT": (True, True), "TF": (True, False), "FF": (False, False), "FT": (False, True)}
OPTIMIZERS = {
    "sgd": {"optimizer": "sgd", "learningRate": 0.1},
    "momentum": {"optimizer": "momentum", "learningRate": 0.03},
    "adam": {"optimizer": "adam", "learningRate": 0.01},
    "adamw": {"optimizer": "adamw", "learningRate": 0.01},
}
COMMON = {"epochs": 4, "unfreezeBackboneAtEpoch": 2, "batchSize": 8, "shuffle": False, "seed": 0}


def combined(optimizer, combination, **more):
    frozen, unfrozen = COMBINATIONS[combination]
    phases = {"trainBnFrozenPhase": frozen, "trainBnUnfrozenPhase": unfrozen}
    return {**COMMON, **OPTIMIZERS[optimizer], **phases, **more}


def configs():
    runs = {f"{o}-{c}": combined(o, c) for o in OPTIMIZERS for c in COMBINATIONS}
    for optimizer in ("momentum", "adamw"):
        for train_bn in "TF":
            config = combined(optimizer, f"T{train_bn}", preset="lightning-2.6")
            runs[f"{optimizer}-lightning-{train_bn}"] = config

    step = {"kind": "step", "stepSize": 1, "gamma": 0.7}
    cosine = {"kind": "cosine"}
    floor = {"kind": "cosine", "minLr": 0.002}
    runs |= {
        # The cosine bends the head's rate; the backbone's is capped by it from epoch 4 on.
        "cosine-momentum-FT": combined("momentum", "FT", epochs=7, lrSchedule=cosine, multiplier=4),
        # Not aligned: the backbone's rate passes the head's, whatever the schedule does.
        "cosine-floor-adam-TT": combined(
            "adam",
            "TT",
            epochs=6,
            lrSchedule=floor,
            shouldAlign=False,
            multiplier=3,
            backboneInitialRatioLr=0.5,
        ),
        "cosine-lightning-F": combined("sgd", "TF", epochs=6, lrSchedule=cosine, preset="lightning-2.6"),
        "step-adamw-TF": combined(
            "adamw", "TF", epochs=6, lrSchedule=step, weightDecay=0.1, betas=[0.8, 0.95]
        ),
        "unfreeze-at-0-momentum-TF": combined(
            "momentum",
            "TF",
            epochs=3,
            unfreezeBackboneAtEpoch=0,
            momentum=0.5,
            weightDecay=0.02,
            lrSchedule=step,
        ),
        "unfreeze-at-0-adamw-FF": combined("adamw", "FF", epochs=3, unfreezeBackboneAtEpoch=0, epsilon=1e-4),
        # The rate set is above the head's: alignment is not looked at in the joining epoch.
        "initial-lr-adam-FF": combined(
            "adam", "FF", backboneInitialLr=0.015, multiplier=0.5, weightDecay=0.05
        ),
        "initial-lr-sgd-FT": combined(
            "sgd", "FT", backboneInitialLr=0.05, shouldAlign=False, weightDecay=0.01
        ),
        # A schedule of longer steps than one epoch, over a backbone that joined between two of them.
        "step2-adam-FT": combined(
            "adam",
            "FT",
            epochs=6,
            unfreezeBackboneAtEpoch=1,
            lrSchedule={"kind": "step", "stepSize": 2, "gamma": 0.5},
            multiplier=1.5,
            backboneInitialRatioLr=0.3,
            betas=[0.7, 0.9],
            epsilon=1e-5,
            weightDecay=0.02,
        ),
        "cosine-floor-sgd-TF": combined("sgd", "TF", epochs=5, lrSchedule=floor, weightDecay=0.03),
        "never-unfrozen-adam-TF": combined("adam", "TF", epochs=2, unfreezeBackboneAtEpoch=5),
        "lambda-momentum-TT": combined("momentum", "TT", epochs=6),
    }
    return runs


# `lambdaFunc` of a run as a table: the callback calls it with epoch + 1. JSON holds no functions.
LAMBDA_VALUES = {"lambda-momentum-TT": {"4": 0.5, "5": 3, "6": 1.25}}
