"""Naobu's photo engine beside OpenCV: the same pictures and holes, one core each, taking turns.

    python -m venv .venv && .venv/bin/pip install opencv-contrib-python-headless
    .venv/bin/python benches/opencv.py

builds `benches/opencv.rs` (the first time that takes minutes), measures for some minutes more, and
prints a Markdown table. The pictures are www/samples/, painted by this project, enlarged.
`--megapixels 1` is quick, `--binary` takes a built `benches/opencv.rs` instead of cargo, `--keep`
a folder for all pictures, ours and OpenCV's.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import cv2
    import numpy as np
except ImportError:
    sys.exit("install first: pip install opencv-contrib-python-headless")

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
# Each operation is repeated for so long, as in benches/opencv.rs.
LEAST_SECONDS = 0.4


def build():
    """The path of the program made from benches/opencv.rs."""
    command = ["cargo", "bench", "--bench", "opencv", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    made = [json.loads(line) for line in lines.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in made if m.get("target", {}).get("name") == "opencv")


def picture(name, size):
    """A sample, enlarged, with the noise that a photo of that size would have."""
    image = cv2.imread(str(ROOT / "www" / "samples" / f"{name}.jpg"))
    image = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.int16)
    image += np.random.default_rng(1).integers(-4, 5, image.shape, dtype=np.int16)
    return np.clip(image, 0, 255).astype(np.uint8)


def holes(width, height):
    """Holes of a fifth of the picture, by name."""
    empty = np.zeros((height, width), np.uint8)
    ellipse = empty.copy()
    axes = (int(width * 0.2523), int(height * 0.2523))
    cv2.ellipse(ellipse, (width // 2, height // 2), axes, 0, 0, 360, 255, -1)
    rectangle = empty.copy()
    rectangle[int(height * 0.28) : int(height * 0.727), int(width * 0.28) : int(width * 0.727)] = 255
    frame = empty + 255
    margin = int(height * 0.0635)
    frame[margin:-margin, margin:-margin] = 0
    scratches = empty.copy()
    dice = np.random.default_rng(2)
    for _ in range(40):
        ends = dice.integers(0, [width, height], (2, 2)).tolist()
        cv2.line(scratches, ends[0], ends[1], 255, max(3, height // 250))
    return {"ellipse": ellipse, "rectangle": rectangle, "frame": frame, "scratches": scratches}


def eroded(hole):
    """The hole without its outermost pixels, which seamlessClone leaves to the target."""
    return cv2.erode(hole, np.ones((3, 3), np.uint8), borderValue=0)


def seamless_clone(source, target, hole, flags):
    x, y, w, h = cv2.boundingRect(hole[1:-1, 1:-1])
    centre = (x + 1 + w // 2, y + 1 + h // 2)
    # The copy: OpenCV inverts the mask that it is given.
    return cv2.seamlessClone(source, target, hole.copy(), centre, flags)


def shift_map(source, hole):
    """OpenCV's nearest to putting a hole together from pieces of the photo."""
    result = np.zeros_like(source)
    cv2.xphoto.inpaint(source, 255 - hole, result, cv2.xphoto.INPAINT_SHIFTMAP)
    return result


