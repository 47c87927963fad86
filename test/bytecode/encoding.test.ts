// Encoded programs come back equal; damaged ones are refused; damaged ones with right hashes are refused or run without harm.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { required } from "../../base/failure.ts";
import { hashBytes } from "../../bytecode/bytes.ts";
import { decode } from "../../bytecode/decode.ts";
import { disassemble } from "../../bytecode/disassemble.ts";
import { encode, MAGIC, seal } from "../../bytecode/encode.ts";
import type { Program } from "../../bytecode/program.ts";
import { Trap } from "../../bytecode/trap.ts";
import { verify } from "../../bytecode/verify.ts";
import { load } from "../../vm/load.ts";
import { createMachine } from "../../vm/machine.ts";
import { assemble } from "../support/assemble.ts";
import { testHost, testWorld } from "../support/test-host.ts";
import { OPCODE_PROGRAMS } from "../vm/opcode-programs.ts";

const PROGRAMS: readonly Program[] = Object.values(OPCODE_PROGRAMS)
  .flat()
  .map((program) => assemble(program.text));

test("every program comes back equal", () => {
  for (const program of PROGRAMS) {
    const { value, problems } = decode(encode(program));
    expect(problems).toEqual([]);
    expect(value).toEqual(program);
  }
});

describe("refused", () => {
  const bytes = encode(required(PROGRAMS[0], "a program"));
  const codeOf = (input: Uint8Array): string | undefined => decode(input).problems[0]?.code;

  test("every truncation", () => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(codeOf(bytes.slice(0, length)), String(length)).toMatch(/^E800[1246]$/);
  });
  test("every single changed byte", () => {
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect(codeOf(changed), String(at)).toMatch(/^E800[1-6]$/);
    }
  });
  test("another start, version or hash", () => {
    expect(codeOf(new Uint8Array(100))).toBe("E8002");
    const version = bytes.slice();
    version[MAGIC.length] = 77;
    expect(codeOf(version)).toBe("E8003");
    const content = bytes.slice();
    content[bytes.length - 1] = 9;
    expect(codeOf(content)).toBe("E8004");
  });
  test("bytes after the end", () => {
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(codeOf(longer)).toBe("E8006");
  });
  test("sizes that the bytes cannot hold, before anything is allocated", () => {
    const claims = seal([Uint8Array.of(0), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), Uint8Array.of(0, 0)]);
    expect(codeOf(claims)).toBe("E8005");
    const claimsLess = seal([Uint8Array.of(0), Uint8Array.of(0x80, 0x10), Uint8Array.of(0, 0)]);
    expect(codeOf(claimsLess)).toBe("E8001");
  });
});

/** Sections of an encoded program. */
function sectionsOf(bytes: Uint8Array): readonly Uint8Array[] {
  let at = MAGIC.length;
  const count = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  count();
  const lengths = [0, 1, 2].map(() => {
    const length = count();
    at += 8;
    return length;
  });
  return lengths.map((length) => {
    at += length;
    return bytes.slice(at - length, at);
  });
}

/** Runs whatever is accepted, bounded. Anything but a result or a Trap is a hole in the wall. */
function runBounded(program: Program): void {
  const { value } = verify(program);
  if (value === undefined) return;
  const loaded = load(value);
  const world = testWorld();
  const machine = createMachine({
    host: testHost(world),
    limits: { fuelMax: 20_000, memoryBytesMax: 1_000_000, callDepthMax: 50, rowsMax: 100 },
  });
  world.runJob = () => null;
  for (const routine of loaded.routines) {
    try {
      machine.call(
        routine,
        routine.code.parameters.map(() => 1),
      );
    } catch (error) {
      if (!(error instanceof Trap)) throw error;
    }
  }
}

test("random changes behind right hashes are refused or run without harming the host", () => {
  const encoded = PROGRAMS.map((program) => sectionsOf(encode(program)));
  let ran = 0;
  fc.assert(
    fc.property(
      fc.nat(encoded.length - 1),
      fc.array(fc.tuple(fc.nat(2), fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (which, changes) => {
        const sections = required(encoded[which], "a program").map((section) => section.slice());
        for (const [section, place, byte] of changes) {
          const target = required(sections[section], "a section");
          if (target.length > 0) target[place % target.length] = byte;
        }
        const { value } = decode(seal(sections));
        if (value === undefined) return;
        ran += 1;
        runBounded(value);
      },
    ),
    { numRuns: 5000 },
  );
  expect(ran).toBeGreaterThan(500);
});

test("random changes of code units are refused or run without harming the host", () => {
  fc.assert(
    fc.property(
      fc.nat(PROGRAMS.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: -3, max: 220 })), { minLength: 1, maxLength: 3 }),
      (which, changes) => {
        const program = required(PROGRAMS[which], "a program");
        const routines = program.routines.map((routine) => ({ ...routine, code: routine.code.slice() }));
        const code = required(routines[0], "a routine").code;
        for (const [place, unit] of changes) code[place % code.length] = unit;
        runBounded({ ...program, routines });
      },
    ),
    { numRuns: 5000 },
  );
});

test("hashes differ for one changed bit", () => {
  const bytes = new Uint8Array(64);
  const hashes = new Set([hashBytes(bytes)]);
  for (let bit = 0; bit < 512; bit += 1) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    hashes.add(hashBytes(changed));
  }
  expect(hashes.size).toBe(513);
});

test("disassembly names registers, regions, constants and lines", () => {
  const program = assemble(`const c {"kind":"decimal","unscaled":"150n","scale":2}
routine main(n int) -> decimal
reg e error
reg d decimal
block done {
try t e savepoint {
LoadConst d $c
if i {
JumpIfGeIntImm n 3 i.else
AddIntImm n n 1
Jump i.end
} else {
Call n twice n
}
}
Return d
handler t
Rethrow e
}
routine twice(n int) -> int
MulIntImm n n 2
Return n`);
  expect(verify(program).problems).toEqual([]);
  expect(disassemble(program)).toMatchInlineSnapshot(`
    "function main(n: int) -> decimal
      registers r0:n: int, r1: error, r2: decimal
      catch 0: 1..7 -> 8 r1 savepoint
      block 0..9 {
        try 0..7 {
             0  TryBegin         catch 0    -- line 6
             1  LoadConst        r2 1.50d    -- line 7
          if 2..6 {
               2  JumpIfGeIntImm   r0:n #3 @5    -- line 9
               3  AddIntImm        r0:n r0:n #1    -- line 10
               4  Jump             @6    -- line 11
          } else {
               5  Call             r0:n twice r0:n..    -- line 13
          }
             6  TryEnd           catch 0    -- line 15
        }
           7  Return           r2    -- line 16
           8  Rethrow          r1    -- line 18
      }

    function twice(n: int) -> int
      registers r0:n: int
         0  MulIntImm        r0:n r0:n #2    -- line 21
         1  Return           r0:n    -- line 22
    "
  `);
});
