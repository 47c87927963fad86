// Colours of the terminal, as functions that do nothing when colour is off.
// Off when the stream is no terminal, when NO_COLOR is set, or with --no-color; on with FORCE_COLOR.

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  gray: [90, 39],
} as const;

/** Name of a colour or weight. */
export type StyleName = keyof typeof CODES;

/** Wraps text in a colour. */
export type Style = Readonly<Record<StyleName, (text: string) => string>>;

function makeStyle(enabled: boolean): Style {
  const entries = (Object.keys(CODES) as StyleName[]).map((name) => {
    const [open, close] = CODES[name];
    return [
      name,
      enabled ? (text: string) => `\u001b[${open}m${text}\u001b[${close}m` : (text: string) => text,
    ] as const;
  });
  return Object.fromEntries(entries) as unknown as Style;
}

/** Text without escape sequences. */
export const PLAIN: Style = makeStyle(false);
/** Text with escape sequences. */
export const COLOURED: Style = makeStyle(true);

/** The style for a stream, by the conventions of NO_COLOR and FORCE_COLOR. */
export function styleFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  if ((environment["NO_COLOR"] ?? "") !== "") return PLAIN;
  if ((environment["FORCE_COLOR"] ?? "") !== "") return COLOURED;
  return stream.isTTY === true && environment["TERM"] !== "dumb" ? COLOURED : PLAIN;
}
