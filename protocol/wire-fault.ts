// What is wrong with bytes that came from the other end, or with a value that cannot travel. Neither a bug of ours nor a failure of the user's program:
// the connection answers with it or closes.

/**
 * Kinds of faults. After `magic`, `version` and `oversize` nobody knows where the next frame begins: the connection ends.
 * After the others the stream of frames is still in step: the message is answered with ERROR.
 */
export const WIRE_FAULTS = {
  magic: { inStep: false, doc: "The first four bytes of a header are not GOBI." },
  version: { inStep: false, doc: "The frame is of a version of the protocol that is not spoken." },
  oversize: {
    inStep: false,
    doc: "The header announces a payload above the limit, for which nothing was allocated; or what is to be sent is above it.",
  },
  message: {
    inStep: true,
    doc: "The code or the flags of a message are not known, or it may not come from this side.",
  },
  payload: {
    inStep: true,
    doc: "The payload is not the Arrow IPC stream that the message wants, or a field is missing or of another type.",
  },
  unsupported: { inStep: true, doc: "Correct Arrow that is not taken: a type, a codec or a kind of message." },
  value: { inStep: true, doc: "A value that the sender's column type cannot hold, or that cannot leave the program." },
} as const satisfies Readonly<Record<string, { readonly inStep: boolean; readonly doc: string }>>;

/** Kind of a fault. */
export type WireFaultKind = keyof typeof WIRE_FAULTS;

/** A fault of the wire. `message` is one sentence. */
export class WireFault extends Error {
  override readonly name = "WireFault";
  readonly kind: WireFaultKind;
  constructor(kind: WireFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
  /** True when the next frame can still be read. */
  get inStep(): boolean {
    return WIRE_FAULTS[this.kind].inStep;
  }
}
