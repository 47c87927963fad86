// Results as ROWS frames: batches of columns become record batches, cut into frames of about the same size; the schema stands in the first, the end mark in the last.
import { required } from "../base/failure.ts";
import { cell, type Column } from "../base/value/column.ts";
import type { TableValue, Value } from "../base/value/value.ts";
import { BodyWriter, type Compress, makeTemplate, type Template } from "./body-writer.ts";
import { writeColumn } from "./columns-write.ts";
import { compressor } from "./compression.ts";
import { encodeFrame, FLAGS, FRAME_HEADER_BYTES, type FrameOptions, PAYLOAD_BYTES_MAX } from "./frame.ts";
import { type BatchCodec, END_OF_STREAM, schemaMessage } from "./ipc-message.ts";
import { MESSAGES } from "./messages.ts";
import { bareType, fieldForValues, scalarTakes } from "./value-fields.ts";
import { anyField, fieldOf, scalarArrow, typeName, type WireField } from "./wire-type.ts";

/** A column of a result: its type as it is printed; a `?` at its end, or `nullable`, says that it may hold null. */
export interface ColumnHead {
  readonly name: string;
  readonly type: string;
  readonly nullable?: boolean;
}

/** Rows as columns, whose arrays may be longer than `length`. */
export interface Batch {
  readonly columns: readonly Column[];
  readonly length: number;
}

/** How a result is sent. */
export interface RowsOptions {
  readonly columns: readonly ColumnHead[];
  /** One of `availableCodecs`. */
  readonly compression?: BatchCodec | undefined;
  /** Bytes of a frame that are aimed at. Default 256 KiB. */
  readonly frameBytes?: number;
}

const FRAME_BYTES = 256 * 1024;
/** Frames that are expected to be smaller share a buffer; larger ones have their own. */
const SMALL_BYTES = 16 * 1024;
const ROWS_CODE = MESSAGES.ROWS.code;

const shared = new BodyWriter();

/** Encoder of one result. */
export class RowsEncoder {
  readonly #heads: readonly ColumnHead[];
  readonly #codec: BatchCodec | undefined;
  readonly #compress: Compress | undefined;
  readonly #frameBytes: number;
  #fields: readonly WireField[] | undefined;
  #later: Template | undefined;
  /** Bytes a row took in the frames so far. */
  #rowBytes = 0;

  constructor(options: RowsOptions) {
    this.#heads = options.columns;
    this.#codec = options.compression;
    this.#compress = options.compression === undefined ? undefined : compressor(options.compression);
    this.#frameBytes = options.frameBytes ?? FRAME_BYTES;
  }

  /**
   * The frames of a batch. FIRST, LAST and COMPRESSED are set here; the flags of `options` go to the last frame of the last batch only.
   * @throws WireFault `value` for values that their columns do not hold.
   */
  batch(batch: Batch, { last }: { readonly last: boolean }, options: FrameOptions): readonly Uint8Array[] {
    const isFirst = this.#fields === undefined;
    this.#fields ??= this.#heads.map((head, index) => columnField(head, batch, index, last));
    if (batch.length === 0) return this.#withoutRows(isFirst, last, options);
    const frames: Uint8Array[] = [];
    const rowBytes = this.#rowBytes === 0 ? estimate(batch) : this.#rowBytes;
    const step = Math.max(1, Math.floor(this.#frameBytes / Math.max(rowBytes, 1)));
    for (let from = 0; from < batch.length; from += step) {
      const to = Math.min(batch.length, from + step);
      const ends = last && to === batch.length;
      const flags = this.#flags(isFirst && from === 0, ends, options);
      const writer = this.#writer((to - from) * rowBytes);
      const frame = this.#frame(writer, batch, { from, to }, isFirst && from === 0, ends, { ...options, flags });
      this.#rowBytes = Math.ceil(frame.length / (to - from));
      pushFrame(frames, frame, { ...options, flags });
    }
    return frames;
  }

  /** The end of a result whose last batch was not known to be the last. */
  finish(options: FrameOptions): readonly Uint8Array[] {
    return this.batch({ columns: [], length: 0 }, { last: true }, options);
  }

  #writer(bytes: number): BodyWriter {
    if (bytes >= SMALL_BYTES) return new BodyWriter(Math.ceil(bytes * 1.125) + SMALL_BYTES);
    return shared;
  }

  #flags(isFirst: boolean, isLast: boolean, options: FrameOptions): number {
    const codec = this.#codec === undefined ? 0 : FLAGS.COMPRESSED;
    return (isFirst ? FLAGS.FIRST : 0) | (isLast ? FLAGS.LAST | (options.flags ?? 0) : 0) | codec;
  }

