// Who comes in: doors, the number of connections, and greetings until CONNECT. A flood costs a refusal each, never the daemon.
import type { TlsOptions } from "node:tls";
import type { Configuration } from "../../config/types.ts";
import type { MessageFields } from "../../../protocol/message-codec.ts";
import { type Door, openTcpDoor, openUnixDoor } from "./doors.ts";
import type { DoorCounts } from "./figures.ts";
import { type Arrival, greet, type Newcomer, sayGoodbye } from "./greeting.ts";

/** What callers need. */
export interface CallerPorts {
  readonly configuration: Configuration;
  /** Sessions at this moment. */
  readonly sessions: () => number;
  readonly onNewcomer: (newcomer: Newcomer) => void;
  readonly onCancel: (fields: MessageFields<"CANCEL">) => string | undefined;
  /** Something of ours failed at a frame of a client. */
  readonly onFailure: (error: unknown) => void;
}

/** The doors and those who stand in them. */
export class Callers {
  readonly #ports: CallerPorts;
  readonly #doors: Door[] = [];
  readonly #refused = new Map<string, number>();
  #connecting = 0;
  #connections = 0;
  #accepting = true;

  constructor(ports: CallerPorts) {
    this.#ports = ports;
  }

  /** Connections that are not sessions yet. */
  get connecting(): number {
    return this.#connecting;
  }

  get listening(): readonly string[] {
    return this.#doors.map((door) => door.address);
  }

  get counts(): DoorCounts {
    return { connections: this.#connections, refused: this.#refused };
  }

  /** Opens the doors. @throws GrizzlyError ServiceUnavailable. */
  async open(socket: string, tls: TlsOptions | undefined): Promise<void> {
    const onConnection = (arrival: Arrival): void => this.#arrived(arrival);
    this.#doors.push(await openUnixDoor(socket, onConnection));
    const { configuration } = this.#ports;
    const tcp = configuration.get("listen.tcp");
    const timeoutMs = configuration.get("listen.connect_timeout");
    if (tcp !== undefined) this.#doors.push(await openTcpDoor(tcp, tls, timeoutMs, onConnection));
  }

  /** Nobody comes in any more; who is on his way is told. */
  close(): void {
    this.#accepting = false;
    for (const door of this.#doors.splice(0)) door.close();
  }

  /** Counts a connection that got no session. */
  refused(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }

  #arrived(arrival: Arrival): void {
    this.#connections += 1;
    const full = this.#full();
    if (full !== undefined) {
      this.refused("too_many");
      return sayGoodbye(arrival.connection, 0, this.#accepting ? "too_many" : "shutting_down", full);
    }
    this.#connecting += 1;
    greet(arrival, {
      timeoutMs: this.#ports.configuration.get("listen.connect_timeout"),
      onCancel: this.#ports.onCancel,
      onFailure: this.#ports.onFailure,
      onConnect: (newcomer) => {
        if (this.#accepting) return this.#ports.onNewcomer(newcomer);
        this.refused("shutting_down");
        sayGoodbye(newcomer.connection, newcomer.messageId, "shutting_down", "The daemon is shutting down.");
      },
      onEnd: (reason) => {
        this.#connecting -= 1;
        if (reason === "refused") this.refused("protocol");
      },
    });
  }

  /** Why nobody more can come in. Those who have not said who they are never take the places of more than half of all. */
  #full(): string | undefined {
    if (!this.#accepting) return "The daemon is shutting down.";
    const most = this.#ports.configuration.get("listen.connections_max");
    const all = this.#connecting + this.#ports.sessions();
    if (all < most && this.#connecting < Math.max(1, Math.ceil(most / 2))) return undefined;
    return `There are ${String(all)} connections already; listen.connections_max is ${String(most)}.`;
  }
}
