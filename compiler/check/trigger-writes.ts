// What triggers do to tables, statement by statement: their own and stored ones, through the routines they call. For cycles and for order.
import type { Expression, SqlStatement } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { ModuleSetting } from "./bodies.ts";
import { nameOf } from "./config-values.ts";
import { storedHeader, type TriggerHeader, type TriggerShape } from "./trigger-shape.ts";

/** A trigger of the file or a stored one. */
export interface TriggerWork {
  readonly name: string;
  readonly header: TriggerHeader;
  /** Undefined: stored. */
  readonly shape: TriggerShape | undefined;
  /** Statements that write, in its body and in what it calls. */
  writes(): readonly SqlStatement[];
  /** Everything that its code holds: the body, and the bodies of what it calls. */
  code(): readonly object[];
}

/** The file's triggers, then stored ones that fire and that the file does not declare anew. */
export function triggerWork(setting: ModuleSetting, shapes: readonly TriggerShape[]): readonly TriggerWork[] {
  const names = new Set(shapes.map((shape) => foldName(shape.declaration.name.text)));
  const stored = setting.catalog
    .triggers()
    .filter((trigger) => trigger.fires && !names.has(foldName(trigger.name)))
    .map((trigger) => workOf(setting, storedHeader(trigger.declaration), undefined));
  return [...shapes.map((shape) => workOf(setting, shape, shape)), ...stored];
}

/** Code is looked at when a path or a pair leads to the trigger: most stored ones have nothing to do with the file. */
function workOf(setting: ModuleSetting, header: TriggerHeader, shape: TriggerShape | undefined): TriggerWork {
  let code: readonly object[] | undefined;
  let writes: readonly SqlStatement[] | undefined;
  const work: TriggerWork = {
    name: header.declaration.name.text,
    header,
    shape,
    code: () => (code ??= codeOf(setting, header)),
    writes: () => (writes ??= work.code().flatMap(writesIn)),
  };
  return work;
}

function codeOf(setting: ModuleSetting, header: TriggerHeader): readonly object[] {
  const { declaration } = header;
  const code: object[] = [];
  const queue: object[] = [];
  const enter = (body: object | undefined): void => {
    if (body === undefined || code.includes(body)) return;
    code.push(body);
    queue.push(body);
  };
  enter(declaration.body);
  if (declaration.body === undefined) enter(bodyNamed(setting, calleeName(setting, header)));
  for (let body = queue.shift(); body !== undefined; body = queue.shift())
    for (const name of namesCalled(body)) enter(bodyNamed(setting, name));
  return code;
}

/** The routine that a trigger without a body calls, as far as the file and the catalog know it. */
function calleeName(setting: ModuleSetting, { declaration, call }: TriggerHeader): string {
  const facts = setting.state.triggerFacts.get(declaration);
  return facts?.callee?.name ?? nameOf(call?.value) ?? declaration.name.text;
}

function bodyNamed(setting: ModuleSetting, name: string): object | undefined {
  const own = setting.state.routineIndex.get(foldName(name))?.[0]?.declaration;
  return (own ?? setting.catalog.routines(name)[0]?.declaration)?.body;
}

function visit(node: unknown, see: (node: object & { readonly kind: string }) => void): void {
  if (typeof node !== "object" || node === null) return;
  if ("kind" in node && typeof node.kind === "string") see(node as object & { readonly kind: string });
  for (const part of Object.values(node)) visit(part, see);
}

const WRITING: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"]);

function writesIn(body: object): readonly SqlStatement[] {
  const found: SqlStatement[] = [];
  visit(body, (node) => {
    if (WRITING.has(node.kind) && "target" in node) found.push(node as unknown as SqlStatement);
  });
  return found;
}

/** Names that are called anywhere in a body. */
function namesCalled(body: object): readonly string[] {
  const found = new Set<string>();
  visit(body, (node) => {
    if (node.kind !== "call") return;
    const { callee } = node as unknown as { readonly callee: Expression };
    if (callee.kind === "name") found.add(callee.name.text);
    if (callee.kind === "member") found.add(callee.name.text);
  });
  return [...found];
}

/** Columns of NEW that the code assigns, and that it reads; folded. */
export function rowColumns(code: readonly object[]): {
  readonly assigned: ReadonlySet<string>;
  readonly read: ReadonlySet<string>;
} {
  const assigned = new Set<string>();
  const read = new Set<string>();
  const targets = new Set<object>();
  for (const body of code)
    visit(body, (node) => {
      const target = node.kind === "assign" ? (node as unknown as { readonly target: Expression }).target : undefined;
      if (target !== undefined && isNewColumn(target)) {
        assigned.add(foldName(target.name.text));
        targets.add(target);
      }
      if (isNewColumn(node as unknown as Expression) && !targets.has(node))
        read.add(foldName((node as unknown as { readonly name: { readonly text: string } }).name.text));
    });
  return { assigned, read };
}

function isNewColumn(e: Expression): e is Extract<Expression, { readonly kind: "member" }> {
  return e.kind === "member" && e.object.kind === "name" && foldName(e.object.name.text) === "new";
}
