// The terminal's output for ink, which erases the scroll-back whenever the screen becomes smaller than what was drawn: what the user did before stays his.
const ERASE_SCROLL_BACK = "\u001b[3J";

/** The same stream, but that the scroll-back is left alone. */
export function quietOutput(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get(target, name) {
      if (name === "write")
        return (data: string | Uint8Array, ...rest: []): boolean =>
          target.write(typeof data === "string" ? data.replaceAll(ERASE_SCROLL_BACK, "") : data, ...rest);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
