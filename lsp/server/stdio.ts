// The server over two byte streams: standard input and output, or a pair of a test.
import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { serve, type ServerOptions } from "./server.ts";

/** Serves until the client says `exit` or closes the stream. Gives 0 after a `shutdown`, else 1, as the protocol asks. */
export async function serveStreams(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  options: ServerOptions,
): Promise<number> {
  const connection = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(input),
    new StreamMessageWriter(output),
  );
  const server = serve(connection, options);
  connection.listen();
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
