"""multipart/form-data, taken apart while it arrives: the one file goes on its way, small fields are kept."""

from collections.abc import Mapping
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mutoscope.service.problems import Problem

__all__ = ["FileForm", "is_form"]

_MOST_PARTS = 16
_MOST_FIELD_BYTES = 4096


def is_form(content_type: str | None) -> bool:
    """Tell whether a body is a form with files."""
    return (content_type or "").partition(";")[0].strip().lower() == "multipart/form-data"


class FileForm:
    """One form with one file.

    Attributes:
        filename: of the file, as it was sent; None until it came.
        fields: what else was sent.
        has_ended: whether the form came to its end.

    Raises:
        Problem: there is no boundary.

    """

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise Problem("bad-request", "the form has no boundary; let your program write the Content-Type.")
        callbacks: Any = {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise _broken(error) from None
        self.filename: str | None = None
        self.fields: dict[str, str] = {}
        self.has_ended = False
        self._parts = 0
        self._file = bytearray()
        self._begin_part()

    def feed(self, block: bytes) -> bytes:
        """Take a block of the body; give what of it belongs to the file.

        Raises:
            Problem: it is no form, or has two files.

        """
        try:
            self._parser.write(block)
        except FormParserError as error:
            raise _broken(error) from None
        given = bytes(self._file)
        self._file.clear()
        return given

    def told(self) -> Mapping[str, str]:
        """Give the fields; after all was fed.

        Raises:
            Problem: the form broke off, or held no file.

        """
        if not self.has_ended:
            raise Problem("bad-request", "the form breaks off before its end; send it again.")
        if self.filename is None:
            raise Problem("invalid", "there is no file in the form; send one, like -F file=@clip.mp4.", pointer="/file")
        return self.fields

    def _begin_part(self) -> None:
        self._name, self._value, self._is_file = "", bytearray(), False
        self._header, self._content = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}

    def _part_begin(self) -> None:
        self._begin_part()
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Problem("bad-request", f"the form has more than {_MOST_PARTS} parts; send one file.")

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._content)
        self._header.clear()
        self._content.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = _text(options.get(b"name", b""))[:64]
        self._is_file = b"filename" in options
        if not self._is_file:
            return
        if self.filename is not None:
            raise Problem("invalid", "there are several files in the form; send one in each request.", pointer="/file")
        self.filename = _text(options[b"filename"])

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._file += memoryview(data)[start:end]
            return
        self._value += memoryview(data)[start:end]
        if len(self._value) > _MOST_FIELD_BYTES:
            raise Problem("too-large", f"a field of the form has more than {_MOST_FIELD_BYTES} bytes.")

    def _part_end(self) -> None:
        if not self._is_file:
            self.fields[self._name] = _text(bytes(self._value))

    def _end(self) -> None:
        self.has_ended = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _broken(error: FormParserError) -> Problem:
    return Problem("bad-request", f"the form was not understood ({str(error)[:100]}); send multipart/form-data.")
