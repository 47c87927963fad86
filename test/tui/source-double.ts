// A source of data for tests of the screen: answers by pattern, counts what was asked, tells what the test lets happen.
import type { Answer, ControlAnswer, Failure, Listing, Source, SourceListener } from "../../cli/tui/types.ts";

/** A table of texts; numbers where every cell is one. */
export function listing(names: string, ...rows: readonly (readonly (string | null)[])[]): Listing {
  const columns = names.split(" ");
  const types = columns.map((_, at) => (rows.every((row) => /^\d+$/u.test(row[at] ?? "")) ? "int" : "string"));
  return { names: columns, types, rows };
}

/** A source that a test holds in its hand. */
export interface SourceDouble extends Source {
  /** Statements in the order in which they were asked, actions of SERVICE_CONTROL as `action argument`. */
  readonly asked: readonly string[];
  /** What was asked to be done. */
  readonly done: readonly string[];
  readonly listener: SourceListener | undefined;
  readonly looks: number;
  readonly closed: boolean;
  /** The statement is answered so from now on. */
  answer(pattern: RegExp, given: Listing | Failure | readonly string[]): void;
}

const LOST: Failure = { code: "NotAnswered", message: "The double knows no answer.", help: undefined, lost: false };

/** Makes it. */
export function sourceDouble(kind: Source["kind"] = "daemon"): SourceDouble {
  const answers: { readonly pattern: RegExp; readonly answer: Answer }[] = [];
  const asked: string[] = [];
  const done: string[] = [];
  const state: { listener: SourceListener | undefined; looks: number; closed: boolean } = {
    listener: undefined,
    looks: 0,
    closed: false,
  };
  const find = (text: string): Answer =>
    answers.findLast(({ pattern }) => pattern.test(text))?.answer ?? { ok: false, failure: LOST };
  return {
    kind,
    place: "shop-12345678",
    user: "owner",
    catalogEpoch: 7,
    asked,
    done,
    get listener() {
      return state.listener;
    },
    get looks() {
      return state.looks;
    },
    get closed() {
      return state.closed;
    },
    answer: (pattern, given) => {
      if ("rows" in given) answers.push({ pattern, answer: { ok: true, listing: given, lines: [] } });
      else if ("code" in given) answers.push({ pattern, answer: { ok: false, failure: given } });
      else answers.push({ pattern, answer: { ok: true, listing: undefined, lines: given } });
    },
    run: (text) => {
      asked.push(text);
      return Promise.resolve(find(text));
    },
    act: (text) => {
      done.push(text);
      return Promise.resolve(find(text));
    },
    control: (action, argument): Promise<ControlAnswer> => {
      if (action === "status")
        return Promise.resolve({
          ok: true,
          data: { sessions: 2, health: { ready: true, checks: [{ name: "log", ok: true, text: "Every line." }] } },
        });
      done.push(`${action} ${JSON.stringify(argument)}`);
      return Promise.resolve({ ok: true, data: {} });
    },
    listen: (given) => {
      state.listener = given;
    },
    look: () => {
      state.looks += 1;
      return Promise.resolve();
    },
    close: () => {
      state.closed = true;
    },
  };
}
