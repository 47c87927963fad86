// Takes secrets out of texts that are kept or shown where their writer did not mean them: logs, lists of sessions, statistics, histories, errors.
// Tokens are known by their beginning; passwords by the word before them. Both also where a text was cut off.

/** What stands where a secret was. */
const HIDDEN = "***";

const TOKEN = /\bgbz_[A-Za-z0-9_-]+/gu;
/** `PASSWORD 'x'`, `password = "x"`, `password: 'x'`; the closing quote may be missing. */
const PASSWORD = /(\bpassword\b\s*(?:=>?|:|is)?\s*)('(?:[^']|'')*'?|"(?:[^"\\]|\\.)*"?)/giu;

/** The text without its secrets; the same text when it has none. */
export function redactSecrets(text: string): string {
  return text.replace(TOKEN, `gbz_${HIDDEN}`).replace(PASSWORD, `$1'${HIDDEN}'`);
}
