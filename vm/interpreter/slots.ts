// Slot arrays of small structs. Each function is one allocation site: V8 gives its arrays the elements kind that the site has needed so far, so the sites are
// taught general elements at the start. Otherwise structs of small ints, of large ints and of others would be three kinds of array wherever fields are read.
import type { Value } from "../../base/value/value.ts";

export function slots1(a: Value): Value[] {
  return [a];
}
export function slots2(a: Value, b: Value): Value[] {
  return [a, b];
}
export function slots3(a: Value, b: Value, c: Value): Value[] {
  return [a, b, c];
}
export function slots4(a: Value, b: Value, c: Value, d: Value): Value[] {
  return [a, b, c, d];
}

/** An empty array of general elements. */
export function noValues(): Value[] {
  const values: Value[] = [null];
  values.length = 0;
  return values;
}

// V8 keeps no feedback for the first calls of a function.
const LESSONS = 1000;
for (let i = 0; i < LESSONS; i += 1) {
  slots1("");
  slots2("", "");
  slots3("", "", "");
  slots4("", "", "", "");
}
