// Long work in small steps, so that others have their turn in between: an editor that types while a long file is checked.
// A generator says where it may rest; whoever runs it decides when it goes on, and may drop it instead.

/** Work that may rest at each `yield`. What it has done so far is only seen by others when it has ended. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all steps at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Goes on as long as a condition holds, which is asked after each rest; "dropped" when it no longer did. */
export function* asLongAs<T>(holds: () => boolean, steps: Steps<T>): Steps<T | "dropped"> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield;
    if (holds()) continue;
    steps.return(undefined as T);
    return "dropped";
  }
}
