// A TLS connection cannot be given to another process: its keys are here. So its plain bytes go through a pair of sockets of this machine,
// the far one of which is given to the lane as any other connection.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SocketPairs } from "./doors.ts";

/** Joins a connection to a new pair of sockets and gives the far end, for a lane. When one end closes, so does the other. @throws the system's error. */
export async function joinedSocket(connection: Duplex, pairs: SocketPairs): Promise<Socket> {
  const { near, far } = await pairs.make();
  const close = (): void => {
    connection.destroy();
    near.destroy();
  };
  connection.on("error", close);
  connection.on("close", close);
  near.on("error", close);
  near.on("close", close);
  connection.pipe(near);
  near.pipe(connection);
  return far;
}
