// A terminal for tests of the terminal interface: ink draws each frame as a whole, keys are bytes as a terminal sends them.
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { createElement } from "react";
import { render } from "ink";
import stringWidth from "string-width";
import { InternalError } from "../../base/failure.ts";
import { Controller } from "../../cli/tui/controller.ts";
import { App } from "../../cli/tui/screen/app.tsx";
import type { SectionName } from "../../cli/tui/section-names.ts";
import type { ScreenClock, Source } from "../../cli/tui/types.ts";

/** Keys by name, as terminals send them. */
export const BYTES = {
  enter: "\r",
  escape: "\u001b",
  tab: "\t",
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  left: "\u001b[D",
  pageDown: "\u001b[6~",
  end: "\u001b[F",
  backspace: "\u007f",
  ctrlC: "\u0003",
} as const;

/** A clock that tests move. */
export interface ScreenTestClock extends ScreenClock {
  advance(ms: number): void;
}

/** Starts at a fixed time. */
export function screenClock(): ScreenTestClock {
  let nowMs = Date.parse("2026-11-21T12:00:00Z");
  const due: { atMs: number; every: number; callback: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    every: (ms, callback) => {
      const timer = { atMs: nowMs + ms, every: ms, callback };
      due.push(timer);
      return () => void due.splice(due.indexOf(timer), 1);
    },
    // What waits a moment waits for what is under way, and then the moment is over.
    after: (ms, callback) =>
      void setImmediate(() => {
        nowMs += ms;
        callback();
      }),
    advance: (ms) => {
      nowMs += ms;
      for (const timer of due.filter(({ atMs }) => atMs <= nowMs)) {
        timer.atMs = nowMs + timer.every;
        timer.callback();
      }
    },
  };
}

class Output extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  frame = "";
  frames = 0;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): boolean {
    this.frame = text;
    this.frames += 1;
    this.emit("frame");
    return true;
  }
}

/** A screen that is shown. */
export interface TestScreen {
  readonly controller: Controller;
  /** Lines of the last frame. */
  lines(): readonly string[];
  /** Frames that were drawn. */
  readonly frames: number;
  /** Types, key by key; what the keys do at once has been done then. */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): void;
  /** The first frame, the shown one or one to come, that holds the text or matches. */
  until(what: string | RegExp): Promise<string>;
  readonly quits: number;
  close(): void;
}

/** Shows the screen. */
export function openScreen(
  source: Source,
  options: {
    readonly section?: SectionName;
    readonly columns?: number;
    readonly rows?: number;
    readonly clock?: ScreenClock;
  } = {},
): TestScreen {
  const { section = "overview", columns = 80, rows = 24, clock = machineClock() } = options;
  const stdout = new Output(columns, rows);
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  });
  let quits = 0;
  const controller = new Controller({ source, clock, section, onQuit: () => void (quits += 1) });
  const screen = render(createElement(App, { controller, colours: false }), {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  controller.start();
  return {
    controller,
    lines: () => stdout.frame.split("\n"),
    get frames() {
      return stdout.frames;
    },
    press: async (...keys) => {
      for (const key of keys) {
        stdin.write(key);
        stdin.emit("readable");
        // A lone escape is one when nothing has followed it by now.
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      }
    },
    resize: (width, height) => {
      stdout.columns = width;
      stdout.rows = height;
      stdout.emit("resize");
    },
    until: (what) =>
      new Promise((resolve) => {
        const look = (): void => {
          const { frame } = stdout;
          if (typeof what === "string" ? !frame.includes(what) : !what.test(frame)) return;
          stdout.off("frame", look);
          resolve(frame);
        };
        stdout.on("frame", look);
        look();
      }),
    get quits() {
      return quits;
    },
    close: () => {
      controller.stop();
      screen.unmount();
    },
  };
}

/** @throws InternalError when a line is wider than the terminal, or there are too many. */
export function checkFits(screen: TestScreen, columns: number, rows: number): void {
  const lines = screen.lines();
  if (lines.length > rows) throw new InternalError(`${lines.length} lines do not fit ${rows}`);
  const wide = lines.find((line) => stringWidth(line) > columns);
  if (wide !== undefined) throw new InternalError(`wider than ${columns}: ${wide}`);
}

function machineClock(): ScreenClock {
  return {
    nowMs: () => Date.now(),
    every: (ms, callback) => {
      const timer = setInterval(callback, ms);
      return () => clearInterval(timer);
    },
    after: (ms, callback) => void setTimeout(callback, ms),
  };
}
