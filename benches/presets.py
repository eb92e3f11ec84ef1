"""Every published preset for a few steps at its published size: memory and seconds per step.

    cargo test --features train --no-run      (builds the command, optimised)
    python3 benches/presets.py COMMAND [--steps 3] [--batch 1] [PRESET ...]

Pictures and networks have the published sizes; of the batch there is as much as `--batch` says, for
a published batch of 96 does not fit into every machine. All three phases have their turn: the
generator alone, the critic alone, both. Seconds are the processor's, on all cores together.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "www" / "samples"


def settings_of(preset, steps, batch):
    """The preset, its last stage alone, cut to a few steps."""
    text = (ROOT / "training" / "presets" / f"{preset}.toml").read_text()
    stages = re.findall(r"\[\[stages\]\]\n(?:\w+ = .*\n)+", text)
    text = text.replace("".join(f"{stage}\n" for stage in stages[:-1]), "")
    text = re.sub(r"(?m)^steps = .*$", f"steps = {3 * steps}", text)
    published = int(re.search(r"(?m)^batch = (\d+)", text).group(1))
    text = re.sub(r"(?m)^batch = .*$", f"batch = {batch}", text)
    text = re.sub(r"(?m)^phases = .*$", "phases = [1, 1, 1]", text)
    side = int(re.search(r"(?m)^side_px = (\d+)\nbatch", text).group(1))
    return text, side, published


def watch(process, table, peak, clock):
    """Follows a process until it ends: its peak of resident memory in bytes, and its processor's
    seconds when its table of losses had so many steps. Five looks a second."""
    folder = pathlib.Path(f"/proc/{process.pid}")
    tick = os.sysconf("SC_CLK_TCK")
    while process.poll() is None:
        try:
            kilobytes = re.search(r"VmHWM:\s+(\d+)", (folder / "status").read_text())
            ticks = (folder / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
            lines = table.read_text().count("\n") if table.exists() else 0
        except OSError:
            break
        if kilobytes:
            peak[0] = max(peak[0], int(kilobytes.group(1)) * 1024)
        while len(clock) < lines:
            clock.append(sum(map(int, ticks)) / tick)
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", help="the naobu command, built with the feature train")
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--steps", type=int, default=1, help="of each phase")
    parser.add_argument("--batch", type=int, default=1)
    options = parser.parse_args()
    folder = ROOT / "training" / "presets"
    smoke = {path.stem for path in folder.glob("*-smoke.toml")}
    names = options.presets or sorted({path.stem for path in folder.glob("*.toml")} - smoke)
    print("| preset | pictures | batch, published | memory | CPU s per step, phases 1, 2, 3 |")
    print("|---|---|---|---|---|")
    for name in names:
        text, side, published = settings_of(name, options.steps, options.batch)
        with tempfile.TemporaryDirectory() as scratch:
            settings = pathlib.Path(scratch) / "settings.toml"
            settings.write_text(text)
            run = pathlib.Path(scratch) / "run"
            arguments = ["train", name.split("-")[0], "--settings", settings, "--photos", SAMPLES]
            process = subprocess.Popen(
                [options.command, *arguments, "--val", SAMPLES, "--out", run],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            peak, clock = [0], []
            watching = (process, run / "losses.csv", peak, clock)
            thread = threading.Thread(target=watch, args=watching)
            thread.start()
            _, complaint = process.communicate()
            thread.join()
            if process.returncode:
                print(f"| {name} | {side}² | {published} | | failed: {complaint.decode()[-200:]} |")
                continue
            each = [clock[(i + 1) * options.steps] - clock[i * options.steps] for i in range(3)]
            seconds = ", ".join(f"{part / options.steps:.1f}" for part in each)
            memory = f"{peak[0] / 2**30:.1f} GiB"
            print(f"| {name} | {side}² | {published} | {memory} | {seconds} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
