# SPDX-License-Identifier: Apache-2.0
"""A program or library whose symbols and words a test changes, so that it is of a version that nobody knows."""
import struct

DYNSYM, RELA, RELATIVE = 11, 4, 8


class Elf:
    def __init__(self, path):
        self.bytes = bytearray(path.read_bytes())
        at, = struct.unpack_from("<Q", self.bytes, 40)
        size, count = struct.unpack_from("<HH", self.bytes, 58)
        sections = [struct.unpack_from("<IIQQQQIIQQ", self.bytes, at + i * size) for i in range(count)]
        headers, = struct.unpack_from("<Q", self.bytes, 32)
        size, count = struct.unpack_from("<HH", self.bytes, 54)
        self.segments = [s for i in range(count) if (s := struct.unpack_from("<IIQQQQ", self.bytes, headers + i * size))[0] == 1]
        _, _, _, _, self.table, self.table_size, strings, _, _, _ = next(s for s in sections if s[1] == DYNSYM)
        self.names = sections[strings][4]
        self.relative = {}  # where a pointer is made -> to what
        for section in sections:
            if section[1] == RELA:
                for where, kind, to in struct.iter_unpack("<QQq", self.bytes[section[4]:section[4] + section[5]]):
                    if kind & 0xffffffff == RELATIVE:
                        self.relative[where] = to

    def _entry(self, name):
        """Where its Elf64_Sym is in the file."""
        for at in range(self.table, self.table + self.table_size, 24):
            begin = self.names + struct.unpack_from("<I", self.bytes, at)[0]
            if self.bytes[begin:begin + len(name) + 1] == name.encode() + b"\0" and struct.unpack_from("<Q", self.bytes, at + 8)[0]:
                return at
        raise LookupError(name)

    def symbol(self, name):
        return struct.unpack_from("<Q", self.bytes, self._entry(name) + 8)[0]

    def point(self, name, other):
        """`name` is where `other` is."""
        struct.pack_into("<Q", self.bytes, self._entry(name) + 8, self.symbol(other))

    def rename(self, name, to):
        begin = self.names + struct.unpack_from("<I", self.bytes, self._entry(name))[0]
        assert len(name) == len(to)
        self.bytes[begin:begin + len(name)] = to.encode()

    def offset(self, address):
        """In the file."""
        return next(address - s[3] + s[2] for s in self.segments if s[3] <= address < s[3] + s[5])

    def address(self, offset):
        return next(offset - s[2] + s[3] for s in self.segments if s[2] <= offset < s[2] + s[5])

    def word(self, address):
        return self.relative.get(address) or struct.unpack_from("<Q", self.bytes, self.offset(address))[0]

    def write(self, address, kind, value):
        struct.pack_into(kind, self.bytes, self.offset(address), value)

    def save(self, path):
        path.write_bytes(self.bytes)
        path.chmod(0o755)
        return str(path)
