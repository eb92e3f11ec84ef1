"""How fast the trainer is beside PyTorch: the same network, the same batches' size, one CPU.

    python -m venv venv && venv/bin/pip install torch==2.15.0
    cargo test --features train --no-run      (builds the command, optimised)
    venv/bin/python benches/training.py COMMAND [--device torch] [--threads 2] [--steps 60] [--rounds 3]

For `--device torch` the command is built with the feature `tch`, and its libraries have to be found:
with the environment of `cargo xtask torch`, LD_LIBRARY_PATH is .torch/lib/python3.11/site-packages/
torch/lib, and COMMAND target/release/naobu.

The network is the one that ships for extending, 16 pictures of 64² a step, squared error in the
hole, Adam, gradients clipped. Ours is all of `naobu train`: it cuts the pictures, hides a part,
and averages the weights, too. PyTorch gets the same numbers again and again. Both take turns, and
the best round of each counts.

What is counted is the processor's seconds, those of the system for the process among them: what
else the machine does hardly matters then. With more than one thread this says what a picture
costs, not how long it takes.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH, SIDE = 16, 64
SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "www" / "samples"


class Outpaint(nn.Module):
    """`OutpaintConfig::ship`, from the table in src/model/outpaint.rs."""

    def __init__(self, c=16, inner=128, dilations=(1, 2, 4), halvings=3):
        super().__init__()
        at = [min(c * 2**level, inner) for level in range(halvings + 1)]
        self.first = nn.Conv2d(4, at[0], 5, padding=2)
        self.down = nn.ModuleList(
            nn.Conv2d(at[i], at[i + 1], 3, stride=2) for i in range(halvings)
        )
        self.widen = nn.Conv2d(at[-1], inner, 3, padding=1)
        self.dilated = nn.ModuleList(
            nn.Conv2d(inner, inner, 3, padding=d, dilation=d) for d in dilations
        )
        self.settle = nn.Conv2d(inner, inner, 3, padding=1)
        inputs = [inner, *reversed(at[1:halvings])]
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(inputs[i], at[halvings - 1 - i], 4, stride=2, padding=1)
            for i in range(halvings)
        )
        self.last = nn.Conv2d(at[0], at[0], 3, padding=1)
        self.out = nn.Conv2d(at[0], 3, 3, padding=1)

    def forward(self, x):
        filled = x[:, :3]
        x = F.relu(self.first(x))
        finer = []
        for down in self.down:
            finer.append(x)
            x = F.relu(down(F.pad(x, (0, 1, 0, 1))))
        x = F.relu(self.widen(x))
        for dilated in self.dilated:
            x = F.relu(dilated(x))
        x = F.relu(self.settle(x))
        for up in self.up:
            x = F.relu(up(x)) + finer.pop()
        return filled + self.out(F.relu(self.last(x)))


def pytorch(steps):
    """Images per second of the processor."""
    torch.manual_seed(1)
    net = Outpaint()
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    truth = torch.rand(BATCH, 3, SIDE, SIDE)
    hole = torch.zeros(BATCH, 1, SIDE, SIDE)
    hole[..., : SIDE // 4] = hole[..., -SIDE // 4 :] = 1
    seen = torch.cat([truth * (1 - hole) + 0.5 * hole, hole], 1)
    began = None
    for step in range(steps + 5):
        if step == 5:
            began = time.process_time()
        loss = (((net(seen) - truth) * hole) ** 2).sum() / (3 * hole.sum())
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        float(loss.detach())
    return BATCH * steps / (time.process_time() - began), sum(p.numel() for p in net.parameters())


def processor_seconds(command, device, steps, threads):
    """Of a whole run, from reading the photos to its summary."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [command, "train", "extend", "--preset", "ship", "--photos", SAMPLES, "--val", SAMPLES]
            + ["--out", run, "--set", f"stages.0.steps={steps}", "--set", "phases=[1, 0, 0]"]
            + ["--device", device],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)},
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(after[:2]) - sum(before[:2])


def ours(command, device, steps, threads):
    """Images per second of the processor, without what a run does before and after its steps."""
    few, many = (processor_seconds(command, device, n, threads) for n in (5, steps + 5))
    return BATCH * steps / (many - few)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", help="the naobu command, built with the feature train")
    parser.add_argument("--device", default="cpu", help="cpu, or torch with the feature tch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    best = [0.0, 0.0]
    for _ in range(options.rounds):
        theirs, parameters = pytorch(options.steps)
        mine = ours(options.command, options.device, options.steps, options.threads)
        best = [max(best[0], mine), max(best[1], theirs)]
    print(
        f"{options.threads} thread(s), {parameters} parameters: ours on {options.device} {best[0]:.1f} images a CPU second, "
        f"PyTorch {torch.__version__} {best[1]:.1f}, ratio {best[0] / best[1]:.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
