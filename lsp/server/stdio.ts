// The server over two byte streams: standard input and output, or a pair of a test.
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { serve, type ServerOptions } from "./server.ts";
import { loopTurns } from "./turns.ts";

/** Serves until the client says `exit` or closes the stream. Gives 0 after a `shutdown`, else 1, as the protocol asks. */
export async function serveStreams(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  options: ServerOptions,
): Promise<number> {
  const turns = loopTurns();
  const connection = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(input),
    new StreamMessageWriter(output),
    {
      messageStrategy: {
        handleMessage: (message, handle) => {
          turns.noteTraffic();
          return handle(message);
        },
      },
    },
  );
  const server = serve(connection, { turns, ...options });
  connection.listen();
  input.on("data", turns.noteTraffic);
  return await new Promise((resolve) => {
    const end = (): void => {
      server.dispose();
      resolve(server.wasShutDown() ? 0 : 1);
    };
    connection.onExit(end);
    input.on("end", end);
    input.on("close", end);
  });
}
