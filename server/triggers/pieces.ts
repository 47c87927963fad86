// The pieces of a statement that writes, taken out of its form: what firing needs to do the statement row by row.
import type { SqlForm, SqlPart, SqlParts, SqlPieceName } from "../../base/sql-form.ts";

/** Values of SET: of one column, or of several from one subquery. */
export interface SetPiece {
  readonly columns: readonly string[];
  readonly value: SqlParts;
}

/** One ON CONFLICT clause. */
export interface ConflictPiece {
  /** The whole clause. */
  readonly parts: SqlParts;
  /** ` (a, b) WHERE …`, or nothing. */
  readonly target: SqlParts;
  readonly update: boolean;
  readonly sets: readonly SetPiece[];
  /** ` WHERE …` of DO UPDATE. */
  readonly where: SqlParts;
}

/** A statement taken apart. */
export interface Pieces {
  readonly with: SqlParts;
  /** Table, alias and hint. */
  readonly target: SqlParts;
  /** Undefined for DEFAULT VALUES. */
  readonly source: SqlParts | undefined;
  readonly sets: readonly SetPiece[];
  readonly from: SqlParts;
  readonly where: SqlParts;
  readonly order: SqlParts;
  readonly conflicts: readonly ConflictPiece[];
  readonly returning: SqlParts;
  /** UPSERT INTO. */
  readonly upsert: Extract<SqlPart, { p: "upsert" }> | undefined;
}

type Piece = Extract<SqlPart, { p: "piece" }>;

const piecesOfForm = new WeakMap<SqlForm, Pieces>();

function isPiece(part: SqlPart, name?: SqlPieceName): part is Piece {
  return typeof part === "object" && part.p === "piece" && (name === undefined || part.piece === name);
}

function find(parts: SqlParts, name: SqlPieceName): Piece | undefined {
  return parts.find((part): part is Piece => isPiece(part, name));
}

function setsOf(parts: SqlParts): readonly SetPiece[] {
  return parts.flatMap((part) => (isPiece(part, "set") ? [{ columns: part.columns, value: part.parts }] : []));
}

function conflictOf({ parts }: Piece): ConflictPiece {
  const target = find(parts, "conflictTarget");
  const sets = setsOf(parts);
  return {
    parts,
    target: target?.parts ?? [],
    update: sets.length > 0,
    sets,
    where: find(parts, "where")?.parts ?? [],
  };
}

/** The pieces of a form; the same object for the same form. */
export function piecesOf(form: SqlForm): Pieces {
  const known = piecesOfForm.get(form);
  if (known !== undefined) return known;
  const { parts } = form;
  const upsert = parts.find(
    (part): part is Extract<SqlPart, { p: "upsert" }> => typeof part === "object" && part.p === "upsert",
  );
  const pieces: Pieces = {
    with: find(parts, "with")?.parts ?? [],
    target: upsert?.table ?? find(parts, "target")?.parts ?? [],
    source: upsert?.source ?? find(parts, "source")?.parts,
    sets: setsOf(parts),
    from: find(parts, "from")?.parts ?? [],
    where: find(parts, "where")?.parts ?? [],
    order: find(parts, "order")?.parts ?? [],
    conflicts: parts.flatMap((part) => (isPiece(part, "conflict") ? [conflictOf(part)] : [])),
    returning: find(parts, "returning")?.parts ?? [],
    upsert,
  };
  piecesOfForm.set(form, pieces);
  return pieces;
}

/** A condition without its ` WHERE `. */
export function conditionOf(where: SqlParts): SqlParts {
  const [first, ...rest] = where;
  return typeof first === "string" ? [first.replace(/^ WHERE /, ""), ...rest] : where;
}
