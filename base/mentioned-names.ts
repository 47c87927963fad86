// Whether a text names something: as a word of its own, in whatever case. Words in quotes and comments count too, since texts within a text may be run.
const WORD = /[\w\u0080-\uffff]/u;

/** True when the name stands in the text as a whole word. */
export function mentions(text: string, name: string): boolean {
  // Nearly always it is written as it is given.
  return hasWord(text, name) || hasWord(text.toLowerCase(), name.toLowerCase());
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!isInWord(text, at - 1) && !isInWord(text, at + word.length)) return true;
  return false;
}

function isInWord(text: string, at: number): boolean {
  return WORD.test(text.charAt(at));
}
