// The writer of frames where its buffer ends: whatever it writes when the frame moves to a larger buffer, the frame stays whole (GR-25).
import { expect, it } from "vitest";
import { cell, type Column } from "../../base/value/column.ts";
import { StructValue, Shape, ListValue, type Value } from "../../base/value/value.ts";
import { BodyWriter, makeTemplate } from "../../protocol/body-writer.ts";
import { writeColumn } from "../../protocol/columns-write.ts";
import { availableCodecs, compressor } from "../../protocol/compression.ts";
import { FRAME_HEADER_BYTES } from "../../protocol/frame.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { fieldForValues } from "../../protocol/value-fields.ts";

const ROWS = 3;
const header = { messageId: 1, sessionId: 1 };
const shape = new Shape("", ["n"]);

/** Columns of every layout: validity bits, bits, fixed widths, offsets, parts. */
const COLUMNS: readonly (readonly Value[])[] = [
  ["a", null, "seven and some more"],
  ["é", "", "ü"],
  [true, null, false],
  [1, 2, 3],
  [new Uint8Array([1, 2, 3]), null, new Uint8Array(0)],
  [new ListValue(["x"]), new ListValue([]), new ListValue(["y", "z"])],
  [new StructValue(shape, [1]), null, new StructValue(shape, [3])],
];
const FIELDS = COLUMNS.map((values, index) => fieldForValues(`c${index}`, values));
const columns = COLUMNS.map((data): Column => ({ kind: "values", type: "any", data, nulls: undefined }));

it.each([undefined, ...availableCodecs()])("a frame that moves stays whole, compressed with %s (GR-25)", (codec) => {
  const template = makeTemplate(FIELDS, true, codec);
  const compress = codec === undefined ? undefined : compressor(codec);
  const inRoom = (bytes: number): readonly (readonly Value[])[] => {
    const writer = new BodyWriter(bytes);
    // One that is there already, so that positions in the old buffer and in the new one differ.
    for (let frame = 0; frame < 2; frame += 1) {
      writer.begin(template, ROWS, compress);
      FIELDS.forEach((field, index) => writeColumn(writer, field, columns[index] as Column, { from: 0, to: ROWS }));
      const payload = writer.end(1, header, true).subarray(FRAME_HEADER_BYTES);
      if (frame === 0) continue;
      const table = new RowsDecoder().push(payload);
      return (table?.columns ?? []).map((column) => Array.from({ length: ROWS }, (_, row) => cell(column, row)));
    }
    return [];
  };
  const whole = inRoom(1 << 16);
  expect(whole).toEqual(COLUMNS);
  const { length } = template.head;
  for (let bytes = 2 * length; bytes < 2 * length + 3000; bytes += 8)
    expect(inRoom(bytes), String(bytes)).toEqual(whole);
});
