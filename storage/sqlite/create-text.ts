// What only the text of a CREATE statement tells: CHECK constraints with their names, the condition of a partial index.
import { afterParenthesis, isWord, scanSql, type Token } from "./scan.ts";

/** A CHECK constraint; `text` is the condition as written. */
export interface CheckText {
  readonly name: string | undefined;
  readonly text: string;
}

/** The CHECK constraints of a CREATE TABLE statement in order, of columns and of the table. */
export function checksOf(createTable: string): readonly CheckText[] {
  if (!/check/i.test(createTable)) return [];
  const tokens = scanSql(createTable);
  const checks: CheckText[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const open = tokens[i + 1];
    if (!isWord(tokens[i], "CHECK") || open?.text !== "(") continue;
    const after = afterParenthesis(tokens, i + 1);
    const close = tokens[after - 1];
    if (close?.text !== ")") break;
    checks.push({ name: constraintName(tokens, i), text: createTable.slice(open.end, close.start).trim() });
    i = after - 1;
  }
  return checks;
}

function constraintName(tokens: readonly Token[], check: number): string | undefined {
  return isWord(tokens[check - 2], "CONSTRAINT") ? tokens[check - 1]?.name : undefined;
}

/** The condition of a partial index, or undefined when the index has none. */
export function indexWhere(createIndex: string): string | undefined {
  const tokens = scanSql(createIndex);
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth -= 1;
    else if (depth === 0 && isWord(token, "WHERE")) return createIndex.slice(token.end, tokens.at(-1)?.end).trim();
  }
  return undefined;
}
