"""The models: rows of one table. To add one, add a row; the tests take their cases from the table."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidecar.images.fitting import crop_bicubic, squash_nearest
from sidecar.models import efficientnet_lite, keras_applications
from sidecar.models.model import Model
from sidecar.models.preprocessing import (
    Scale,
    caffe,
    lite,
    minus_one_to_one,
    standardized,
    unscaled,
)
from sidecar.synsets.index import synset_index
from sidecar.synsets.vocabulary import Vocabulary

__all__ = ["MODELS", "Model", "TableModel"]

# the networks below run on TensorFlow, whatever Keras's own configuration says; set before its first import
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@dataclass(frozen=True, slots=True)
class TableModel(Model):
    """A classifier over the 1000 classes of ImageNet: a row of the table.

    `weights` is where its weights file is (or will be, once downloaded), `build` makes the `keras.Model` of it.
    """

    weights: Callable[[], Path]
    build: Callable[[Path], Any]

    @property
    def vocabulary(self) -> Vocabulary:
        """ImageNet's."""
        return synset_index()


def _efficientnet_lite(number: int, size: int, width: float, depth: float) -> TableModel:
    return TableModel(
        f"efficientnet_lite{number}",
        revision="1",
        size=size,
        fit=crop_bicubic,
        scale=lite,
        weights=lambda: efficientnet_lite.packaged_weights(number),
        build=efficientnet_lite.builder(number, size, width, depth),
    )


# number, input side, and how much wider and deeper than Lite0
_EFFICIENTNETS_LITE = ((0, 224, 1.0, 1.0), (1, 240, 1.0, 1.1), (2, 260, 1.1, 1.2))


def _keras_application(name: str, constructor: str, size: int, scale: Scale, weights_file: str) -> TableModel:
    return TableModel(
        name,
        revision="1",
        size=size,
        fit=squash_nearest,
        scale=scale,
        weights=lambda: keras_applications.downloaded_weights(weights_file),
        build=keras_applications.builder(constructor, size, weights_file),
    )


# name, constructor in keras.applications, input side, scaling, file of its ImageNet weights
_KERAS_APPLICATIONS = (
    ("vgg16", "VGG16", 224, caffe, "vgg16_weights_tf_dim_ordering_tf_kernels.h5"),
    ("vgg19", "VGG19", 224, caffe, "vgg19_weights_tf_dim_ordering_tf_kernels.h5"),
    ("convnext_tiny", "ConvNeXtTiny", 224, unscaled, "convnext_tiny.h5"),
    ("convnext_small", "ConvNeXtSmall", 224, unscaled, "convnext_small.h5"),
    ("convnext_base", "ConvNeXtBase", 224, unscaled, "convnext_base.h5"),
    ("convnext_large", "ConvNeXtLarge", 224, unscaled, "convnext_large.h5"),
    ("convnext_xlarge", "ConvNeXtXLarge", 224, unscaled, "convnext_xlarge.h5"),
    ("densenet121", "DenseNet121", 224, standardized, "densenet121_weights_tf_dim_ordering_tf_kernels.h5"),
    ("densenet169", "DenseNet169", 224, standardized, "densenet169_weights_tf_dim_ordering_tf_kernels.h5"),
    ("densenet201", "DenseNet201", 224, standardized, "densenet201_weights_tf_dim_ordering_tf_kernels.h5"),
    ("efficientnetb0", "EfficientNetB0", 224, unscaled, "efficientnetb0.h5"),
    ("efficientnetb1", "EfficientNetB1", 240, unscaled, "efficientnetb1.h5"),
    ("efficientnetb2", "EfficientNetB2", 260, unscaled, "efficientnetb2.h5"),
    ("efficientnetb3", "EfficientNetB3", 300, unscaled, "efficientnetb3.h5"),
    ("efficientnetb4", "EfficientNetB4", 380, unscaled, "efficientnetb4.h5"),
    ("efficientnetb5", "EfficientNetB5", 456, unscaled, "efficientnetb5.h5"),
    ("efficientnetb6", "EfficientNetB6", 528, unscaled, "efficientnetb6.h5"),
    ("efficientnetb7", "EfficientNetB7", 600, unscaled, "efficientnetb7.h5"),
    ("efficientnetv2b0", "EfficientNetV2B0", 224, unscaled, "efficientnetv2-b0.h5"),
    ("efficientnetv2b1", "EfficientNetV2B1", 240, unscaled, "efficientnetv2-b1.h5"),
    ("efficientnetv2b2", "EfficientNetV2B2", 260, unscaled, "efficientnetv2-b2.h5"),
    ("efficientnetv2b3", "EfficientNetV2B3", 300, unscaled, "efficientnetv2-b3.h5"),
    ("efficientnetv2s", "EfficientNetV2S", 384, unscaled, "efficientnetv2-s.h5"),
    ("efficientnetv2m", "EfficientNetV2M", 480, unscaled, "efficientnetv2-m.h5"),
    ("efficientnetv2l", "EfficientNetV2L", 480, unscaled, "efficientnetv2-l.h5"),
    (
        "inception_resnet_v2",
        "InceptionResNetV2",
        299,
        minus_one_to_one,
        "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5",
    ),
    (
        "inception_v3",
        "InceptionV3",
        299,
        minus_one_to_one,
        "inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
    ),
    ("mobilenet", "MobileNet", 224, minus_one_to_one, "mobilenet_1_0_224_tf.h5"),
    (
        "mobilenet_v2",
        "MobileNetV2",
        224,
        minus_one_to_one,
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
    ),
    ("mobilenet_v3_large", "MobileNetV3Large", 224, unscaled, "weights_mobilenet_v3_large_224_1.0_float.h5"),
    ("mobilenet_v3_small", "MobileNetV3Small", 224, unscaled, "weights_mobilenet_v3_small_224_1.0_float.h5"),
    ("nasnet_large", "NASNetLarge", 331, minus_one_to_one, "nasnet_large.h5"),
    ("nasnet_mobile", "NASNetMobile", 224, minus_one_to_one, "nasnet_mobile.h5"),
    ("resnet50", "ResNet50", 224, caffe, "resnet50_weights_tf_dim_ordering_tf_kernels.h5"),
    ("resnet101", "ResNet101", 224, caffe, "resnet101_weights_tf_dim_ordering_tf_kernels.h5"),
    ("resnet152", "ResNet152", 224, caffe, "resnet152_weights_tf_dim_ordering_tf_kernels.h5"),
    ("resnet50v2", "ResNet50V2", 224, minus_one_to_one, "resnet50v2_weights_tf_dim_ordering_tf_kernels.h5"),
    ("resnet101v2", "ResNet101V2", 224, minus_one_to_one, "resnet101v2_weights_tf_dim_ordering_tf_kernels.h5"),
    ("resnet152v2", "ResNet152V2", 224, minus_one_to_one, "resnet152v2_weights_tf_dim_ordering_tf_kernels.h5"),
    ("xception", "Xception", 299, minus_one_to_one, "xception_weights_tf_dim_ordering_tf_kernels.h5"),
)

MODELS: dict[str, TableModel] = {
    model.name: model
    for model in (
        *(_efficientnet_lite(*row) for row in _EFFICIENTNETS_LITE),
        *(_keras_application(*row) for row in _KERAS_APPLICATIONS),
    )
}
