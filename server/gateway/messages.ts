// What the daemon and the process of the gateway say to each other.
import type { GatewaySettings } from "./types.ts";

export type ToGateway = { readonly kind: "start"; readonly settings: GatewaySettings } | { readonly kind: "stop" };

export type FromGateway =
  /** It accepts requests at this address: `http://127.0.0.1:8080`. */
  | { readonly kind: "started"; readonly address: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "log"; readonly level: "info" | "warn" | "error"; readonly text: string };
