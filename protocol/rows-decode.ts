// ROWS payloads of one result as columns of values. For apache-arrow's own batches see arrow-batches.ts.
import { required } from "../base/failure.ts";
import { Shape, TableValue } from "../base/value/value.ts";
import { BatchPayloads } from "./batch-payloads.ts";
import { readColumn } from "./columns-read.ts";
import { typeName, type WireField } from "./wire-type.ts";

/** A column of a result as it arrived: our name of its type. */
export interface WireColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Decoder of one result. */
export class RowsDecoder {
  readonly #payloads = new BatchPayloads();
  #fields: readonly WireField[] | undefined;
  #columns: readonly WireColumn[] = [];
  #shape = new Shape("", []);

  /** The columns; empty before the first payload. */
  get columns(): readonly WireColumn[] {
    return this.#columns;
  }

  /** True while a batch is not whole: the result must not end here. */
  get midBatch(): boolean {
    return this.#payloads.midBatch;
  }

  /**
   * Takes the payload of the next ROWS frame; gives its rows, or undefined when it brings none. Columns may be views of the payload.
   * @throws WireFault
   */
  push(payload: Uint8Array): TableValue | undefined {
    const from = this.#payloads.push(payload);
    if (this.#fields === undefined) this.#open();
    if (from === undefined) return undefined;
    const columns = required(this.#fields, "the columns of a result").map((field) =>
      readColumn(from, field, from.rows),
    );
    return new TableValue(this.#shape, columns, from.rows);
  }

  #open(): void {
    const { fields } = required(this.#payloads.columns, "the columns of a result");
    this.#fields = fields;
    this.#columns = fields.map((field) => ({ name: field.name, type: typeName(field), nullable: field.nullable }));
    this.#shape = new Shape(
      "",
      fields.map(({ name }) => name),
    );
  }
}
