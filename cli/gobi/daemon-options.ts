// Options by which commands find and enter a daemon. Tokens come from the environment or a file, never from the command line, where every user of the machine can read them.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ConnectOptions } from "../../protocol/client/types.ts";
import { type CommandContext, type CommandInput, textOption, UsageError } from "../commands/context.ts";
import type { ArgumentRow, OptionRow } from "../commands/table.ts";

/** Which daemon. */
export const TARGET: ArgumentRow = {
  name: "target",
  doc: "A mounted folder, the name of a daemon, a socket, or gobi://host:port. Default: GOBI_HOME, the mounted folder above the current one, the only daemon that runs.",
};

/** Who enters it, and how. */
export const DAEMON_OPTIONS: readonly OptionRow[] = [
  {
    flags: "--user",
    value: "name",
    doc: "User to act as: over the socket of this machine by name alone, over TCP with a password.",
  },
  { flags: "--password-file", value: "file", doc: "File that holds the user's password (default: GOBI_PASSWORD)." },
  { flags: "--token-file", value: "file", doc: "File that holds the token (default: GOBI_TOKEN)." },
  { flags: "--ca", value: "file", doc: "Certificate of the authority that has signed the daemon's." },
  { flags: "--cert", value: "file", doc: "Certificate of this client, where the daemon asks for one; with --key." },
  { flags: "--key", value: "file", doc: "Key of the certificate of this client." },
  {
    flags: "--lane",
    value: "lane",
    doc: "Lane to live in (default medium).",
    choices: ["slow", "medium", "fast", "cache"],
  },
];

function contentOf(context: CommandContext, option: string, file: string): string {
  try {
    return readFileSync(resolve(context.cwd, file), "utf8");
  } catch (error) {
    throw new UsageError(
      `--${option} ${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`,
    );
  }
}

/** What TLS needs: whom to trust, and what to show. @throws UsageError. */
function tlsOf(context: CommandContext, input: CommandInput): ConnectOptions["tls"] {
  const given = (option: string): string | undefined => {
    const file = textOption(input, option);
    return file === undefined ? undefined : contentOf(context, option, file);
  };
  const [ca, cert, key] = [given("ca"), given("cert"), given("key")];
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError("--cert and --key belong together: a certificate is nothing without its key.");
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

/** How to connect, as the options say. @throws UsageError. */
export function connectOptionsOf(
  context: CommandContext,
  input: CommandInput,
  target: string | undefined,
): ConnectOptions {
  const tokenFile = textOption(input, "tokenFile");
  const token =
    tokenFile === undefined ? context.environment["GOBI_TOKEN"] : contentOf(context, "token-file", tokenFile).trim();
  const user = textOption(input, "user");
  const passwordFile = textOption(input, "passwordFile");
  const password =
    passwordFile === undefined
      ? context.environment["GOBI_PASSWORD"]
      : contentOf(context, "password-file", passwordFile).replace(/\r?\n$/u, "");
  const tls = tlsOf(context, input);
  const lane = textOption(input, "lane") as ConnectOptions["lane"];
  return {
    clientName: "gobi",
    ...(target === undefined ? {} : { target }),
    ...(token === undefined || token === "" ? {} : { token }),
    ...(user === undefined ? {} : { user }),
    ...(user === undefined || password === undefined || password === "" ? {} : { password }),
    ...(lane === undefined ? {} : { lane }),
    ...(tls === undefined ? {} : { tls }),
  };
}
