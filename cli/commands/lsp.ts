// gobic lsp: the language server on standard input and output.
import { runLanguageServer } from "../language-server.ts";
import type { CommandHandler } from "./context.ts";

/** Serves until the client is gone. */
export const lspCommand: CommandHandler = async () => await runLanguageServer(process);
