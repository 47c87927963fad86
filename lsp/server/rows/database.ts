// The row of our own request `grizzly/database`: what a file is checked against, for status bars.
import { feature, type FeatureRow } from "../feature.ts";

/** Parameters and result of the request. */
interface DatabaseRequest {
  readonly method: string;
  readonly _?: readonly [{ readonly uri: string }, DatabaseInUse];
}

/** What a file is checked against. `path` is null when it is only its own DDL. */
interface DatabaseInUse {
  readonly path: string | null;
  readonly kind: "database" | "schema" | "none";
  /** Why a nearer one is not used. */
  readonly message?: string;
}

const REQUEST: DatabaseRequest = { method: "grizzly/database" };

/** The row; it adds no capability, as clients that do not know it do not ask. */
export const DATABASE_ROWS: readonly FeatureRow[] = [
  feature(
    REQUEST,
    () => ({}),
    (context, { uri }) => {
      const document = context.documentAt(uri);
      const source = document?.catalogSource;
      const message = document?.catalogRefusal();
      const told = message === undefined ? {} : { message };
      if (source === undefined) return { path: null, kind: "none", ...told };
      return { path: source, kind: source.endsWith(".json") ? "schema" : "database", ...told };
    },
    "tree",
  ),
];
