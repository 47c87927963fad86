// The control file of a lane: the Lead appends what is to be cancelled, and the lane reads on with one pread now and then while a program or a statement keeps it from its messages.
// Records of 16 bytes, little-endian: session id u64, message id u64 (0: whatever runs).
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import type { Id } from "../../protocol/frame.ts";

const RECORD_BYTES = 16;
/** Records that one look takes; the next look takes more. */
const RECORDS_PER_LOOK = 16;

/** The Lead's end. */
export interface ControlFile {
  /** Asks for the end of a request, or of whatever the session runs. */
  cancel(sessionId: Id, messageId: Id | undefined): void;
  /** Closes the file and takes it away. */
  close(): void;
}

/** A request to be cancelled. */
export interface Cancellation {
  readonly sessionId: bigint;
  /** Undefined: whatever runs. */
  readonly messageId: bigint | undefined;
}

/** Makes the file, empty. @throws the system's error when it cannot be made. */
export function makeControlFile(path: string): ControlFile {
  const descriptor = openSync(path, "w", 0o600);
  return {
    cancel: (sessionId, messageId) => {
      const record = Buffer.alloc(RECORD_BYTES);
      record.writeBigUInt64LE(BigInt(sessionId), 0);
      record.writeBigUInt64LE(BigInt(messageId ?? 0), 8);
      writeSync(descriptor, record);
    },
    close: () => {
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}

/** The lane's end: gives what was asked for since the last time. @throws the system's error when there is no such file. */
export function openControlFile(path: string): { look(): readonly Cancellation[]; close(): void } {
  const descriptor = openSync(path, "r");
  const buffer = Buffer.alloc(RECORD_BYTES * RECORDS_PER_LOOK);
  const nothing: readonly Cancellation[] = [];
  let position = 0;
  return {
    look: () => {
      const count = Math.floor(readSync(descriptor, buffer, 0, buffer.length, position) / RECORD_BYTES);
      if (count === 0) return nothing;
      position += count * RECORD_BYTES;
      return Array.from({ length: count }, (_, index) => {
        const messageId = buffer.readBigUInt64LE(index * RECORD_BYTES + 8);
        return {
          sessionId: buffer.readBigUInt64LE(index * RECORD_BYTES),
          messageId: messageId === 0n ? undefined : messageId,
        };
      });
    },
    close: () => closeSync(descriptor),
  };
}
