// URIs of the protocol and paths of the workspace. A document without a file (`untitled:1`) keeps its URI as its path.
// Clients spell the same file differently (`c%3A`, `%20`): the spelling that a client used is the one it gets back.

/** Translates both ways. */
export interface Uris {
  pathOf(uri: string): string;
  uriOf(path: string): string;
}

/** A translator that knows no client spelling yet. */
export function makeUris(): Uris {
  const spellings = new Map<string, string>();
  return {
    pathOf: (uri) => {
      const path = pathFromUri(uri);
      if (!spellings.has(path)) spellings.set(path, uri);
      return path;
    },
    uriOf: (path) => spellings.get(path) ?? uriFromPath(path),
  };
}

function pathFromUri(uri: string): string {
  const match = /^file:\/\/([^/]*)(\/[^?#]*)/iu.exec(uri);
  if (match === null) return uri;
  const host = match[1] ?? "";
  const decoded = withoutEscapes(match[2] ?? "");
  const path = /^\/[A-Za-z]:/u.test(decoded) ? decoded.slice(1) : decoded;
  return host === "" || host === "localhost" ? path : `//${host}${path}`;
}

/** A `%` that is no escape stays as it is. */
function withoutEscapes(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function uriFromPath(path: string): string {
  if (!path.startsWith("/") && !/^[A-Za-z]:\//u.test(path)) return path;
  const encoded = path
    .split("/")
    .map((part) => encodeURIComponent(part))
    .join("/");
  if (path.startsWith("//")) return `file:${encoded}`;
  return path.startsWith("/") ? `file://${encoded}` : `file:///${encoded}`;
}
