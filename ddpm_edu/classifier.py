"""Who looks at the samples: a small classifier that turns an image into a few features.

The features are the output of its last layer but one. For photographs that layer is Inception's,
which gave the Frechet distance the name FID; for digits a network of two convolutions is enough.
tools/make_classifier.py trained what is shipped.
"""

import json
import math

from jaxtyping import Float
from torch import Tensor, nn

from ddpm_edu.pretrained import read_safetensors, shipped


class Classifier(nn.Module):
    """Name the class of an image, from its `features`.

    Args:
        image_shape: (C, H, W) of the data.
        channels: of the two convolutions, each of which halves the side.
        num_features: length of what `features` returns.
        num_classes: number of logits.

    >>> import torch
    >>> Classifier().features(torch.zeros(5, 1, 28, 28)).shape
    torch.Size([5, 32])
    """

    card: dict  # how it was made; set by `load_classifier`

    def __init__(self, image_shape=(1, 28, 28), channels=(16, 32), num_features=32, num_classes=10):
        super().__init__()
        self.config = {
            "image_shape": image_shape,
            "channels": channels,
            "num_features": num_features,
            "num_classes": num_classes,
        }
        (colours, *sides), (wide, narrow) = image_shape, channels
        positions = math.prod(side // 4 for side in sides)  # pooling halves each side twice
        self.features = nn.Sequential(
            *(nn.Conv2d(colours, wide, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(wide, narrow, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(positions * narrow, num_features)),
        )
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(num_features, num_classes))

    def forward(self, images: Float[Tensor, " n c h w"]) -> Float[Tensor, " n classes"]:
        return self.head(self.features(images))


def load_classifier(name: str, device: str = "cpu") -> Classifier:
    """Load the classifier shipped for a data set: a fixed measure, which is not trained any more.

    Args:
        name: mnist5k.
        device: where it goes.
    Returns:
        The Classifier in eval mode: classifier(images) returns logits, classifier.features(images)
        what lies before them, both without gradients of its weights; classifier.card says how it
        was made.
    Raises:
        ValueError: an unknown name, or a damaged file.

    >>> load_classifier("mnist5k").card["accuracy"] >= 0.975
    True
    """
    tensors, notes = read_safetensors(shipped(name, "classifier"))
    classifier = Classifier(**json.loads(notes["architecture"]))
    classifier.load_state_dict(tensors)
    classifier.card = json.loads(notes["card"])
    return classifier.to(device).requires_grad_(False).eval()


def load_guided_features(name: str) -> dict[float, Tensor]:
    """Load the features of samples that were drawn with guidance (tools/make_guided.py).

    Args:
        name: mnist5k.
    Returns:
        guidance w -> (N, 32) features of digits 0, 1, ..., 9, 0, ..., all from the same noise.
    Raises:
        ValueError: an unknown name, or a damaged file.

    >>> {w: tuple(features.shape) for w, features in load_guided_features("mnist5k").items()}
    {0.0: (300, 32), 0.5: (300, 32), 1.0: (300, 32), 2.0: (300, 32)}
    """
    tensors, _ = read_safetensors(shipped(name, "guided"))
    return {float(w): tensors[w].float() for w in sorted(tensors, key=float)}
