"""Writes the topology of TensorFlow.js layers models, layer by layer."""


class TopologyBuilder:
    """Each method adds a layer after the last one (or after `after`) and returns its name."""

    def __init__(self, name, height, width, channels):
        self.name = name
        self.layers = []
        self.last = None
        shape = [None, height, width, channels]
        self._append("InputLayer", "input", {"batch_input_shape": shape, "sparse": False}, [])

    def _append(self, class_name, name, options, inputs):
        config = {"name": name, "dtype": "float32", **options}
        if class_name != "InputLayer":
            config["trainable"] = True
        inbound = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
        self.layers.append(
            {"class_name": class_name, "name": name, "config": config, "inbound_nodes": inbound}
        )
        self.last = name
        return name

    def _convolution(self, class_name, name, kernel, stride, padding, use_bias, extra):
        options = {
            "kernel_size": [kernel, kernel],
            "strides": [stride, stride],
            "padding": padding,
            "data_format": "channels_last",
            "dilation_rate": [1, 1],
            "activation": "linear",
            "use_bias": use_bias,
            **extra,
        }
        return self._append(class_name, name, options, [self.last])

    def conv(self, name, filters, kernel, stride=1, padding="same", use_bias=False):
        return self._convolution("Conv2D", name, kernel, stride, padding, use_bias, {"filters": filters})

    def depthwise(self, name, kernel, stride=1, padding="same"):
        extra = {"depth_multiplier": 1}
        return self._convolution("DepthwiseConv2D", name, kernel, stride, padding, False, extra)

    def batch_norm(self, name, momentum, epsilon):
        options = {"axis": -1, "momentum": momentum, "epsilon": epsilon, "center": True, "scale": True}
        return self._append("BatchNormalization", name, options, [self.last])

    def relu(self, name, max_value=None):
        return self._append("ReLU", name, {"max_value": max_value}, [self.last])

    def zero_padding(self, name, around):
        options = {"padding": [[around, around], [around, around]], "data_format": "channels_last"}
        return self._append("ZeroPadding2D", name, options, [self.last])

    def add(self, name, other):
        return self._append("Add", name, {}, [other, self.last])

    def head(self, classes):
        self._append("GlobalAveragePooling2D", "pool", {"data_format": "channels_last"}, [self.last])
        options = {"units": classes, "activation": "linear", "use_bias": True}
        return self._append("Dense", "logits", options, [self.last])

    def topology(self):
        config = {
            "name": self.name,
            "layers": self.layers,
            "input_layers": [["input", 0, 0]],
            "output_layers": [[self.last, 0, 0]],
        }
        return {"class_name": "Model", "config": config}
