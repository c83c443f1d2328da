"""The figure of a result as the page carries it: a small picture at once, the drawing itself when it is looked at."""

import base64
import gzip
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THUMB = 420
"""Width in pixels of the picture that is there before the drawing is."""

_SIZE = re.compile(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Picture:
    """A figure inside the page.

    Args:
        thumb: a small WebP in base64.
        drawing: the SVG, compressed by gzip, in base64; the page's script unpacks it.
        width, height: of the drawing, in points.
        panels: letter, caption and place of each panel; empty for a result that does not say them.
    """

    thumb: str
    drawing: str
    width: float
    height: float
    panels: list[dict[str, Any]]


def picture(folder: Path, panels: list[dict[str, Any]]) -> Picture:
    """The figure of a result folder."""
    from PIL import Image

    svg = _smaller((folder / "figure.svg").read_bytes())
    size = _SIZE.search(svg)
    with Image.open(folder / "figure.png") as image:
        scaled = image.convert("RGB").resize(
            (THUMB, max(1, round(image.height * THUMB / image.width))), Image.Resampling.LANCZOS
        )
        width, height = (float(each) for each in size.groups()) if size else (image.width * 0.24, image.height * 0.24)
    thumb = io.BytesIO()
    scaled.save(thumb, "WEBP", quality=50, method=4)
    return Picture(
        thumb=base64.b64encode(thumb.getvalue()).decode(),
        drawing=packed(svg),
        width=width,
        height=height,
        panels=panels,
    )


def packed(content: bytes) -> str:
    """Compressed by gzip, without a date, in base64."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _smaller(svg: bytes) -> bytes:
    """The drawing without what only an editor needs: header, metadata, comments, and a hundredth of a point."""
    svg = re.sub(rb"<metadata>.*?</metadata>|<!--.*?-->|<\?xml.*?\?>|<!DOCTYPE.*?>", b"", svg, flags=re.DOTALL)
    return re.sub(rb' d="[^"]*"', lambda path: re.sub(rb"(\.\d\d)\d+", rb"\1", path[0]), svg)