class Ours:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def __call__(self, operation, source, target, hole):
        paths = [self.folder / f"{name}.png" for name in ("source", "target", "hole", "result")]
        for path, image in zip(paths, (source, target, hole)):
            cv2.imwrite(str(path), image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        command = [self.binary, operation, *map(str, paths)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return cv2.imread(str(paths[3])), json.loads(answer)["millis"]


def compare(label, ours, theirs, inside, truth=None):
    """A row of the table: both take turns, the best of each counts, in time spent computing."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        if ours:
            result, millis = ours()
            best[0] = min(best[0], millis)
        if theirs:
            start, busy, count = time.perf_counter(), time.process_time(), 0
            while time.perf_counter() - start < LEAST_SECONDS:
                other, count = theirs(), count + 1
            best[1] = min(best[1], (time.process_time() - busy) * 1e3 / count)
    inside = inside > 0
    apart = lambda a, b: np.abs(a[inside].astype(float) - b[inside]).mean()
    cells = [*label]
    cells += [f"{millis:.0f}" if millis < 1e9 else "–" for millis in best]
    cells.append(f"{best[1] / best[0]:.1f}" if ours and theirs else "–")
    cells.append(f"{apart(result, other):.2f}" if ours and theirs else "–")
    near = truth is not None
    cells.append(" / ".join(f"{apart(each, truth):.1f}" for each in (result, other)) if near else "–")
    print(f"| {' | '.join(cells)} |", flush=True)
    return (result if ours else None), (other if theirs else None)


def measure(megapixels, ours, keep):
    height = int((megapixels * 1e6 / 1.5) ** 0.5)
    size = (height * 3 // 2, height)
    photo, painting = picture("street", size), picture("mountains", size)
    shapes = holes(*size)
    at = f"{megapixels:g} MP"

    def save(name, *images):
        if keep:
            for who, image in zip(("ours", "theirs"), images):
                if image is not None:
                    cv2.imwrite(str(keep / f"{name}-{megapixels:g}-{who}.png"), image)

    for name, radius in (("ellipse", 1), ("ellipse", 3), ("scratches", 3), ("scratches", 5)):
        hole = shapes[name]
        both = compare(
            (f"fast marching, radius {radius}", name, at),
            lambda: ours(f"telea-{radius}", photo, photo, hole),
            lambda: cv2.inpaint(photo, hole, radius, cv2.INPAINT_TELEA),
            hole,
            photo,
        )
        save(f"telea-{radius}-{name}", *both)

    for kind, flags in (("normal", cv2.NORMAL_CLONE), ("mixed", cv2.MIXED_CLONE)):
        for name in ("rectangle", "ellipse", "frame"):
            hole = shapes[name]
            clone = lambda: seamless_clone(painting, photo, hole, flags)
            both = compare(
                (f"Poisson, {kind}", name, at),
                lambda: ours(kind, painting, photo, eroded(hole)),
                clone,
                hole,
            )
            save(f"{kind}-{name}", *both)
        # The same equations as OpenCV's, to see that both solve them; posing them takes longest.
        hole = shapes["ellipse"]
        result, _ = ours(f"{kind}-posed", painting, photo, hole)
        inside = hole > 0
        apart = np.abs(result[inside].astype(float) - seamless_clone(painting, photo, hole, flags)[inside])
        label = f"Poisson, {kind}, as OpenCV poses it"
        print(f"| {label} | ellipse | {at} | – | – | – | {apart.mean():.2f} | – |", flush=True)

    # What a network might paint: the photo, blurred and in slightly wrong colours.
    hole = shapes["rectangle"]
    wrong = cv2.GaussianBlur(photo, (0, 0), height / 150).astype(np.int16) + (12, -9, 15)
    painted = np.clip(wrong, 0, 255).astype(np.uint8)

    def glcic():
        composite = np.where(hole[:, :, None] > 0, painted, photo)
        filled = cv2.inpaint(composite, hole, 1, cv2.INPAINT_TELEA)
        return seamless_clone(composite, filled, hole, cv2.NORMAL_CLONE)

    compare(
        ("fast marching, then Poisson", "rectangle", at),
        lambda: ours("compose", painted, photo, hole),
        glcic,
        hole,
    )
    if megapixels <= 1:
        hole = shapes["ellipse"]
        theirs = lambda: shift_map(photo, hole)
        save("shift-map", *compare(("shift-map", "ellipse", at), None, theirs, hole))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 4, 12])
    parser.add_argument("--binary")
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    binary = arguments.binary or build()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    print(f"OpenCV {cv2.__version__}, one thread; the best of {ROUNDS} rounds.\n")
    print("| operation | hole | photo | ours, ms | OpenCV, ms | times faster "
          "| apart in the hole, of 255 | from the original, ours / OpenCV |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(binary, Path(folder))
        for megapixels in arguments.megapixels:
            measure(megapixels, ours, arguments.keep)


if __name__ == "__main__":
    main()
