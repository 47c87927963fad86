// Proposals of what queries read: tables, the sources of FROM with their columns, and the joins that foreign keys make.
import type { SeenSource } from "../../compiler/check/seen.ts";
import { showType } from "../../compiler/types/show.ts";
import type { Document } from "../types.ts";
import { nullSentence } from "./describe.ts";
import type { Proposal } from "./proposal.ts";

/** The columns of a source and its alias; a column that several sources have is written with the alias. */
export function sourceProposals(source: SeenSource, all: readonly SeenSource[]): readonly Proposal[] {
  const others = new Set(
    all.filter((other) => other !== source).flatMap(({ columns }) => columns.map(({ name }) => name.toLowerCase())),
  );
  const alias = source.alias ?? source.table?.name;
  const columns = columnProposals(source, true).map((proposal) =>
    alias !== undefined && others.has(proposal.label.toLowerCase())
      ? { ...proposal, label: `${alias}.${proposal.label}` }
      : proposal,
  );
  return alias === undefined
    ? columns
    : [...columns, { label: alias, kind: "alias", detail: source.table?.name ?? "rows", rank: 3 }];
}

/** Conditions that join two sources by a foreign key between them. */
export function joinProposals(sources: readonly SeenSource[]): readonly Proposal[] {
  const name = ({ alias, table }: SeenSource): string => alias ?? table?.name ?? "";
  return sources.flatMap((child) =>
    (child.table?.foreignKeys ?? []).flatMap((key) =>
      sources
        .filter(({ table }) => table !== undefined && table.name.toLowerCase() === key.table.toLowerCase())
        .map((parent) => {
          const referenced = key.referenced.length > 0 ? key.referenced : (parent.table?.primaryKey ?? []);
          const pairs = key.columns.map(
            (column, index) => `${name(child)}.${column} = ${name(parent)}.${referenced[index] ?? "rowid"}`,
          );
          return { label: pairs.join(" AND "), kind: "snippet" as const, detail: "foreign key", rank: -1 };
        }),
    ),
  );
}

/** The columns of a source; `withOwner` says where they come from. */
export function columnProposals({ alias, table, columns }: SeenSource, withOwner: boolean): readonly Proposal[] {
  const owner = alias ?? table?.name;
  return columns.map((column) => ({
    label: column.name,
    kind: "column",
    detail: `${showType(column.type)}${withOwner && owner !== undefined ? `  ${owner}` : ""}`,
    about: nullSentence(column),
    rank: 0,
  }));
}

/** Tables of a schema, or all. */
export function tableProposals(document: Document, schema: string | undefined): readonly Proposal[] {
  const prefix = schema === undefined ? "" : `${schema.toLowerCase()}.`;
  return document.catalog.tableNames().flatMap((name) => {
    if (!name.toLowerCase().startsWith(prefix)) {
      // Tables of main are listed without their schema.
      return prefix === "main." && !name.includes(".") ? [{ label: name, kind: "table" as const, rank: 2 }] : [];
    }
    return [{ label: name.slice(prefix.length), kind: "table" as const, rank: name.includes(".") ? 8 : 2 }];
  });
}
