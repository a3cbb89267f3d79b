"""Cut the surroundings of a face to a small square, as the networks against print and replay want them."""

import cv2
import numpy as np

from kiosk.frame import Pixels

Box = tuple[float, float, float, float]


def around_face(frame: Pixels, box: Box, times: float, side_px: int, *, smooth: bool = True) -> Pixels:
    """Return what lies within `times` the box around its centre as a square of side_px, BGR.

    box: (x0, y0, x1, y1) pixels. Where the frame ends first, less is taken, and the cut is moved inside the frame, so that no invented
    border is seen. Width and height are scaled each for itself. smooth: average the pixels that become one; MiniFASNet was taught without.
    """
    height, width = frame.shape[:2]
    box_width, box_height = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
    times = min((width - 1) / box_width, (height - 1) / box_height, times)
    cut_width, cut_height = box_width * times, box_height * times
    left = min(max((box[0] + box[2] - cut_width) / 2, 0.0), width - 1 - cut_width)
    top = min(max((box[1] + box[3] - cut_height) / 2, 0.0), height - 1 - cut_height)
    part = frame[int(top) : int(top + cut_height) + 1, int(left) : int(left + cut_width) + 1]
    way = cv2.INTER_AREA if smooth and min(part.shape[:2]) > side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (side_px, side_px), interpolation=way), np.uint8)
