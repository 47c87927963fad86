// The Lead's ends of the pipes to a lane in a thread: a private Unix socket on which the thread fetches, with a ticket, its end of each session's bytes.
// A session that comes back has its client's socket here still; what was under way in both directions is let through first.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { readAgain, takeSocket } from "../../processes/detach-socket.ts";
import { openUnixDoor } from "./doors.ts";

const TICKET_BYTES = 16;

/** Pipes of one thread. */
export interface ThreadPipes {
  /** Takes a client's socket; what is given is the ticket for the thread. */
  add(sessionId: bigint, client: Socket): Uint8Array;
  /** The thread is about to give the session back: nothing is sent to it any more. */
  leave(sessionId: bigint): void;
  /** The client's socket, once all that the thread has written is written; undefined when it is gone. */
  takeBack(sessionId: bigint): Promise<Socket | undefined>;
  /** Closes what is left: clients see their connections end. */
  close(): void;
}

interface Pipe {
  readonly client: Socket;
  /** The Lead's end; undefined until the thread has come. */
  near: Socket | undefined;
  leaving: boolean;
}

/** Opens the private socket. @throws GrizzlyError ServiceUnavailable. */
export async function openThreadPipes(path: string): Promise<ThreadPipes> {
  const pipes = new Map<bigint, Pipe>();
  const awaited = new Map<string, bigint>();
  const arrive = (near: Socket, chunk: Buffer): void => {
    const ticket = chunk.subarray(0, TICKET_BYTES).toString("hex");
    const sessionId = awaited.get(ticket);
    awaited.delete(ticket);
    const pipe = sessionId === undefined ? undefined : pipes.get(sessionId);
    if (sessionId === undefined || pipe === undefined) return void near.destroy();
    join(pipe, near, chunk.subarray(TICKET_BYTES), () => void pipes.delete(sessionId));
  };
  const door = await openUnixDoor(path, ({ connection }) => {
    const near = connection as Socket;
    near.on("error", () => undefined);
    near.once("data", (chunk: Buffer) => arrive(near, chunk));
  });
  return {
    add: (sessionId, client) => {
      const ticket = randomBytes(TICKET_BYTES);
      awaited.set(ticket.toString("hex"), sessionId);
      pipes.set(sessionId, { client, near: undefined, leaving: false });
      return ticket;
    },
    leave: (sessionId) => {
      const pipe = pipes.get(sessionId);
      if (pipe === undefined) return;
      pipe.leaving = true;
      if (pipe.near !== undefined) stopSending(pipe.client, pipe.near);
    },
    takeBack: async (sessionId) => {
      const pipe = pipes.get(sessionId);
      pipes.delete(sessionId);
      if (pipe?.near === undefined) return undefined;
      const { client, near } = pipe;
      if (!near.closed) await new Promise((resolve) => near.once("close", resolve));
      // What the client has not taken yet is this process's to write.
      await new Promise<void>((resolve) => void client.write("", () => resolve()));
      return client.destroyed ? undefined : client;
    },
    close: () => {
      door.close();
      for (const { client, near } of pipes.values()) {
        client.destroy();
        near?.destroy();
      }
      pipes.clear();
    },
  };
}

/** Joins the client with the thread's end. When one of them closes, so does the other, after what was written before. */
function join(pipe: Pipe, near: Socket, early: Uint8Array, onClose: () => void): void {
  const { client } = pipe;
  pipe.near = near;
  const gone = (): void => near.destroySoon();
  client.on("error", gone);
  client.on("close", gone);
  near.on("close", () => {
    client.off("error", gone);
    client.off("close", gone);
    ignoreErrors(client);
    if (pipe.leaving) return;
    onClose();
    client.destroySoon();
  });
  if (early.length > 0) client.write(early);
  near.pipe(client, { end: false });
  if (client.destroyed) gone();
  else if (pipe.leaving) stopSending(client, near);
  else {
    client.pipe(near);
    readAgain(client);
  }
}

/** What is wrong with a socket is told by its end. A socket that comes and goes gets no listener each time. */
function ignoreErrors(socket: Socket): void {
  if (socket.listenerCount("error") === 0) socket.on("error", () => undefined);
}

function stopSending(client: Socket, near: Socket): void {
  client.unpipe(near);
  const early = takeSocket(client);
  if (!near.writableEnded) near.end(early);
}
