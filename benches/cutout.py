"""What Cut out selects, beside OpenCV's GrabCut (Rother et al. 2004).

    python benches/cutout.py NAOBU PAIRS

NAOBU is the command (cargo build --release), PAIRS a folder with images/NAME.jpg and
masks/NAME.png. Needs numpy, pillow and opencv-python-headless.

GrabCut gets the box around the true thing and five rounds, naobu one click on the place that lies
deepest in it, and no click. The mean overlap (IoU) with the truth, and the seconds a photo; those
of naobu contain starting, reading the weights, reading and writing.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import cv2
import numpy as np
from PIL import Image


def pairs(folder):
    for image in sorted((folder / "images").iterdir()):
        mask = folder / "masks" / (image.stem + ".png")
        if mask.is_file():
            photo = np.asarray(Image.open(image).convert("RGB"))
            yield image, photo, np.asarray(Image.open(mask).convert("L"))


def cut(naobu, image, *options):
    """The alpha that naobu gives, and the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out.png"
        began = time.perf_counter()
        done = subprocess.run(
            [naobu, "cutout", image, out, *options], stdout=subprocess.DEVNULL, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            return None, seconds
        return np.asarray(Image.open(out).convert("RGBA"))[..., 3], seconds


def overlap(found, truth):
    return (found & truth).sum() / max((found | truth).sum(), 1)


def select(naobu, folder):
    rows = []
    for image, photo, truth in pairs(folder):
        truth = truth >= 128
        depth = cv2.distanceTransform(np.pad(truth, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
        y, x = np.unravel_index(depth.argmax(), depth.shape)
        none, none_s = cut(naobu, image)
        one, one_s = cut(naobu, image, "--point", f"{x},{y}")
        ys, xs = np.nonzero(truth)
        box = (xs.min(), ys.min(), xs.max() - xs.min() + 1, ys.max() - ys.min() + 1)
        mask = np.zeros(truth.shape, np.uint8)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(1)
        began = time.perf_counter()
        if box[2:] == truth.shape[::-1]:
            mask[:] = cv2.GC_PR_FGD  # It needs something outside of the box.
        else:
            cv2.grabCut(photo[..., ::-1].copy(), mask, box, *models, 5, cv2.GC_INIT_WITH_RECT)
        grab_s = time.perf_counter() - began
        grab = (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)
        found = [np.zeros_like(truth) if a is None else a >= 128 for a in (none, one)]
        overlaps = [overlap(each, truth) for each in (*found, grab)]
        rows.append(overlaps + [none_s, one_s, grab_s])
    mean = np.mean(rows, axis=0)
    print(f"{len(rows)} photos; mean overlap with the truth, seconds")
    for i, name in enumerate(["naobu, no click", "naobu, one click", "GrabCut, box"]):
        print(f"{name:<18}{mean[i]:.3f}{mean[i + 3]:8.2f}")


if __name__ == "__main__":
    select(sys.argv[1], pathlib.Path(sys.argv[2]))
