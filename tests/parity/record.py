"""Records what PyTorch answers, for tests/parity.rs to compare our networks with.

The networks are written here a second time, from the same tables and without looking at the first:
with functions of PyTorch where ours use Burn's, and attention from every cell to every other where
ours goes over the painted ones. Weights and pictures are not stored. Both sides compute them from
their names by the same rule: `noise` below, `Noise` there.

To run it again, which is needed only when a network is meant to change:

    python -m venv venv && venv/bin/pip install torch==2.15.0
    venv/bin/python tests/parity/record.py

It writes one small file per network beside itself.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

MASK = 0xFFFFFFFF


def noise(name, shape):
    """Numbers in -1..1 from a name and a position: FNV-1a, then the finaliser of Murmur 3."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & MASK
    x = (torch.arange(math.prod(shape)) * 0x9E3779B9 & MASK) ^ seed
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & MASK
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & MASK
    x = x ^ (x >> 16)
    return ((x.double() + 0.5) / 2**31 - 1).float().reshape(shape)


def weight(name, shape):
    """A parameter: kernels as large as keeps a signal alive, the rest close to what they start as.

    The variances keep the signal between fading and flooding. Features that are matched are faint,
    or one cell would lend everything; answers are small, or most would be clipped.
    """
    values = noise(name, shape)
    if len(shape) == 4:
        faint = {"matched.weight": 1 / 32, "out.weight": 1 / 2, "decoder.out.weight": 1 / 2}
        return values * (math.sqrt(6 / math.prod(shape[1:])) * faint.get(name, 1))
    if name.endswith("gamma"):
        return 1 + values / 4
    if name.endswith("running_var"):
        return (1 + values / 4) * 0.625
    if name == "out.bias" and shape == (30,):
        # Curves whose steps are small: larger ones end at 1 at once.
        i = torch.arange(30)
        return values / 10 - 2 * ((i < 24) & (i % 8 > 0)) + 0.3 * ((i < 24) & (i % 8 == 0))
    return values / 10


def conv(x, name, channels, kernel=3, stride=1, dilation=1):
    reach = dilation * (kernel - 1)
    before = reach // 2
    x = F.pad(x, (before, reach - before, before, reach - before))
    kernels = weight(f"{name}.weight", (channels, x.shape[1], kernel, kernel))
    return F.conv2d(x, kernels, weight(f"{name}.bias", (channels,)), stride, 0, dilation)


def deconv(x, name, channels):
    kernels = weight(f"{name}.weight", (x.shape[1], channels, 4, 4))
    return F.conv_transpose2d(x, kernels, weight(f"{name}.bias", (channels,)), 2, 1)


def picture(n, c, h, w):
    return (noise("input", (n, c, h, w)) + 1) / 2


def hole(h, w, left, top, right, bottom):
    inside = torch.zeros(1, 1, h, w)
    inside[:, :, top:bottom, left:right] = 1
    return inside


def outpaint(c, inner, dilations, halvings, ours):
    """Ours has skips and adds its answer to what lies in the hole."""
    at = [min(c * 2**level, inner) for level in range(halvings + 1)]
    x = torch.cat([picture(2, 3, 72, 104), hole(72, 104, 80, 0, 104, 72).expand(2, -1, -1, -1)], 1)
    filled = x[:, :3]
    x = F.relu(conv(x, "first", at[0], 5))
    finer = []
    for level in range(halvings):
        finer.append(x)
        x = F.relu(conv(x, f"down.{level}", at[level + 1], 3, 2))
    x = F.relu(conv(x, "widen", inner))
    for i, dilation in enumerate(dilations):
        x = F.relu(conv(x, f"dilated.{i}", inner, dilation=dilation))
    x = F.relu(conv(x, "settle", inner))
    for i, level in enumerate(reversed(range(halvings))):
        x = F.relu(deconv(x, f"up.{i}", at[level] if ours else at[level + 1]))
        if ours:
            x = x + finer[level]
    x = F.relu(conv(x, "last", at[0]))
    x = conv(x, "out", 3)
    return {"picture": filled + x if ours else torch.sigmoid(x)}


