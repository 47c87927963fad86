// The door of the screen: a bundle of its own (ESM, since ink waits at its top level), loaded by `gobi tui` alone.
// Takes the terminal over on its alternate screen and gives it back however it ends: q, Ctrl-C, a signal, an error.
import { writeSync } from "node:fs";
import { render } from "ink";
import { Controller } from "../controller.ts";
import type { SectionName } from "../section-names.ts";
import type { ScreenClock, Source, Terminal } from "../types.ts";
import { App } from "./app.tsx";
import { quietOutput } from "./quiet-output.ts";

/** What to show. */
export interface ScreenRequest {
  readonly source: Source;
  readonly section: SectionName;
  readonly terminal: Terminal;
}

const ENTER = "\u001b[?1049h\u001b[2J\u001b[H";
/** Back from the alternate screen, the cursor to be seen again. */
const LEAVE = "\u001b[?1049l\u001b[?25h";
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

const MACHINE_CLOCK: ScreenClock = {
  nowMs: () => Date.now(),
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    return () => clearInterval(timer);
  },
  after: (ms, callback) => void setTimeout(callback, ms),
};

/** Shows the screen until the user leaves. Gives the exit code; rejects with what went wrong in the screen itself. */
export async function showScreen({ source, section, terminal }: ScreenRequest): Promise<number> {
  const { stdin, stdout, colours } = terminal;
  let isIn = true;
  let exitCode = 0;
  const giveBack = (): void => {
    if (!isIn) return;
    isIn = false;
    if (stdin.isTTY) stdin.setRawMode(false);
    // Synchronously: the process may be about to end.
    writeSync(1, LEAVE);
  };
  stdout.write(ENTER);
  process.on("exit", giveBack);
  const controller = new Controller({ source, clock: MACHINE_CLOCK, section, onQuit: () => screen.unmount() });
  const screen = render(<App controller={controller} colours={colours} />, {
    stdin,
    stdout: quietOutput(stdout),
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const ended = Object.entries(SIGNALS).map(([signal, code]) => {
    const end = (): void => {
      exitCode = 128 + code;
      screen.unmount();
    };
    process.on(signal, end);
    return () => void process.off(signal, end);
  });
  try {
    controller.start();
    await screen.waitUntilExit();
    return exitCode;
  } finally {
    controller.stop();
    giveBack();
    process.off("exit", giveBack);
    for (const release of ended) release();
  }
}
