// A layout language: text with places where a line may break. Groups stay on one line when they fit, else all their places break.
// Algorithm: Wadler, "A prettier printer", in the form that Prettier uses.

/** A piece of layout. A string may hold line ends of its own (long strings, text kept as written); they are not indented. */
export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: "line"; readonly form: "space" | "nothing" | "always" }
  | { readonly kind: "indent"; readonly doc: Doc }
  | { readonly kind: "group"; readonly doc: Doc; readonly broken: boolean };

/** A blank, or a new line in a broken group. */
export const LINE: Doc = { kind: "line", form: "space" };
/** Nothing, or a new line in a broken group. */
export const SOFT_LINE: Doc = { kind: "line", form: "nothing" };
/** Always a new line; breaks the groups around it. */
export const HARD_LINE: Doc = { kind: "line", form: "always" };

/** The content four columns further to the right, from its next line on. */
export function indent(doc: Doc): Doc {
  return { kind: "indent", doc };
}

/** One line if it fits and nothing in it always breaks. */
export function group(doc: Doc, broken = false): Doc {
  return { kind: "group", doc, broken: broken || breaks(doc) };
}

/** The docs with a separator between them. */
export function join(separator: Doc, docs: readonly Doc[]): Doc {
  return docs.flatMap((doc, i) => (i === 0 ? [doc] : [separator, doc]));
}

function breaks(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  if ("kind" in doc) {
    if (doc.kind === "line") return doc.form === "always";
    return doc.kind === "group" ? doc.broken : breaks(doc.doc);
  }
  return doc.some(breaks);
}

interface Entry {
  readonly indent: number;
  readonly broken: boolean;
  readonly doc: Doc;
}

const INDENT = 4;

/** Lays a doc out. Lines end without blanks. */
export function layOut(doc: Doc, widthMax: number, startIndent = 0): string {
  const out: string[] = [];
  let column = startIndent;
  const stack: Entry[] = [{ indent: startIndent, broken: true, doc }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { doc: at } = entry;
    if (typeof at === "string") {
      out.push(at);
      const last = at.lastIndexOf("\n");
      column = last < 0 ? column + at.length : at.length - last - 1;
    } else if (!("kind" in at)) {
      for (let i = at.length - 1; i >= 0; i -= 1) stack.push({ ...entry, doc: at[i] ?? "" });
    } else if (at.kind === "indent") stack.push({ indent: entry.indent + INDENT, broken: entry.broken, doc: at.doc });
    else if (at.kind === "group") {
      const flat: Entry = { indent: entry.indent, broken: false, doc: at.doc };
      stack.push(!at.broken && fits(flat, stack, widthMax - column) ? flat : { ...flat, broken: true });
    } else if (at.form !== "always" && !entry.broken) {
      if (at.form === "space") {
        out.push(" ");
        column += 1;
      }
    } else {
      out.push(`\n${" ".repeat(entry.indent)}`);
      column = entry.indent;
    }
  }
  return out.join("").replaceAll(/[ \t]+$/gm, "");
}

/** True when a group and what follows it up to the next possible break stand in `room` columns. */
function fits(first: Entry, rest: readonly Entry[], room: number): boolean {
  let left = room;
  const stack: Entry[] = [first];
  let next = rest.length - 1;
  while (left >= 0) {
    let entry = stack.pop();
    if (entry === undefined) {
      if (next < 0) return true;
      entry = rest[next];
      next -= 1;
      if (entry === undefined) return true;
    }
    const { doc } = entry;
    if (typeof doc === "string") {
      const end = doc.indexOf("\n");
      if (end >= 0) return left - end >= 0;
      left -= doc.length;
    } else if (!("kind" in doc)) {
      for (let i = doc.length - 1; i >= 0; i -= 1) stack.push({ ...entry, doc: doc[i] ?? "" });
    } else if (doc.kind === "indent") stack.push({ ...entry, doc: doc.doc });
    else if (doc.kind === "group") stack.push({ ...entry, broken: entry.broken || doc.broken, doc: doc.doc });
    else if (entry.broken || doc.form === "always") return true;
    else if (doc.form === "space") left -= 1;
  }
  return false;
}
