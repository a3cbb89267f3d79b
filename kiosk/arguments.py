"""What commands are told in words, read before any work begins: hours of it are not lost to a folder that is not there."""

import argparse
import os
from pathlib import Path


def new_file(text: str) -> Path:
    """Return the path of a file that will be written; its folder is made. Raises ArgumentTypeError where nothing can be written."""
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise argparse.ArgumentTypeError(f"nothing can be written to {path.parent} ({trouble.strerror})") from trouble
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be written: give the name of a file in a folder you may write to")
    return path


def count(text: str) -> int:
    """Return a whole number of at least one. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least one")
    return int(text)
