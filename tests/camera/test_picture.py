"""Pictures from outside: decoded as they were meant, or refused before they can do harm."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.camera.picture import decode_picture
from kiosk.faults import PictureUnreadable
from kiosk.frame import Pixels
from kiosk.policy import DocumentPolicy

POLICY = DocumentPolicy()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def decoded(data: bytes) -> Pixels:
    return decode_picture(data, POLICY)


def halves() -> Image.Image:
    """A picture whose left half is red and right half blue."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30, 0] = 255
    pixels[:, 30:, 2] = 255
    return Image.fromarray(pixels)


def test_colours_come_out_as_bgr() -> None:
    pixels = decoded(encoded(halves(), "PNG"))
    assert pixels.shape == (40, 60, 3)
    assert pixels[20, 5].tolist() == [0, 0, 255]
    assert pixels[20, 55].tolist() == [255, 0, 0]


@pytest.mark.parametrize(("orientation", "red_at"), [(1, (20, 5)), (2, (20, 55)), (3, (20, 55)), (4, (20, 5)), (6, (5, 20)), (8, (55, 20))])
def test_the_cameras_orientation_mark_is_obeyed(orientation: int, red_at: tuple[int, int]) -> None:
    mark = Image.Exif()
    mark[0x0112] = orientation
    pixels = decoded(encoded(halves(), "JPEG", exif=mark, quality=95))
    assert pixels[red_at][2] > 200
    assert pixels[red_at][0] < 60


@pytest.mark.parametrize("orientation", [5, 7])
def test_mirrored_and_turned_marks_swap_the_sides(orientation: int) -> None:
    mark = Image.Exif()
    mark[0x0112] = orientation
    assert decoded(encoded(halves(), "JPEG", exif=mark)).shape == (60, 40, 3)


def test_sixteen_bits_gray_alpha_and_cmyk_become_eight_bit_colour() -> None:
    deep = Image.fromarray((np.linspace(0, 65535, 1600).reshape(40, 40)).astype(np.uint16))
    shown = decoded(encoded(deep, "PNG"))
    assert shown.shape == (40, 40, 3)
    assert int(shown.max()) == 255
    assert abs(int(shown[20, 0, 0]) - 130) < 4
    assert decoded(encoded(halves().convert("L"), "PNG")).shape == (40, 60, 3)
    assert decoded(encoded(halves().convert("CMYK"), "JPEG", quality=95))[20, 5, 2] > 200
    assert decoded(encoded(halves().convert("P"), "GIF"))[20, 5, 2] > 200


def test_what_is_transparent_becomes_white() -> None:
    assert decoded(encoded(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG"))[20, 20].tolist() == [255, 255, 255]


def test_of_an_animation_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    assert decoded(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))[5, 5].tolist() == [0, 0, 255]


def test_a_file_cut_short_is_refused() -> None:
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    for kind in ("JPEG", "PNG"):
        whole = encoded(photo, kind)
        for share in (0.02, 0.3, 0.9):
            with pytest.raises(PictureUnreadable):
                decoded(whole[: int(len(whole) * share)])


def test_one_pixel_is_no_picture() -> None:
    with pytest.raises(PictureUnreadable, match="too few"):
        decoded(encoded(Image.new("RGB", (1, 1)), "PNG"))


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG whose head claims a size; there are hardly any pixels in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (100_000, 100_000), (61_000_000, 1)])
def test_a_hundred_megapixels_are_refused_before_anything_is_decoded(width: int, height: int) -> None:
    with pytest.raises(PictureUnreadable, match=r"too many|too few|Bomb"):
        decoded(png_claiming(width, height))


def test_bytes_that_are_no_picture_are_refused() -> None:
    for data in (b"", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff", b"BM" + b"\0" * 60):
        with pytest.raises(PictureUnreadable):
            decoded(data)


@settings(max_examples=150)
@given(st.integers(0, 2), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=20))
def test_damaged_files_are_decoded_or_refused_and_nothing_else(kind: int, damage: list[tuple[int, int]]) -> None:
    data = bytearray(encoded(halves(), ("JPEG", "PNG", "GIF")[kind]))
    for place, value in damage:
        data[place % len(data)] = value
    with contextlib.suppress(PictureUnreadable):
        assert decoded(bytes(data)).ndim == 3
