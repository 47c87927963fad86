// The journal of commits: a small file of the Lead's in which lanes note what each of their commits has written, by the number that SQLite gives it (storage/sqlite/log-head.ts).
// Who keeps answers, or tells of changes, learns from it which commits were the lanes' and which tables they can have touched; a commit that is not in it is another program's.
// A ring of slots of 64 bytes, little-endian: number u32, kind u32 (1 these tables, 2 any), 256 bits of tables, checksum of the rest. A slot is written at once, before the
// client has its answer; one that is read in the middle of that is none. Behind them a byte for each writer, which is 1 while it may be about to note something.
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

const SLOTS = 4096;
const SLOT_BYTES = 64;
const KIND_AT = 4;
const BITS_AT = 8;
const BITS = 256;
const CHECK_AT = 60;
const BUSY_AT = SLOTS * SLOT_BYTES;
/** Writers by their numbers: lanes from 1 to 99, others beside them (own-commits.ts). */
const WRITERS = 101;
const KIND_TABLES = 1;
const KIND_ANY = 2;

/** What a commit of a lane can have written: bits of tables, or anything. */
export type NotedCommit = readonly number[] | "anything";

/** The writing end, of a lane. */
export interface CommitNoting {
  /** Notes commits, all of the same tables. */
  note(first: number, last: number, tables: readonly string[] | "anything"): void;
  /** Says that something may be committed that is not noted yet, or that this is over. */
  busy(isBusy: boolean): void;
  close(): void;
}

/** The reading end. */
export interface CommitReading {
  /** Undefined: it is no commit of a lane, or is not noted yet, or not any more. */
  find(number: number): NotedCommit | undefined;
  /** True while a writer may have committed something that it has not noted yet. */
  anyBusy(): boolean;
  close(): void;
}

/** The bit of a table: two tables may share one, and then pass for written together. */
export function tableBit(table: string): number {
  return crc32(table.toLowerCase()) % BITS;
}

/** Makes the file, empty. @throws the system's error. */
export function makeCommitJournal(path: string): { close(): void } {
  const descriptor = openSync(path, "w", 0o600);
  ftruncateSync(descriptor, BUSY_AT + WRITERS);
  closeSync(descriptor);
  return { close: () => rmSync(path, { force: true }) };
}

/** Opens it to note commits. @throws the system's error when it is not there. */
export function noteCommits(path: string, writer: number): CommitNoting {
  const descriptor = openSync(path, "r+");
  const slot = Buffer.alloc(SLOT_BYTES);
  return {
    note: (first, last, tables) => {
      slot.fill(0);
      slot.writeUInt32LE(tables === "anything" ? KIND_ANY : KIND_TABLES, KIND_AT);
      for (const table of tables === "anything" ? [] : tables) {
        const bit = tableBit(table);
        const at = BITS_AT + (bit >> 3);
        slot.writeUInt8(slot.readUInt8(at) | (1 << (bit & 7)), at);
      }
      for (let number = Math.max(first, last - SLOTS + 1); number <= last; number += 1) {
        slot.writeUInt32LE(number, 0);
        slot.writeUInt32LE(crc32(slot.subarray(0, CHECK_AT)), CHECK_AT);
        writeSync(descriptor, slot, 0, SLOT_BYTES, (number % SLOTS) * SLOT_BYTES);
      }
    },
    busy: (isBusy) => void writeSync(descriptor, isBusy ? BUSY : IDLE, 0, 1, BUSY_AT + (writer % WRITERS)),
    close: () => {
      writeSync(descriptor, IDLE, 0, 1, BUSY_AT + (writer % WRITERS));
      closeSync(descriptor);
    },
  };
}
const BUSY = Buffer.from([1]);
const IDLE = Buffer.from([0]);

/** Opens it to look commits up. @throws the system's error when it is not there. */
export function readCommits(path: string): CommitReading {
  const descriptor = openSync(path, "r");
  const slot = Buffer.alloc(SLOT_BYTES);
  const writers = Buffer.alloc(WRITERS);
  return {
    find: (number) => {
      if (readSync(descriptor, slot, 0, SLOT_BYTES, (number % SLOTS) * SLOT_BYTES) < SLOT_BYTES) return undefined;
      if (slot.readUInt32LE(0) !== number || slot.readUInt32LE(CHECK_AT) !== crc32(slot.subarray(0, CHECK_AT)))
        return undefined;
      return slot.readUInt32LE(KIND_AT) === KIND_ANY ? "anything" : bitsOf(slot);
    },
    anyBusy: () => readSync(descriptor, writers, 0, WRITERS, BUSY_AT) > 0 && writers.includes(1),
    close: () => closeSync(descriptor),
  };
}

function bitsOf(slot: Buffer): readonly number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < BITS; bit += 1)
    if ((slot.readUInt8(BITS_AT + (bit >> 3)) & (1 << (bit & 7))) !== 0) bits.push(bit);
  return bits;
}
