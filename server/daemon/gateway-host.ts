// The HTTP gateway of a daemon as a child process: a plain client of the Unix socket, started where gateway.listen names an address.
import { required } from "../../base/failure.ts";
import type { Configuration } from "../config/types.ts";
import { HOST_AND_PORT } from "../config/rules.ts";
import type { FromGateway, ToGateway } from "../gateway/messages.ts";
import type { GatewaySettings } from "../gateway/types.ts";
import { type ChildHost, makeChildHost } from "./child-host.ts";
import type { Log, MountPlace } from "./types.ts";

/** A gateway and its host. */
export interface GatewayHost extends Omit<ChildHost<ToGateway>, "post"> {
  /** `http://127.0.0.1:8080` while it accepts requests. */
  readonly address: string | undefined;
}

/** A host that has started nothing yet. */
export function makeGatewayHost(options: {
  readonly place: MountPlace;
  readonly configuration: Configuration;
  readonly log: Log;
}): GatewayHost {
  let address: string | undefined;
  const host = makeChildHost<ToGateway, FromGateway>({
    name: "gateway",
    log: options.log,
    begin: () => ({ kind: "start", settings: settingsOf(options.place, options.configuration) }),
    end: { kind: "stop" },
    loss: "Requests over HTTP that were under way have no answer.",
    works: "HTTP is answered.",
    unwanted: "There is none: gateway.listen is not set.",
    hear: (message) => {
      if (message.kind !== "started") return;
      address = message.address;
      options.log("info", `gateway: ${message.address}`);
    },
    gone: () => {
      address = undefined;
    },
  });
  return {
    start: () => host.start(),
    get state() {
      return host.state;
    },
    get pid() {
      return host.pid;
    },
    get restarts() {
      return host.restarts;
    },
    get address() {
      return address;
    },
    health: () => host.health(),
    stop: (graceMs) => host.stop(graceMs),
  };
}

function settingsOf(place: MountPlace, configuration: Configuration): GatewaySettings {
  const listen = required(configuration.get("gateway.listen"), "gateway.listen");
  const port = required(HOST_AND_PORT.exec(listen)?.[1], "port of gateway.listen");
  return {
    database: place.name,
    socket: place.socket,
    host: listen.slice(0, -port.length - 1).replace(/^\[|\]$/gu, ""),
    port: Number(port),
    bodyBytesMax: configuration.get("gateway.body"),
    rowsMax: configuration.get("gateway.rows"),
    queriesMax: configuration.get("gateway.queries_max"),
    rate: configuration.get("gateway.rate"),
    deadlineMs: configuration.get("limits.deadline"),
    deadlineMaxMs: configuration.get("limits.deadline_max"),
  };
}
