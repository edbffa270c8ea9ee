"""A file -> the JSON value in it, or the one line that says what is wrong with it."""

import json
from pathlib import Path


class FileFaultError(Exception):
    """A file cannot be used; the text is one line that a person can act on."""


def read_json(path: Path) -> object:
    """Return the JSON value in ``path``.

    Raises:
        FileFaultError: It cannot be opened, is no text, or is no JSON.
    """
    try:
        value: object = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FileFaultError(f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FileFaultError("is not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise FileFaultError(
            f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise FileFaultError("is not JSON that can be read: too deep, or a number too long") from error
    return value
