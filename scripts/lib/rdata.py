"""Read the character vectors in an R package's data, without R.

An Rdata.rdb file is a row of records: the length of the unpacked object as a big-endian
32-bit number, then a zlib stream. An object is R's XDR serialisation:

    "X\\n"   version, R's version, least R version (int32 each)
            from version 3 on: length and name of the native encoding
    flags   low byte: the type; 16 is a character vector
    count   int32, then for each element: flags (type 9), length in bytes (-1 = NA), bytes

Everything but a bare character vector (attributes, other types) is refused.
"""
import struct
import zlib

CHARACTER_VECTOR = 16
STRING = 9
HAS_ATTRIBUTES = 1 << 9


class FormatError(Exception):
    """The file is not what this module reads."""


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, nbytes):
        if nbytes < 0 or nbytes > len(self.data) - self.at:
            raise FormatError(f"{nbytes} bytes wanted at byte {self.at}, where the data ends")
        self.at += nbytes
        return self.data[self.at - nbytes : self.at]

    def int32(self):
        return struct.unpack(">i", self.take(4))[0]


def unpack_records(data):
    """Yield the unpacked bytes of every record of an Rdata.rdb file."""
    at = 0
    while at < len(data):
        if len(data) - at < 4:
            raise FormatError(f"a record's length is cut off at byte {at}")
        (nbytes,) = struct.unpack_from(">I", data, at)
        stream = zlib.decompressobj()
        try:
            unpacked = stream.decompress(data[at + 4 :])
        except zlib.error as error:
            raise FormatError(f"record at byte {at}: {error}") from error
        if not stream.eof or len(unpacked) != nbytes:
            raise FormatError(f"record at byte {at} is cut off or has the wrong length")
        yield unpacked
        at = len(data) - len(stream.unused_data)


def character_vector(serialised):
    """The elements of one serialised character vector, as bytes."""
    reader = _Reader(serialised)
    if reader.take(2) != b"X\n":
        raise FormatError("not R's XDR serialisation")
    version = reader.int32()
    reader.take(8)
    if version >= 3:
        reader.take(reader.int32())
    flags = reader.int32()
    if flags & 0xFF != CHARACTER_VECTOR or flags & HAS_ATTRIBUTES:
        raise FormatError(f"not a bare character vector (flags {flags:#x})")
    strings = []
    for index in range(reader.int32()):
        flags, nbytes = reader.int32(), reader.int32()
        if flags & 0xFF != STRING or nbytes < 0:
            raise FormatError(f"element {index} is not a string")
        strings.append(reader.take(nbytes))
    if reader.at != len(serialised):
        raise FormatError(f"{len(serialised) - reader.at} bytes follow the last element")
    return strings