  #frame(
    writer: BodyWriter,
    batch: Batch,
    range: { readonly from: number; readonly to: number },
    withSchema: boolean,
    endOfStream: boolean,
    options: FrameOptions,
  ): Uint8Array {
    const fields = required(this.#fields, "the columns of a result");
    let template = this.#later;
    if (withSchema) template = firstTemplate(fields, this.#codec);
    else template = this.#later ??= makeTemplate(fields, false, this.#codec);
    writer.begin(template, range.to - range.from, this.#compress);
    for (let index = 0; index < fields.length; index += 1)
      writeColumn(writer, required(fields[index], "a column"), required(batch.columns[index], "a column"), range);
    return writer.end(ROWS_CODE, options, endOfStream);
  }

  #withoutRows(isFirst: boolean, isLast: boolean, options: FrameOptions): readonly Uint8Array[] {
    const parts: Uint8Array[] = [];
    if (isFirst) parts.push(schemaMessage(required(this.#fields, "the columns of a result")));
    if (isLast) parts.push(END_OF_STREAM);
    if (parts.length === 0) return [];
    return [encodeFrame(ROWS_CODE, { ...options, flags: this.#flags(isFirst, isLast, options) }, Buffer.concat(parts))];
  }
}

/** Adds a frame. A payload that reaches the limit goes on in further frames: a full one says that there is another. */
function pushFrame(frames: Uint8Array[], frame: Uint8Array, options: FrameOptions): void {
  const payload = frame.subarray(FRAME_HEADER_BYTES);
  if (payload.length < PAYLOAD_BYTES_MAX) {
    frames.push(frame);
    return;
  }
  const { flags = 0 } = options;
  const atEnd = flags & ~(FLAGS.FIRST | FLAGS.COMPRESSED);
  for (let at = 0; at <= payload.length; at += PAYLOAD_BYTES_MAX) {
    const piece = payload.subarray(at, at + PAYLOAD_BYTES_MAX);
    const isLast = piece.length < PAYLOAD_BYTES_MAX;
    const partFlags = (flags & FLAGS.COMPRESSED) | (at === 0 ? flags & FLAGS.FIRST : 0) | (isLast ? atEnd : 0);
    frames.push(encodeFrame(ROWS_CODE, { ...options, flags: partFlags }, piece));
  }
}

const SAMPLES = 32;
/** Bytes of a value whose size is not looked at. */
const VALUE_BYTES = 32;

/** Bytes that a row may take, from a few rows of the batch. */
function estimate({ columns, length }: Batch): number {
  let bytes = 0;
  const step = Math.max(1, Math.floor(length / SAMPLES));
  for (const column of columns) {
    if (column.kind !== "values") {
      bytes += 8;
      continue;
    }
    let sum = 0;
    let count = 0;
    for (let row = 0; row < length; row += step) {
      const value = column.data[row];
      sum += typeof value === "string" || value instanceof Uint8Array ? value.length + 4 : VALUE_BYTES;
      count += 1;
    }
    bytes += Math.ceil(sum / count);
  }
  return bytes;
}

/** The Arrow column of a result's column, by its type's name, else by the first batch. `complete`: there is no other batch, so that all values can be looked at. */
function columnField(head: ColumnHead, batch: Batch, index: number, complete: boolean): WireField {
  const bare = bareType(head.type);
  const nullable = head.nullable === true || bare !== head.type;
  const column = batch.columns[index];
  const arrow = scalarArrow(bare);
  if (column === undefined)
    return arrow === undefined ? anyField(head.name, nullable) : fieldOf(head.name, arrow, nullable, bare);
  if (column.kind !== "values") {
    const own = required(scalarArrow(column.type), "a scalar type");
    return fieldOf(head.name, own, nullable, arrow?.kind === own.kind ? bare : column.type);
  }
  const values = (): readonly Value[] => Array.from({ length: batch.length }, (_, row) => cell(column, row));
  if (arrow !== undefined && (column.type === bare || values().every((value) => scalarTakes(bare, value))))
    return fieldOf(head.name, arrow, nullable, bare);
  if (complete) return { ...named(fieldForValues(head.name, values()), bare), nullable: true };
  const own = scalarArrow(column.type);
  return own === undefined ? anyField(head.name, true) : named(fieldOf(head.name, own, nullable, column.type), bare);
}

/** Strings of a type with a name of its own (an enum) keep the name. */
function named(field: WireField, type: string): WireField {
  const keeps =
    field.arrow.kind === "utf8" && typeName(field) === "string" && type !== "any" && scalarArrow(type) === undefined;
  return keeps ? { ...field, meaning: type } : field;
}

/** One table as a complete Arrow IPC stream, for files and pipes. @throws WireFault `value` */
export function encodeArrowStream(table: TableValue): Uint8Array {
  const fields = table.columns.map((column, index) =>
    columnField({ name: table.shape.fields[index] ?? "", type: `${column.type}?` }, table, index, true),
  );
  const writer = new BodyWriter(estimate(table) * table.length + SMALL_BYTES);
  writer.begin(makeTemplate(fields, true), table.length);
  const range = { from: 0, to: table.length };
  fields.forEach((field, index) => writeColumn(writer, field, required(table.columns[index], "a column"), range));
  return writer.end(ROWS_CODE, { messageId: 0, sessionId: 0 }, true).subarray(FRAME_HEADER_BYTES);
}

const templates = new Map<string, Template>();
const TEMPLATES_MAX = 500;

/** Results of the same columns come again and again: their first templates are kept. */
function firstTemplate(fields: readonly WireField[], codec: BatchCodec | undefined): Template {
  if (fields.some(({ children }) => children.length > 0)) return makeTemplate(fields, true, codec);
  const key = fields.map(
    (field) => `${field.name}\n${typeName(field)}\n${field.arrow.kind}${field.nullable ? "?" : ""}`,
  );
  const text = `${codec ?? ""}\n${key.join("\n")}`;
  const kept = templates.get(text);
  if (kept !== undefined) return kept;
  const template = makeTemplate(fields, true, codec);
  if (templates.size >= TEMPLATES_MAX) templates.clear();
  templates.set(text, template);
  return template;
}
