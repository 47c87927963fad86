// Names of commands that lenses and actions carry. The first is carried out by the server; the others by clients which say that they can
// (`experimental: {grizzlyCommands: true}`); for others a lens is a text only.

/** Shows the page of a diagnostic. Argument: its code. */
export const EXPLAIN_COMMAND = "grizzly.explain";

/** What clients carry out. */
export const CLIENT_COMMANDS = {
  runTest: { command: "grizzly.runTest", doc: "Runs a test. Arguments: URI of the file, name of the test." },
  runRoutine: {
    command: "grizzly.runRoutine",
    doc: "Calls a routine without needed parameters. Arguments: URI of the file, name of the routine.",
  },
  showReferences: {
    command: "grizzly.showReferences",
    doc: "Shows places. Arguments: URI, position, list of locations, as the references request gives them.",
  },
} as const;
