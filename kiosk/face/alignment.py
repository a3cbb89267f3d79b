"""Cut a face out level and in the place the face print expects it.

The print's network was trained on faces that dlib had brought into a fixed place by a turn, a scale and a shift. Where that
place is, is documented in dlib (`get_face_chip_details`: five points of a mean face, with a margin of a quarter on each side).
The template below was made for MediaPipe's mesh: the mean shape of 63 points around the eyes, on the nose and along the upper
lip, over 1,071 frontal faces of the LFW set, made symmetric and laid onto dlib's five points (both eyes' corners and the base of
the nose) in the least-squares sense. It is a mean over many people and shows nobody.
"""

import numpy as np

from kiosk.face.geometry import Landmarks, Matrix, cut_square, similarity_transform
from kiosk.frame import Pixels

# Mesh landmark: its place in the chip, as a share of the chip's side, x right and y down.
# fmt: off
_TEMPLATE = {
    0: (0.4940, 0.6568), 1: (0.4940, 0.5439), 2: (0.4940, 0.5771), 4: (0.4940, 0.5059), 5: (0.4940, 0.4561),
    6: (0.4940, 0.3353), 7: (0.2549, 0.3205), 19: (0.4940, 0.5630), 33: (0.2415, 0.3122), 37: (0.4475, 0.6496),
    39: (0.4038, 0.6593), 40: (0.3751, 0.6708), 49: (0.3814, 0.5057), 61: (0.3418, 0.6947), 64: (0.3809, 0.5404),
    94: (0.4940, 0.5705), 97: (0.4474, 0.5742), 98: (0.3917, 0.5610), 129: (0.3713, 0.5220), 133: (0.3949, 0.3203),
    144: (0.2888, 0.3300), 145: (0.3174, 0.3314), 153: (0.3448, 0.3288), 154: (0.3704, 0.3242), 155: (0.3870, 0.3222),
    157: (0.3645, 0.2977), 158: (0.3355, 0.2893), 159: (0.3066, 0.2883), 160: (0.2782, 0.2935), 161: (0.2603, 0.3011),
    163: (0.2691, 0.3258), 168: (0.4940, 0.2925), 173: (0.3851, 0.3112), 185: (0.3544, 0.6820), 195: (0.4940, 0.4148),
    197: (0.4940, 0.3763), 246: (0.2498, 0.3072), 249: (0.7331, 0.3205), 263: (0.7464, 0.3122), 267: (0.5404, 0.6496),
    269: (0.5842, 0.6593), 270: (0.6129, 0.6708), 279: (0.6066, 0.5057), 291: (0.6462, 0.6947), 294: (0.6070, 0.5404),
    326: (0.5405, 0.5742), 327: (0.5963, 0.5610), 358: (0.6166, 0.5220), 362: (0.5931, 0.3203), 373: (0.6991, 0.3300),
    374: (0.6705, 0.3314), 380: (0.6432, 0.3288), 381: (0.6175, 0.3242), 382: (0.6010, 0.3222), 384: (0.6235, 0.2977),
    385: (0.6525, 0.2893), 386: (0.6814, 0.2883), 387: (0.7098, 0.2935), 388: (0.7276, 0.3011), 390: (0.7188, 0.3258),
    398: (0.6029, 0.3112), 409: (0.6335, 0.6820), 466: (0.7382, 0.3072),
}
# fmt: on
_INDICES = np.array(list(_TEMPLATE))
_PLACES = np.array(list(_TEMPLATE.values()))


def chip_transform(landmarks: Landmarks, side_px: int) -> Matrix:
    """Return the (2, 3) matrix that takes the picture's pixels to those of a chip of `side_px` pixels."""
    return similarity_transform(landmarks[_INDICES, :2], _PLACES * side_px)


def aligned_chip(image: Pixels, landmarks: Landmarks, side_px: int) -> Pixels:
    """Return the face as a (side_px, side_px, 3) picture, eyes level; black where the picture ends."""
    return cut_square(image, chip_transform(landmarks, side_px), side_px)


def mirrored(chip: Pixels) -> Pixels:
    """Return the chip as in a mirror. A face and its mirror image give two looks at one person."""
    return np.ascontiguousarray(chip[:, ::-1])
