// What the daemon and the process of the gateway say to each other.
import type { GatewaySettings } from "./types.ts";

export type ToGateway = { readonly kind: "start"; readonly settings: GatewaySettings } | { readonly kind: "stop" };

/** The query templates as the gateway has them. */
export interface TemplateReport {
  readonly entries: number;
  /** Why some are left out, or serve in an older version. */
  readonly rejected: readonly string[];
  /** Why they cannot be read at all; undefined: they are. */
  readonly problem: string | undefined;
}

export type FromGateway =
  /** It accepts requests at this address: `http://127.0.0.1:8080`. */
  | { readonly kind: "started"; readonly address: string }
  /** What it has of query templates, told when it changes. */
  | { readonly kind: "templates"; readonly report: TemplateReport }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "log"; readonly level: "info" | "warn" | "error"; readonly text: string };
