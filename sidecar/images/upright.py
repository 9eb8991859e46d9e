"""A picture as people see it, upright and RGB, made piece by piece: no second whole picture is ever in memory."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from PIL import ExifTags, Image, ImageCms

from sidecar.images.profiles import conversion, plainly
from sidecar.images.wide_gray import gray_range, is_wide_gray, to_eight_bits

_Transpose = Image.Transpose
# by EXIF's orientation, as `ImageOps.exif_transpose` has it
_TURNS = {
    2: _Transpose.FLIP_LEFT_RIGHT,
    3: _Transpose.ROTATE_180,
    4: _Transpose.FLIP_TOP_BOTTOM,
    5: _Transpose.TRANSPOSE,
    6: _Transpose.ROTATE_270,
    7: _Transpose.TRANSVERSE,
    8: _Transpose.ROTATE_90,
}
_ON_THEIR_SIDE = (5, 6, 7, 8)

# Pixels that are converted at once. A conversion has up to five pictures of four bytes a pixel at the same time.
PIECE = 1_000_000
BYTES_OF_A_PIECE = 20 * PIECE

# A thumbnail is reduced by whole pixels to at least so many times its size, and then resized. Pillow's own 2 takes
# twice as long for a snapshot, and nobody sees the difference: their signal-to-noise ratio is 44 dB or more.
REDUCING_GAP = 1.5

# how far from the box a filter looks, in pixels of the result (bicubic)
_SUPPORT = 2

Box = tuple[float, float, float, float]
_Area = tuple[int, int, int, int]


class Upright:
    """An image that is loaded.

    What is made smaller is bit for bit what the whole picture, converted at once, would give; of strips with lines
    longer than a piece nearly so.
    """

    def __init__(self, image: Image.Image, piece: int = PIECE) -> None:
        self._image = image
        self._piece = piece
        self._orientation = _orientation(image)
        width, height = image.size
        self.size = self.upright(width, height)
        self._wide = gray_range(image, piece) if is_wide_gray(image.mode) else None
        self._convert = conversion(image.info.get("icc_profile"), image.mode)
        self._plain: Image.Image | None = None
        if self._is_plain(image):
            self._plain = image
        elif width * height <= piece:
            self._plain = self._piece_of((0, 0, *self.size))
            self._image = self._plain

    def upright(self, width: int, height: int) -> tuple[int, int]:
        """The size of a picture of that size as stored, turned as this one is."""
        return (height, width) if self._orientation in _ON_THEIR_SIDE else (width, height)

    @property
    def ready(self) -> "Image.Image | Upright":
        """The whole picture in RGB where it is in memory anyway, else this."""
        return self if self._plain is None else self._plain

    @property
    def pixels(self) -> Image.Image:
        """All of it, [height, width] in RGB; as much memory again as the picture itself."""
        if self._plain is not None:
            return self._plain
        whole = Image.new("RGB", self.size)
        for area in self._areas((0, 0, *self.size), 1, 1):
            whole.paste(self._piece_of(area), area[:2])
        return whole

    def resize(self, size: tuple[int, int], resample: Image.Resampling, box: Box | None = None) -> Image.Image:
        """As `Image.resize`."""
        box = box or (0, 0, *self.size)
        if self._plain is not None:
            return self._plain.resize(size, resample, box)
        if resample == Image.Resampling.NEAREST:
            return self._nearest(size)
        left, top, right, bottom = pixels_around(box, size, self.size)
        # one direction after the other, as Pillow does it itself
        tall = Image.new("RGB", (size[0], bottom - top))
        for area in self._areas((left, top, right, bottom), right - left, 1):
            rows = self._piece_of(area)
            inside = (box[0] - left, 0, box[2] - left, rows.height)
            tall.paste(rows.resize((size[0], rows.height), resample, inside), (0, area[1] - top))
        return tall.resize(size, resample, (0, box[1] - top, size[0], box[3] - top))

    def thumbnail(self, longest_side: int) -> Image.Image:
        """As `Image.thumbnail` with `REDUCING_GAP`: reduced by whole pixels, then resized."""
        size = _fitting(self.size, longest_side)
        if self._plain is not None:
            return self._plain.resize(size, Image.Resampling.BICUBIC, reducing_gap=REDUCING_GAP)
        width, height = self.size
        across = max(int(width / size[0] / REDUCING_GAP), 1)
        down = max(int(height / size[1] / REDUCING_GAP), 1)
        reduced = Image.new("RGB", (-(-width // across), -(-height // down)))
        for area in self._areas((0, 0, width, height), across, down):
            piece = self._piece_of(area)
            small = piece if (across, down) == (1, 1) else piece.reduce((across, down))
            reduced.paste(small, (area[0] // across, area[1] // down))
        return reduced.resize(size, Image.Resampling.BICUBIC, (0, 0, width / across, height / down))

    def _nearest(self, size: tuple[int, int]) -> Image.Image:
        width, height = self.size
        if max(width, height) > self._piece:
            return self._nearest_of_a_strip(size)
        # Pillow itself says which rows it picks
        rows = Image.fromarray(np.arange(height, dtype=np.int32)[:, None]).resize(
            (1, size[1]), Image.Resampling.NEAREST
        )
        picked = Image.new("RGB", size)
        for y, row in enumerate(np.asarray(rows)[:, 0].tolist()):
            line = self._piece_of((0, row, width, row + 1))
            picked.paste(line.resize((size[0], 1), Image.Resampling.NEAREST), (0, y))
        return picked

    def _nearest_of_a_strip(self, size: tuple[int, int]) -> Image.Image:
        on_its_side = self._orientation in _ON_THEIR_SIDE
        picked = self._image.resize(size[::-1] if on_its_side else size, Image.Resampling.NEAREST)
        turn = _TURNS.get(self._orientation)
        return self._to_rgb(picked if turn is None else picked.transpose(turn))

    def _is_plain(self, image: Image.Image) -> bool:
        return self._needs_no_conversion(image) and self._orientation not in _TURNS

    def _needs_no_conversion(self, image: Image.Image) -> bool:
        return image.mode == "RGB" and "transparency" not in image.info and self._convert is plainly

    def _areas(self, box: _Area, step_x: int, step_y: int) -> Iterator[_Area]:
        """The box in parts of at most a piece, but at least one step each way."""
        left, top, right, bottom = box
        width = max(min(self._piece // step_y, right - left) // step_x, 1) * step_x
        height = max(self._piece // width // step_y, 1) * step_y
        for y in range(top, bottom, height):
            for x in range(left, right, width):
                yield x, y, min(x + width, right), min(y + height, bottom)

    def _piece_of(self, area: _Area) -> Image.Image:
        if self._orientation not in _TURNS:
            return self._to_rgb(self._image.crop(area))
        stored = _before_turning(area, self._orientation, self._image.size)
        return self._to_rgb(self._image.crop(stored).transpose(_TURNS[self._orientation]))

    def _to_rgb(self, image: Image.Image) -> Image.Image:
        if self._needs_no_conversion(image):
            return image
        if self._wide is not None:
            return self._convert(to_eight_bits(image, self._wide), "RGB")
        if image.mode == "LAB":
            return _from_lab(image)
        if image.has_transparency_data:
            rgba = self._convert(image, "RGBA")
            return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
        return self._convert(image, "RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # malformed EXIF says nothing about the pixels
        return 1


def _before_turning(area: _Area, orientation: int, stored: tuple[int, int]) -> _Area:
    """Where in the picture as stored (its width and height) an area of the upright one lies."""
    left, top, right, bottom = area
    if orientation in _ON_THEIR_SIDE:
        left, top, right, bottom = top, left, bottom, right
    width, height = stored
    if orientation in (2, 3, 7, 8):
        left, right = width - right, width - left
    if orientation in (3, 4, 6, 7):
        top, bottom = height - bottom, height - top
    return left, top, right, bottom


def pixels_around(box: Box, size: tuple[int, int], whole: tuple[int, int]) -> _Area:
    """The whole pixels, of a picture of the size `whole`, that a resize of the box to `size` looks at."""
    edges = []
    for axis in (0, 1):
        margin = _SUPPORT * max((box[axis + 2] - box[axis]) / size[axis], 1) + 1
        edges.append((max(int(box[axis] - margin), 0), min(int(box[axis + 2] + margin) + 1, whole[axis])))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom


def _fitting(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """The size that `Image.thumbnail` gives a picture of that size."""
    width, height = size
    if max(size) <= longest_side:
        return size
    aspect = width / height
    if aspect <= 1:
        exact = longest_side * aspect
        return _nearer(exact, lambda x: abs(aspect - x / longest_side)), longest_side
    exact = longest_side / aspect
    return longest_side, _nearer(exact, lambda y: 0 if y == 0 else abs(aspect - longest_side / y))


def _nearer(exact: float, distance: Callable[[int], float]) -> int:
    return max(min(math.floor(exact), math.ceil(exact), key=distance), 1)


def _from_lab(image: Image.Image) -> Image.Image:
    to_srgb = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    return ImageCms.applyTransform(image, to_srgb) or image
