// Strings counted in code points, as the language counts them, over JavaScript's UTF-16 strings.
// Texts without surrogates, nearly all, take the plain path: there a code point is one unit. A lone surrogate counts as one code point.

const SURROGATE = /[\ud800-\udfff]/;

/** Whether units and code points may differ in a text. */
export function hasSurrogates(text: string): boolean {
  return SURROGATE.test(text);
}

/** True when a surrogate pair starts at this unit. */
function pairAt(text: string, unit: number): boolean {
  return (text.charCodeAt(unit) & 0xfc00) === 0xd800 && (text.charCodeAt(unit + 1) & 0xfc00) === 0xdc00;
}

/** Number of code points. */
export function pointLength(text: string): number {
  if (!hasSurrogates(text)) return text.length;
  let points = 0;
  for (let unit = 0; unit < text.length; unit += 1) {
    if (pairAt(text, unit)) unit += 1;
    points += 1;
  }
  return points;
}

/** Unit offset of a code point offset (0 or more); the end of the text when it has fewer. */
export function unitOffset(text: string, points: number): number {
  if (!hasSurrogates(text)) return Math.min(points, text.length);
  let unit = 0;
  for (let left = points; left > 0 && unit < text.length; left -= 1) unit += pairAt(text, unit) ? 2 : 1;
  return unit;
}

/** Code point offset of a unit offset. */
export function pointOffset(text: string, unit: number): number {
  return pointLength(text.slice(0, unit));
}

/** The bounds of a slice of something with `length` items: negative places count from the end, what lies outside is clipped. */
export function clipBounds(
  length: number,
  start: number | undefined,
  end: number | undefined,
): readonly [number, number] {
  const place = (index: number): number => Math.min(length, Math.max(0, index < 0 ? index + length : index));
  const from = place(start ?? 0);
  return [from, Math.max(from, place(end ?? length))];
}

/** `text[start:end]` in code points: half-open, negative places count from the end, clipped. */
export function slicePoints(text: string, start: number | undefined, end: number | undefined): string {
  if (!hasSurrogates(text)) {
    const [from, to] = clipBounds(text.length, start, end);
    return text.slice(from, to);
  }
  const [from, to] = clipBounds(pointLength(text), start, end);
  return text.slice(unitOffset(text, from), unitOffset(text, to));
}

/** The code point at a place (negative from the end) as a text, or undefined outside. */
export function pointAt(text: string, index: number): string | undefined {
  const length = index < 0 || hasSurrogates(text) ? pointLength(text) : text.length;
  const place = index < 0 ? index + length : index;
  if (place < 0 || place >= length) return undefined;
  const unit = unitOffset(text, place);
  return text.slice(unit, unit + (pairAt(text, unit) ? 2 : 1));
}

/** The code points as texts. */
export function pointList(text: string): string[] {
  return hasSurrogates(text) ? Array.from(text) : text.split("");
}