def completion(c):
    def normed(x, name):
        mean, var = (weight(f"{name}.norm.running_{s}", x.shape[1:2]) for s in ("mean", "var"))
        gamma, beta = (weight(f"{name}.norm.{s}", x.shape[1:2]) for s in ("gamma", "beta"))
        return F.relu(F.batch_norm(x, mean, var, gamma, beta, eps=1e-5))

    def layer(x, name, channels, *steps):
        return normed(conv(x, f"{name}.conv", channels, *steps), name)

    def doubling(x, name, channels):
        return normed(deconv(x, f"{name}.deconv", channels), name)

    x = torch.cat([picture(2, 3, 72, 104), hole(72, 104, 29, 15, 62, 57).expand(2, -1, -1, -1)], 1)
    x = layer(x, "narrow.0", c, 5)
    x = layer(x, "narrow.1", 2 * c, 3, 2)
    x = layer(x, "narrow.2", 2 * c)
    x = layer(x, "narrow.3", 4 * c, 3, 2)
    x = layer(x, "narrow.4", 4 * c)
    x = layer(x, "narrow.5", 4 * c)
    for i, dilation in enumerate([2, 4, 8, 16]):
        x = layer(x, f"dilated.{i}", 4 * c, 3, 1, dilation)
    x = layer(layer(x, "settle.0", 4 * c), "settle.1", 4 * c)
    x = layer(doubling(x, "double", 2 * c), "smooth", 2 * c)
    x = layer(doubling(x, "double_again", c), "smooth_again", c // 2)
    return {"picture": torch.sigmoid(conv(x, "out", 3))}


def attend(features, painted):
    """Contextual attention for one picture: [1, c, 2h, 2w], and [h, w] of which cells are painted.

    Known cells lend to themselves. Returns the features and the weights [h·w, h·w].
    """
    _, c, h, w = features.shape
    h, w = h // 2, w // 2
    small = features[:, :, ::2, ::2]
    patches = F.unfold(small, 3, padding=1)[0].T.reshape(h * w, c, 3, 3)
    lengths = patches.flatten(1).norm(dim=1).clamp(min=1e-4).view(-1, 1, 1, 1)
    scores = F.conv2d(small, patches / lengths, padding=1)[0]  # [lends, h, w]
    scores = scores.view(h, w, h, w)
    padded = F.pad(scores, (1, 1, 1, 1, 1, 1, 1, 1))
    carried = torch.zeros_like(scores)
    for dy in range(3):
        for dx in range(3):
            carried += padded[dy : dy + h, dx : dx + w, dy : dy + h, dx : dx + w]
    near = F.max_pool2d(painted.float()[None, None], 3, 1, 1)[0, 0].flatten() > 0
    scores = 10 * carried.view(h * w, h * w).T  # [asks, lends]
    scores = scores.masked_fill(near[None, :], -math.inf)
    asks = painted.flatten()[:, None]
    weights = torch.where(asks, torch.softmax(scores, 1), torch.eye(h * w))
    lent = F.unfold(features, 4, padding=1, stride=2)[0].T.reshape(h * w, c, 4, 4)
    sums = F.conv_transpose2d(weights.T.reshape(1, h * w, h, w), lent, stride=2, padding=1)
    ones = F.conv_transpose2d(torch.ones(1, 1, h, w), torch.ones(1, 1, 4, 4), stride=2, padding=1)
    return sums / ones, weights


def contextual(c):
    def chain(x, name, plan):
        for i, step in enumerate(plan):
            x = F.elu(conv(x, f"{name}.{i}", *step))
        return x

    def decoder(x, name):
        x = chain(x, f"{name}.quarter", [(4 * c,), (4 * c,)])
        x = chain(F.interpolate(x, scale_factor=2), f"{name}.half", [(2 * c,), (2 * c,)])
        x = chain(F.interpolate(x, scale_factor=2), f"{name}.full", [(c,), (c // 2,)])
        return conv(x, f"{name}.out", 3).clamp(-1, 1)

    dilated = [(4 * c, 3, 1, d) for d in (2, 4, 8, 16)]
    holes = torch.cat([hole(48, 64, 20, 11, 37, 30), hole(48, 64, 0, 0, 15, 16)])
    seen = picture(2, 3, 48, 64) * 2 - 1
    shown = torch.cat([seen, torch.ones_like(holes), holes], 1)
    plan = [(c, 5), (2 * c, 3, 2), (2 * c,), (4 * c, 3, 2), (4 * c,), (4 * c,), *dilated]
    coarse = decoder(chain(shown, "coarse", plan), "coarse_decoder")
    second = torch.cat([coarse * holes + seen * (1 - holes), shown[:, 3:]], 1)
    plan = [(c, 5), (c, 3, 2), (2 * c,), (2 * c, 3, 2), (4 * c,), (4 * c,), *dilated]
    wide = chain(second, "wide", plan)
    plan = [(c, 5), (c, 3, 2), (2 * c,), (4 * c, 3, 2), (4 * c,)]
    matching = F.relu(conv(chain(second, "matching", plan), "matched", 4 * c))
    painted = F.max_pool2d(holes, 8)[:, 0] > 0
    attended = [attend(matching[i : i + 1], painted[i]) for i in range(2)]
    borrowed = chain(torch.cat([x for x, _ in attended]), "borrowing", [(4 * c,), (4 * c,)])
    fine = decoder(torch.cat([wide, borrowed], 1), "decoder")
    looks = torch.cat([weights[cells.flatten()] for (_, weights), cells in zip(attended, painted)])
    weights, cells = looks.topk(2, 1)
    return {
        "coarse": (coarse + 1) / 2,
        "fine": (fine + 1) / 2,
        "looked at": cells.float(),
        "by": weights,
    }


def keras(c):
    def layer(x, name, *steps):
        x = F.relu(conv(x, f"{name}.conv", *steps))
        gamma, beta = (weight(f"{name}.norm.{s}", x.shape[1:2]) for s in ("gamma", "beta"))
        return F.group_norm(x, 1, gamma, beta, eps=1e-5)

    x = picture(2, 3, 112, 104) * 2 - 1
    x = layer(x, "narrow.0", c, 5)
    x = layer(x, "narrow.1", 2 * c, 4, 2)
    x = layer(x, "narrow.2", 4 * c, 4, 2)
    for i in range(2):
        x = layer(x, f"widen.{i}", 8 * c, 4)
    for i, dilation in enumerate([2, 4, 8, 16]):
        x = layer(x, f"dilated.{i}", 8 * c, 4, 1, dilation)
    for i in range(2):
        x = layer(x, f"settle.{i}", 8 * c, 4)
    x = F.relu(deconv(x, "double.0", 4 * c))
    x = F.relu(deconv(x, "double.1", 2 * c))
    x = layer(layer(x, "smooth.0", 2 * c, 4), "smooth.1", c, 4)
    return {"picture": (torch.tanh(conv(x, "out", 3, 4)) + 1) / 2}


def edged(x, px):
    return F.pad(x, (px, px, px, px), mode="replicate") if px else x


def normed(x, name):
    """Batch normalisation as it is after training."""
    mean, var = (weight(f"{name}.running_{s}", x.shape[1:2]) for s in ("mean", "var"))
    gamma, beta = (weight(f"{name}.{s}", x.shape[1:2]) for s in ("gamma", "beta"))
    return F.batch_norm(x, mean, var, gamma, beta, eps=1e-5)


def spectral(x, name, channels, kernel=3, bias=True):
    """A convolution divided by the singular value that one step of the power iteration finds."""
    kernels = weight(f"{name}.weight", (channels, x.shape[1], kernel, kernel))
    matrix = kernels.flatten(1)
    v = F.normalize(weight(f"{name}.u", (channels,)) @ matrix, dim=0, eps=1e-12)
    u = F.normalize(matrix @ v, dim=0, eps=1e-12)
    constant = weight(f"{name}.bias", (channels,)) if bias else None
    return F.conv2d(edged(x, kernel // 2), kernels / (u @ matrix @ v), constant)


def residual(x, channels, blocks):
    """The encoder: features at 1/2, 1/4, 1/8, 1/16 and 1/32."""

    def layer(x, name, channels, kernel, stride):
        kernels = weight(f"{name}.conv.weight", (channels, x.shape[1], kernel, kernel))
        x = F.conv2d(edged(x, kernel // 2), kernels, None, stride)
        return normed(x, f"{name}.norm")

    maps = [F.relu(layer(x, "encoder.stem", channels[0], 7, 2))]
    x = F.max_pool2d(edged(maps[0], 1), 3, 2)
    for stage, c in enumerate(channels[1:]):
        for i in range(blocks[stage]):
            name = f"encoder.stages.{stage}.{i}"
            stride = 2 if stage > 0 and i == 0 else 1
            y = F.relu(layer(x, f"{name}.first", c, 3, stride))
            y = layer(y, f"{name}.second", c, 3, 1)
            fits = stride == 1 and x.shape[1] == c
            x = F.relu(y + (x if fits else layer(x, f"{name}.shortcut", c, 1, stride)))
        maps.append(x)
    return maps


def colorize(picture, channels, blocks, middle, decoder, full_size, bins):
    """The U-Net that colours: chroma, or logits of `bins`."""

    def layer(x, name, c, norm=True):
        x = F.relu(spectral(x, f"{name}.conv", c, bias=not norm))
        return normed(x, f"{name}.norm") if norm else x

    def doubled(x, name, c, norm=True):
        x = spectral(x, f"{name}.conv", 4 * c, 1, bias=not norm)
        x = F.pixel_shuffle(F.relu(normed(x, f"{name}.norm") if norm else x), 2)
        return F.avg_pool2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), 2, 1) if norm else x

    def attended(x, name):
        n, c, h, w = x.shape
        query, key, value = (
            spectral(x, f"{name}.{part}", width, 1, bias=False).flatten(2)
            for part, width in (("query", c // 8 or 1), ("key", c // 8 or 1), ("value", c))
        )
        weights = torch.softmax(query.mT @ key, 2)  # [asks, lends]
        seen = (value @ weights.mT).reshape(n, c, h, w)
        return seen * weight(f"{name}.gamma", (1,)) + x

    seen = torch.cat([(picture[:, :1] - 0.5) * 4, picture[:, 1:]], 1)
    *finer, x = residual(seen, channels, blocks)
    x = F.relu(normed(x, "norm"))
    x = layer(layer(x, "middle.0", middle), "middle.1", channels[-1])
    for i, c in enumerate(decoder):
        name = f"decoder.{i}"
        up = doubled(x, f"{name}.up", x.shape[1] // 2)
        x = F.relu(torch.cat([up, normed(finer.pop(), f"{name}.norm")], 1))
        x = layer(layer(x, f"{name}.layers.0", c), f"{name}.layers.1", c)
        if i == 1:
            x = attended(x, f"{name}.attention")
    if full_size:
        x = torch.cat([doubled(x, "finish.up", x.shape[1], norm=False), seen], 1)
        y = layer(x, "finish.layers.0", x.shape[1], norm=False)
        x = x + layer(y, "finish.layers.1", x.shape[1], norm=False)
    if bins:
        kernels = weight("out.weight", (bins, x.shape[1], 1, 1))
        return {"chroma": F.conv2d(x, kernels, weight("out.bias", (bins,)))}
    return {"chroma": (torch.sigmoid(spectral(x, "out", 2, 1)) * 2 - 1) * 160}


def lite_encoder(x, blocks):
    """EfficientNet-Lite0: what each of its first blocks answers."""

    def layer(x, name, channels, kernel=1, stride=1, groups=1):
        shape = (channels, x.shape[1] // groups, kernel, kernel)
        bias = weight(f"encoder.{name}.bias", (channels,))
        kernels = weight(f"encoder.{name}.weight", shape)
        return F.conv2d(x, kernels, bias, stride, kernel // 2, groups=groups)

    x = F.relu6(layer(x, "stem", 32, 3, 2))
    plan = [(1, 3, 1, 16), (2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80), (3, 5, 1, 112)]
    plan += [(4, 5, 2, 192), (1, 3, 1, 320)]
    every = [(k, s if i == 0 else 1, c) for n, k, s, c in plan for i in range(n)]
    answers = []
    for i, (kernel, stride, channels) in enumerate(every[:blocks]):
        name = f"blocks.{i}"
        y = F.relu6(layer(x, f"{name}.expand", 6 * x.shape[1])) if i else x
        wide = y.shape[1]
        y = F.relu6(layer(y, f"{name}.depthwise", wide, kernel, stride, wide))
        y = layer(y, f"{name}.project", channels)
        x = y + x if y.shape == x.shape else y
        answers.append(x)
    return answers


def colorize_pyramid(light, wide, fine):
    """The colouring network on EfficientNet-Lite0: logits of 261 bins at a quarter of the size."""

    def layer(x, name, channels, kernel=1):
        kernels = weight(f"{name}.weight", (channels, x.shape[1], kernel, kernel))
        return F.conv2d(x, kernels, weight(f"{name}.bias", (channels,)), 1, kernel // 2)

    def level(below, seen, name, channels):
        x = below + layer(seen / 8, f"{name}.lateral", channels)
        return x + layer(F.relu(x), f"{name}.smooth", channels, 3)

    maps = lite_encoder((light * 2 - 1).expand(-1, 3, -1, -1), 13)
    x = layer(maps[12].mean((2, 3), keepdim=True) / 8, "context", wide)
    for i, seen in enumerate((maps[12], maps[10], maps[4])):
        below = x if i == 0 else F.interpolate(x, scale_factor=2)
        x = level(below, seen, f"levels.{i}", wide)
    x = F.interpolate(layer(F.relu(x), "narrow", fine), scale_factor=2)
    x = level(x, maps[2], "finest", fine)
    x = x + layer(F.relu(x), "finish", fine, 3)
    return {"chroma": layer(F.relu(x), "out", 261)}


def defade(c):
    """Curves of 29 points for red, green and blue, for each 32 by 32 pixels."""
    x = picture(2, 3, 96, 128)
    shares = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995]
    rising = (x * 255).round().flatten(2).sort(2).values
    tones = rising[:, :, [math.floor(share * rising.shape[2]) for share in shares]] / 255
    black, white = tones[:, :, 0], tones[:, :, -1]
    reach = (white - black).clamp(min=1 / 255)
    levelled = ((x - black[..., None, None]) / reach[..., None, None]).clamp(0, 1)
    seen = lite_encoder(levelled * 2 - 1, 10)[-1] / 8

    def dense(x, name, width):
        return x @ weight(f"{name}.weight", (x.shape[1], width)) + weight(f"{name}.bias", (width,))

    def layer(x, name, channels, kernel=1):
        kernels = weight(f"{name}.weight", (channels, x.shape[1], kernel, kernel))
        return F.conv2d(x, kernels, weight(f"{name}.bias", (channels,)))

    whole = torch.cat([seen.mean((2, 3)), seen.amax((2, 3)), tones.flatten(1) * 2 - 1], 1)
    whole = dense(F.relu(dense(whole, "whole.0", 2 * c)), "whole.1", c)
    needs = torch.sigmoid(dense(F.relu(whole), "needs", 1))[:, :, None, None, None]
    local = layer(edged(F.relu(layer(seen, "narrow", c)), 1), "around", c, 3)
    said = layer(F.avg_pool2d(F.relu(local + whole[:, :, None, None]), 2), "out", 30)
    knots = said[:, :24].unflatten(1, (3, 8))
    knots = torch.cat([knots[:, :, :1], F.softplus(knots[:, :, 1:])], 2).cumsum(2)
    stays = torch.sigmoid(said[:, 24:].unflatten(1, (3, 2)))
    low = (stays[:, :, 0] * black[..., None, None])[:, :, None]
    high = (1 - stays[:, :, 1] * (1 - white[..., None, None]))[:, :, None]
    knots = low + knots * (high - low)
    point = torch.linspace(0, 1, 29)
    place = ((point - black[..., None]) / reach[..., None]).clamp(0, 1) * 7
    first = place.floor().clamp(max=6)
    share = (place - first)[..., None, None]
    at = first.long()[..., None, None].expand(-1, -1, -1, *knots.shape[3:])
    line = knots.gather(2, at) * (1 - share) + knots.gather(2, at + 1) * share
    needs = needs * (16 * reach).clamp(max=1)[..., None, None, None]
    same = point[:, None, None]
    return {"curves": (same + needs * (line - same)).clamp(0, 1).flatten(1, 2)}


def summary(x):
    """Shape, mean, spread, and values from all over it."""
    flat = x.flatten()
    at = [i * 7919 % len(flat) for i in range(32)]
    return {
        "shape": list(x.shape),
        "mean": round(flat.double().mean().item(), 7),
        "spread": round(flat.double().std(unbiased=False).item(), 7),
        "samples": [round(flat[i].item(), 6) for i in at],
    }


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    networks = {
        "outpaint": outpaint(6, 12, [2, 4, 8], 1, ours=False),
        "outpaint-ship": outpaint(4, 16, [1, 2, 4], 3, ours=True),
        "completion": completion(8),
        "contextual": contextual(4),
        "outpaint-keras": keras(4),
        "colorize": colorize(
            picture(2, 1, 64, 96), [8, 8, 12, 16, 24], [2, 1, 2, 1], 20, [16, 16, 12, 10], True, 0
        ),
        "colorize-ship": colorize(
            picture(2, 4, 64, 96), [8, 8, 12, 16, 24], [1, 2, 1, 1], 20, [16, 16, 12], False, 261
        ),
        "colorize-pyramid": colorize_pyramid(picture(2, 1, 64, 96), 12, 8),
        "defade": defade(20),
    }
    for name, outputs in networks.items():
        recorded = {"recorded with": f"torch {torch.__version__}"}
        recorded |= {output: summary(x) for output, x in outputs.items()}
        for x in outputs.values():
            # Where a kernel reaches past the picture on all sides, any weights give one answer.
            assert (x[0] - x[-1]).abs().max() > 0.05, f"{name} does not depend on its picture"
        path = pathlib.Path(__file__).with_name(f"{name}.json")
        path.write_text(json.dumps(recorded, indent=1) + "\n")
