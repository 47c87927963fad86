"""Arrow IPC streams of one row, written and read with the standard library: what a client needs for requests and for answers that are no rows.

Texts and whole numbers only. For results use pyarrow, or any other reader of Arrow. Layout: arrow.apache.org/docs/format/Columnar.html
"""
import struct

INT, UTF8, BOOL = 2, 5, 6
SCHEMA, BATCH = 1, 3
END_OF_STREAM = struct.pack("<Ii", 0xFFFFFFFF, 0)


class Flat(bytearray):
    """A FlatBuffer written front to back: what an offset points to stands behind it."""

    def align(self, width, behind=0):
        self += bytes(-(len(self) + behind) % width)

    def table(self, *slots):
        """Each slot is None or (format, value). Gives the table's place and the places of its slots."""
        self.align(2)
        vtable = len(self)
        self += bytes(4 + 2 * len(slots))
        self.align(8, 4)
        table, places = len(self), []
        self += struct.pack("<i", table - vtable)
        for number, slot in enumerate(slots):
            if slot is None:
                places.append(None)
                continue
            self.align(struct.calcsize(slot[0]))
            places.append(len(self))
            struct.pack_into("<H", self, vtable + 4 + 2 * number, len(self) - table)
            self += struct.pack("<" + slot[0], slot[1])
        struct.pack_into("<HH", self, vtable, 4 + 2 * len(slots), len(self) - table)
        return table, places

    def point(self, slot, target=None):
        struct.pack_into("<I", self, slot, (len(self) if target is None else target) - slot)

    def message(self, kind, body_bytes=0):
        """The outer table: version 5, kind, header, bytes of the body. Gives the place of the header's offset."""
        self += bytes(4)
        table, places = self.table(("h", 4), ("B", kind), ("I", 0), ("q", body_bytes))
        self.point(0, table)
        return places[2]

    def finish(self):
        self.align(8)
        return struct.pack("<Ii", 0xFFFFFFFF, len(self)) + bytes(self)


def write_row(**values):
    """The payload of a message: texts become utf8 columns, whole numbers int64 columns; None is left out."""
    values = {name: value for name, value in values.items() if value is not None}
    schema, body, buffers = Flat(), b"", []
    header = schema.message(SCHEMA)
    table, (_, fields) = schema.table(("h", 0), ("I", 0))
    schema.point(header, table)
    schema.align(4)
    schema.point(fields)
    elements = len(schema) + 4
    schema += struct.pack("<I", len(values)) + bytes(4 * len(values))
    for number, (name, value) in enumerate(values.items()):
        is_text = isinstance(value, str)
        slots = ("I", 0), ("B", 1), ("B", UTF8 if is_text else INT), ("I", 0), None, ("I", 0)
        table, (name_at, _, _, type_at, _, children_at) = schema.table(*slots)
        schema.point(elements + 4 * number, table)
        schema.align(4)
        schema.point(name_at)
        schema += struct.pack("<I", len(name.encode())) + name.encode() + b"\0"
        schema.point(type_at, schema.table(*([] if is_text else [("i", 64), ("B", 1)]))[0])
        schema.align(4)
        schema.point(children_at)
        schema += bytes(4)
        data = value.encode() if is_text else struct.pack("<q", value)
        for buffer in [b"", struct.pack("<ii", 0, len(data)), data] if is_text else [b"", data]:
            buffers.append((len(body), len(buffer)))
            body += buffer + bytes(-len(buffer) % 8)
    batch = Flat()
    header = batch.message(BATCH, len(body))
    table, (_, nodes_at, buffers_at) = batch.table(("q", 1), ("I", 0), ("I", 0))
    batch.point(header, table)
    for slot, pairs in (nodes_at, [(1, 0)] * len(values)), (buffers_at, buffers):
        batch.align(8, 4)
        batch.point(slot)
        batch += struct.pack("<I", len(pairs)) + b"".join(struct.pack("<qq", *pair) for pair in pairs)
    return schema.finish() + batch.finish() + body + END_OF_STREAM


def read_row(payload):
    """The columns of a one-row payload by name; bytes for columns that are neither texts, whole numbers nor booleans."""

    def number(format_, at):
        return struct.unpack_from("<" + format_, payload, at)[0]

    def slot(table, which):
        vtable = table - number("i", table)
        offset = number("H", vtable + 4 + 2 * which) if 4 + 2 * which < number("H", vtable) else 0
        return table + offset if offset else None

    def follow(at):
        return at + number("I", at)

    if not payload:
        return {}
    schema = follow(slot(follow(8), 2))
    batch_at = 8 + number("i", 4)
    batch = follow(slot(follow(batch_at + 8), 2))
    body = batch_at + 8 + number("i", batch_at + 4)
    fields, nodes, buffers = follow(slot(schema, 1)), follow(slot(batch, 1)) + 4, follow(slot(batch, 2)) + 4
    row = {}
    for index in range(number("I", fields)):
        field = follow(fields + 4 + 4 * index)
        name_at, kind = follow(slot(field, 0)), number("B", slot(field, 2))
        name = payload[name_at + 4 : name_at + 4 + number("I", name_at)].decode()
        count = 3 if kind in (4, UTF8) else 2
        places = [struct.unpack_from("<qq", payload, buffers + 16 * number_) for number_ in range(count)]
        buffers += 16 * count
        start, length = places[-1]
        data = payload[body + start : body + start + length]
        null = number("q", nodes + 16 * index + 8) > 0
        if null:
            row[name] = None
        elif kind == UTF8:
            row[name] = data.decode()
        elif kind == INT:
            row[name] = int.from_bytes(data[:8], "little", signed=number("B", slot(follow(slot(field, 3)), 1) or 0) == 1)
        else:
            row[name] = data[0] & 1 == 1 if kind == BOOL else data
    return row
