// Names and string literals as SQLite text.

/** Keywords of SQLite that cannot stand as a name without quotes, and those which only sometimes can (quoting is never wrong). */
const KEYWORDS = new Set(
  `abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast check collate column commit conflict
  constraint create cross current current_date current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end
  escape except exclude exclusive exists explain fail false filter first following for foreign from full generated glob group groups having if ignore immediate in index
  indexed initially inner insert instead intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null nulls of offset
  on or order others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release rename replace restrict returning
  right rollback row rows savepoint select set table temp temporary then ties to transaction trigger true unbounded union unique update using vacuum values view virtual
  when where window with within without`.split(/\s+/),
);

/** The name as SQLite text: bare when that is safe, else in double quotes. */
export function quoteName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name.toLowerCase())
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

/** A string literal. SQLite's literals end at a NUL, so a text with one is joined by char(0). */
export function quoteText(text: string): string {
  const pieces = text.split("\0").map((piece) => `'${piece.replaceAll("'", "''")}'`);
  return pieces.length === 1 ? (pieces[0] ?? "''") : `(${pieces.join(" || char(0) || ")})`;
}
