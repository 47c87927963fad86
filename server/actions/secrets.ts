// Secrets in what is sent: `${env.X}` stands for a variable of the environment. They are put in at the last moment,
// and taken out again of everything that comes back, in whatever form it tells them: as they are, escaped for JSON or for an address.

/** Values of the variables that a request names. */
export type Secrets = ReadonlyMap<string, string>;

const SECRET = /\$\{env\.([A-Za-z_]\w*)\}/g;

/** The variables that the texts name; or the first name that the environment does not have. */
export function namedSecrets(
  texts: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly secrets: Secrets } | { readonly missing: string } {
  const secrets = new Map<string, string>();
  for (const text of texts)
    for (const [, name = ""] of text.matchAll(SECRET)) {
      const value = environment[name];
      if (value === undefined) return { missing: name };
      secrets.set(name, value);
    }
  return { secrets };
}

/** A text with its secrets put in, each as `written` makes it. */
export function withSecrets(
  text: string,
  secrets: Secrets,
  written: (value: string) => string = (value) => value,
): string {
  return text.replace(SECRET, (whole, name: string) => {
    const value = secrets.get(name);
    return value === undefined ? whole : written(value);
  });
}

/** A value as it stands between the quotes of a JSON text. */
export function insideJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

/** Forms in which an answer may repeat a value, with the name of its variable; longest first. */
function forms(secrets: Secrets): readonly (readonly [form: string, name: string])[] {
  const found = new Map<string, string>();
  for (const [name, value] of secrets) {
    // Half characters cannot be written in an address.
    const whole = value.replace(/[\uD800-\uDFFF]/gu, "\uFFFD");
    for (const form of [value, value.trim(), insideJson(value), encodeURI(whole), encodeURIComponent(whole)])
      if (form !== "" && !found.has(form.toLowerCase())) found.set(form.toLowerCase(), name);
  }
  return [...found].sort(([left], [right]) => right.length - left.length);
}

/** Bytes of the longest form of a secret. */
export function longestSecret(secrets: Secrets): number {
  return Math.max(0, ...forms(secrets).map(([form]) => Buffer.byteLength(form)));
}

/**
 * The first `length` characters of a text with every secret replaced by its `${env.X}`, in upper or lower case: names of hosts come back in lower case.
 * A secret that `length` cuts in two is replaced whole when the text holds all of it.
 */
export function withoutSecrets(text: string, secrets: Secrets, length = Number.POSITIVE_INFINITY): string {
  const known = forms(secrets);
  if (known.length === 0) return text.slice(0, length);
  const pattern = new RegExp(known.map(([form]) => form.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "gi");
  const names = new Map(known);
  let result = "";
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index >= length) break;
    result += `${text.slice(at, match.index)}\${env.${names.get(match[0].toLowerCase()) ?? "*"}}`;
    at = match.index + match[0].length;
  }
  return result + text.slice(at, Math.max(at, length));
}
