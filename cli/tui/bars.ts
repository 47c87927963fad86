// The lines around the body: who and where (head), the sections, what keys do here, what is asked and told. Pure.
import stringWidth from "string-width";
import { fit, pictures } from "../output/table.ts";
import type { Tone } from "./lines.ts";
import { SECTION_NAMES, type SectionName } from "./section-names.ts";
import { SECTIONS } from "./sections.ts";
import type { ScreenState } from "./state.ts";
import type { Source } from "./types.ts";

/** A piece of a bar. */
export interface BarPiece {
  readonly text: string;
  readonly tone: Tone;
  readonly inverse?: boolean;
}

/** The daemon or file, how it is, who is acting. */
export function headPieces(state: ScreenState, source: Source): readonly BarPiece[] {
  const { head, lost } = state;
  const pieces: BarPiece[] = [
    { text: " gobi ", tone: "title", inverse: true },
    { text: ` ${source.place} `, tone: "title" },
  ];
  if (source.kind === "file") return [...pieces, { text: " no daemon", tone: "dim" }];
  if (lost !== undefined) pieces.push({ text: " lost ", tone: "bad", inverse: true });
  else if (head.ready !== undefined)
    pieces.push(head.ready ? { text: " ready", tone: "good" } : { text: " not well", tone: "bad" });
  const facts = [
    source.catalogEpoch === undefined ? "" : `epoch ${source.catalogEpoch}`,
    head.sessions === undefined ? "" : `${head.sessions} session${head.sessions === 1 ? "" : "s"}`,
    source.user === undefined ? "" : `as ${source.user}`,
  ].filter((fact) => fact !== "");
  return [...pieces, { text: `  ${facts.join(" · ")}`, tone: "dim" }];
}

/** The sections with their keys: those around the shown one that fit. */
export function tabPieces(section: SectionName, width: number): readonly BarPiece[] {
  const texts = SECTION_NAMES.map((name) => ` ${SECTIONS[name].key} ${name} `);
  const at = SECTION_NAMES.indexOf(section);
  let from = 0;
  const wide = (): number => texts.slice(from, at + 1).reduce((sum, text) => sum + text.length, 0);
  // The next one is shown too where that is possible, so that one sees that there is more.
  const ahead = texts[at + 1]?.length ?? 0;
  while (from < at && wide() + ahead > width) from += 1;
  return SECTION_NAMES.slice(from).map((name, index) => ({
    text: texts[from + index] ?? "",
    tone: name === section ? "title" : "dim",
    inverse: name === section,
  }));
}

/** What the body shows, and a rule to the end of the line. */
export function titlePiece(title: string, width: number): BarPiece {
  const text = `─ ${fit(pictures(title), Math.max(1, width - 4))} `;
  return { text: text + "─".repeat(Math.max(0, width - stringWidth(text))), tone: "title" };
}

/** What keys do on this page. */
export function hintText(state: ScreenState): string {
  if (state.prompt?.kind === "confirm") return "y do it   n leave it";
  if (state.prompt !== undefined) return "Enter take it   Esc leave it   Ctrl-U empty";
  if (state.helpOffset !== undefined || state.result !== undefined) return "↑↓ move   any other key: back";
  const actions = SECTIONS[state.section].actions.map(({ key, name }) => `${key} ${name}`);
  if (state.details !== undefined)
    return [...actions, "Esc back", "? help", "q quit", "←→ page", "↑↓ move"].join("   ");
  if (SECTIONS[state.section].isReport === true) return "? help   q quit   Tab section   : go to   ↑↓ move";
  return [...actions, "Enter details", "? help", "q quit", "/ filter", "s sort", ": go to"].join("   ");
}

/** What is asked, what went wrong, what is being done. */
export function statusPiece(state: ScreenState, nowMs: number): BarPiece {
  const { prompt, lost, note, busy, feed } = state;
  switch (prompt?.kind) {
    case "filter":
      return { text: `/${prompt.text}█`, tone: "title" };
    case "command":
      return { text: `:${prompt.text}█`, tone: "title" };
    case "arguments":
      return { text: `${pictures(prompt.label)}: ${prompt.text}█`, tone: "title" };
    case "confirm":
      return { text: `${pictures(prompt.text)}  Do it? (y/n)`, tone: "title" };
    case undefined:
      break;
  }
  if (lost !== undefined) return { text: `${lost.message} Looking for it again …`, tone: "bad" };
  if (busy !== undefined) return { text: `${pictures(busy)} …`, tone: "busy" };
  if (note !== undefined) return { text: pictures(note.text), tone: note.kind === "error" ? "bad" : "good" };
  const [last] = feed;
  if (last === undefined) return { text: "", tone: "dim" };
  const seconds = Math.max(0, Math.round((nowMs - last.atMs) / 1000));
  return { text: `${last.topic} ${pictures(last.text)} ${seconds} s ago`, tone: "dim" };
}
