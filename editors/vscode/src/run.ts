// Runs gobic or gobi and collects what it prints.
import { execFile } from "node:child_process";
import type { Program } from "./programs.ts";

/** What a program printed. */
export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const OUTPUT_MAX = 16 * 1024 * 1024;

/** Runs to the end, or until `signal`. A program that is not there has code -1. */
export function runProgram(
  program: Program,
  args: readonly string[],
  options: { readonly cwd: string | undefined; readonly signal?: AbortSignal },
): Promise<Printed> {
  return new Promise((resolve) => {
    execFile(
      program.command,
      [...program.args, ...args],
      {
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        env: { ...process.env, ...program.env, NO_COLOR: "1" },
        maxBuffer: OUTPUT_MAX,
      },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, out, err: code === -1 && err === "" ? (error?.message ?? "") : err });
      },
    );
  });
}
