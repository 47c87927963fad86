// One small program (or more) for each opcode, with its printed result. opcodes.test.ts runs them and fails when an opcode has none.

/** A program whose `main` is called. */
export interface OpcodeProgram {
  readonly text: string;
  readonly result: string;
  /** Events of the test host, when they matter. */
  readonly events?: readonly string[];
}

const MAX = `const max {"kind":"int","value":"9223372036854775807n"}
const min {"kind":"int","value":"-9223372036854775808n"}
const safe {"kind":"int","value":9007199254740991}
`;

/** A function `main` without parameters. */
function main(result: string, body: string, constants = ""): string {
  return `${constants}\nroutine main() -> ${result}\n${body}`;
}

/** One int operator: registers x and y get the values of constants. */
function int(name: string, left: string, right: string): string {
  return main(
    "int",
    `reg x int int int\nLoadConst x $left\nLoadConst x+1 $right\n${name} x+2 x x+1\nReturn x+2`,
    `const left {"kind":"int","value":${left}}\nconst right {"kind":"int","value":${right}}`,
  );
}

function intImm(name: string, left: string, right: number): string {
  return main(
    "int",
    `reg x int int\nLoadConst x $left\n${name} x+1 x ${right}\nReturn x+1`,
    `const left {"kind":"int","value":${left}}`,
  );
}

function float(name: string, left: number, right: number): string {
  return main(
    "float",
    `reg x float float float\nLoadConst x $left\nLoadConst x+1 $right\n${name} x+2 x x+1\nReturn x+2`,
    `const left {"kind":"float","value":${left}}\nconst right {"kind":"float","value":${right}}`,
  );
}

function decimal(name: string, left: string, right: string): string {
  return main(
    "decimal",
    `reg x decimal decimal decimal\nLoadConst x $left\nLoadConst x+1 $right\n${name} x+2 x x+1\nReturn x+2`,
    `const left {"kind":"decimal",${left}}\nconst right {"kind":"decimal",${right}}`,
  );
}

/** An operator on values of any type; operands are constants. */
function any(name: string, left: string, right: string, result = "any"): string {
  return main(
    result,
    `reg x any any ${result}\n${load("x", "left", left)}\n${load("x+1", "right", right)}\n${name} x+2 x x+1\nReturn x+2`,
    `${constant("left", left)}\n${constant("right", right)}`,
  );
}

function load(register: string, name: string, value: string): string {
  return value === "null"
    ? `LoadNull ${register}`
    : value === "true"
      ? `LoadTrue ${register}`
      : value === "false"
        ? `LoadFalse ${register}`
        : `LoadConst ${register} $${name}`;
}

function constant(name: string, value: string): string {
  return ["null", "true", "false"].includes(value) ? "" : `const ${name} ${value}`;
}

const I = (value: string | number): string => `{"kind":"int","value":${value}}`;
const F = (value: number): string => `{"kind":"float","value":${value}}`;
const S = (value: string): string => `{"kind":"string","value":${JSON.stringify(value)}}`;
const D = (unscaled: number, scale: number): string => `{"kind":"decimal","unscaled":"${unscaled}n","scale":${scale}}`;
const BIG = '"9223372036854775807n"';
const LOW = '"-9223372036854775808n"';

/** A conditional jump: gives 1 when it jumps, else 0. */
function jump(setup: string, instruction: string, constants = ""): string {
  return main(
    "int",
    `reg r int\n${setup}\nLoadInt r 1\nblock j {\n${instruction} j.end\nLoadInt r 0\n}\nReturn r`,
    constants,
  );
}

function jumpInts(name: string, left: string, right: string): string {
  return jump(
    "reg x int int\nLoadConst x $left\nLoadConst x+1 $right",
    `${name} x x+1`,
    `const left ${I(left)}\nconst right ${I(right)}`,
  );
}

function jumpImm(name: string, left: string, right: number): string {
  return jump("reg x int\nLoadConst x $left", `${name} x ${right}`, `const left ${I(left)}`);
}

function jumpFloats(name: string, left: number, right: number): string {
  return jump(
    "reg x float float\nLoadConst x $left\nLoadConst x+1 $right",
    `${name} x x+1`,
    `const left ${F(left)}\nconst right ${F(right)}`,
  );
}

function jumpStrings(name: string, left: string, right: string): string {
  return jump(
    "reg x string string\nLoadConst x $left\nLoadConst x+1 $right",
    `${name} x x+1`,
    `const left ${S(left)}\nconst right ${S(right)}`,
  );
}

function bool(name: string, type: string, left: string, right: string): string {
  return main(
    "bool",
    `reg x ${type} ${type} bool\nLoadConst x $left\nLoadConst x+1 $right\n${name} x+2 x x+1\nReturn x+2`,
    `const left ${left}\nconst right ${right}`,
  );
}

function logic(name: string, left: string, right: string): string {
  return main(
    "bool?",
    `reg x bool? bool? bool?\n${load("x", "", left)}\n${load("x+1", "", right)}\n${name} x+2 x x+1\nReturn x+2`,
  );
}

const SQL = `const sql {"kind":"sql","form":{"parts":["select a, b"],"returnsRows":true,"columns":[{"name":"a","type":"int","nullable":true}],"verb":"query","parameterCount":0}}
const one {"kind":"sql","form":{"parts":["select one ",{"p":"parameter","index":0,"type":"int","place":"value"}],"returnsRows":true,"verb":"query","parameterCount":1}}
const none {"kind":"sql","form":{"parts":["select none"],"returnsRows":true,"verb":"query","parameterCount":0}}
const write {"kind":"sql","form":{"parts":["update t"],"returnsRows":false,"verb":"update","parameterCount":0}}
const returning {"kind":"sql","form":{"parts":["update t returning"],"returnsRows":true,"verb":"update","parameterCount":0}}
`;

/** List of 10, 20, 30 in `l`. */
const LIST = "reg l list\nreg v int int int\nLoadInt v 10\nLoadInt v+1 20\nLoadInt v+2 30\nListNew l v 3\n";
const SHAPE = `const shape {"kind":"shape","name":"P","fields":["name","age"]}\nconst wide {"kind":"shape","name":"","fields":["age","name"]}\n`;
const STRUCT = `reg s struct\nreg f string int\nLoadConst f "Ann"\nLoadInt f+1 3\nStructNew s $shape f\n`;

/** Programs by opcode. */
export const OPCODE_PROGRAMS: Readonly<Record<string, readonly OpcodeProgram[]>> = {
  Move: [
    {
      text: main("any", "reg x int\nreg y any\nLoadConst x $max\nMove y x\nReturn y", MAX),
      result: "9223372036854775807",
    },
    {
      text: main("any", `reg x float\nreg y float?\nLoadConst x $f\nMove y x\nReturn y`, `const f ${F(2)}`),
      result: "2.0",
    },
    {
      text: main("int", "reg x int int\nLoadConst x $min\nMove x+1 x\nReturn x+1", MAX),
      result: "-9223372036854775808",
    },
    {
      text: main("any", `reg x string\nreg y string?\nreg z any\nLoadConst x "a"\nMove y x\nMove z y\nReturn z`),
      result: '"a"',
    },
  ],
  MoveShared: [
    {
      text: main(
        "list",
        `${LIST}reg m list\nreg z int\nLoadInt z 0\nMoveShared m l\nListSet m z z\nListPush l m\nReturn l`,
      ),
      result: "[10, 20, 30, [0, 20, 30]]",
    },
  ],
  Share: [
    {
      text: main("list", `${LIST}reg m list\nreg z int\nLoadInt z 0\nShare l\nMove m l\nListSet m z z\nReturn l`),
      result: "[10, 20, 30]",
    },
  ],
  Narrow: [
    { text: main("int", "reg x any\nreg y int\nLoadInt x 5\nNarrow y x\nReturn y"), result: "5" },
    {
      text: main("int", `reg x any\nreg y int\nLoadConst x "a"\nNarrow y x\nReturn y`),
      result: 'InvalidCast: "a" is not int.',
    },
    {
      text: main("string", `reg x string?\nreg y string\nLoadNull x\nNarrow y x\nReturn y`),
      result: "InvalidCast: null where string is needed.",
    },
    {
      text: main("float", `reg x any\nreg y float\nLoadConst x $f\nNarrow y x\nReturn y`, `const f ${F(1)}`),
      result: "1.0",
    },
    {
      text: main("list", `reg x any\nreg y list\nLoadTrue x\nNarrow y x\nReturn y`),
      result: "InvalidCast: true is not list.",
    },
  ],
  LoadConst: [
    { text: main("any", "reg x any\nLoadConst x $max\nReturn x", MAX), result: "9223372036854775807" },
    {
      text: main("any", "reg x any\nLoadConst x $c\nReturn x", `const c {"kind":"bytes","value":"x'00ff'"}`),
      result: "x'00ff'",
    },
    {
      text: main("any", "reg x any\nLoadConst x $c\nReturn x", `const c {"kind":"date","days":1}`),
      result: "1970-01-02",
    },
    {
      text: main("any", "reg x any\nLoadConst x $c\nReturn x", `const c {"kind":"time","micros":1000000}`),
      result: "00:00:01",
    },
    {
      text: main("any", "reg x any\nLoadConst x $c\nReturn x", `const c {"kind":"timestamp","micros":1000000}`),
      result: "1970-01-01T00:00:01Z",
    },
    {
      text: main(
        "any",
        "reg x any\nLoadConst x $c\nReturn x",
        `const c {"kind":"interval","months":1,"days":0,"micros":0}`,
      ),
      result: "P1M",
    },
    { text: main("any", "reg x any\nLoadConst x $c\nReturn x", `const c {"kind":"json","text":"[1]"}`), result: "[1]" },
    { text: main("any", "reg x any\nLoadConst x $c\nReturn x", `const c ${D(150, 2)}`), result: "1.50" },
  ],
  LoadInt: [
    { text: main("int", "reg x int\nLoadInt x -7\nReturn x"), result: "-7" },
    { text: main("int?", "reg x int?\nLoadInt x 7\nReturn x"), result: "7" },
  ],
  LoadNull: [{ text: main("int?", "reg x int?\nLoadNull x\nReturn x"), result: "null" }],
  LoadTrue: [{ text: main("bool", "reg x bool\nLoadTrue x\nReturn x"), result: "true" }],
  LoadFalse: [{ text: main("bool", "reg x bool\nLoadFalse x\nReturn x"), result: "false" }],

  AddInt: [
    { text: int("AddInt", "2", "3"), result: "5" },
    { text: int("AddInt", "9007199254740991", "1"), result: "9007199254740992" },
    { text: int("AddInt", BIG, "0"), result: "9223372036854775807" },
    { text: int("AddInt", BIG, "1"), result: "Overflow: The sum does not fit 64 bits." },
    { text: int("AddInt", '"9007199254740992n"', "-1"), result: "9007199254740991" },
  ],
  SubInt: [
    { text: int("SubInt", "2", "3"), result: "-1" },
    { text: int("SubInt", LOW, "1"), result: "Overflow: The difference does not fit 64 bits." },
    { text: int("SubInt", "-9007199254740991", "2"), result: "-9007199254740993" },
  ],
  MulInt: [
    { text: int("MulInt", "6", "7"), result: "42" },
    { text: int("MulInt", "0", "-5"), result: "0" },
    { text: int("MulInt", "3037000499", "3037000499"), result: "9223372030926249001" },
    { text: int("MulInt", "3037000500", "3037000500"), result: "Overflow: The product does not fit 64 bits." },
  ],
  DivInt: [
    { text: int("DivInt", "-7", "2"), result: "-3" },
    { text: int("DivInt", "7", "0"), result: "DivisionByZero: Division by zero." },
    { text: int("DivInt", LOW, "-1"), result: "Overflow: The quotient does not fit 64 bits." },
    { text: int("DivInt", BIG, "10"), result: "922337203685477580" },
    { text: int("DivInt", "9007199254740990", "9007199254740991"), result: "0" },
  ],
  ModInt: [
    { text: int("ModInt", "-7", "2"), result: "-1" },
    { text: int("ModInt", "7", "-2"), result: "1" },
    { text: int("ModInt", "-4", "2"), result: "0" },
    { text: int("ModInt", "7", "0"), result: "DivisionByZero: Division by zero." },
    { text: int("ModInt", BIG, "10"), result: "7" },
    { text: int("ModInt", "9007199254740991", "4294967296"), result: "4294967295" },
  ],
  NegInt: [
    { text: main("int", "reg x int int\nLoadInt x 0\nNegInt x+1 x\nReturn x+1"), result: "0" },
    {
      text: main("int", "reg x int int\nLoadConst x $min\nNegInt x+1 x\nReturn x+1", MAX),
      result: "Overflow: The negative does not fit 64 bits.",
    },
    {
      text: main("int", "reg x int int\nLoadConst x $max\nNegInt x+1 x\nReturn x+1", MAX),
      result: "-9223372036854775807",
    },
  ],
  BitNotInt: [
    {
      text: main("int", "reg x int int\nLoadConst x $max\nBitNotInt x+1 x\nReturn x+1", MAX),
      result: "-9223372036854775808",
    },
  ],
  AddIntImm: [
    { text: intImm("AddIntImm", "9007199254740991", 2), result: "9007199254740993" },
    { text: intImm("AddIntImm", BIG, 1), result: "Overflow: The sum does not fit 64 bits." },
  ],
  MulIntImm: [
    { text: intImm("MulIntImm", "-3", 0), result: "0" },
    { text: intImm("MulIntImm", BIG, 2), result: "Overflow: The product does not fit 64 bits." },
  ],
  DivIntImm: [
    { text: intImm("DivIntImm", "-7", 2), result: "-3" },
    { text: intImm("DivIntImm", LOW, -1), result: "Overflow: The quotient does not fit 64 bits." },
  ],
  ModIntImm: [
    { text: intImm("ModIntImm", "-7", 3), result: "-1" },
    { text: intImm("ModIntImm", BIG, 10), result: "7" },
    { text: intImm("ModIntImm", "7", -3), result: "1" },
  ],
  IntToFloat: [
    {
      text: main("float", "reg x int\nreg y float\nLoadConst x $max\nIntToFloat y x\nReturn y", MAX),
      result: "9223372036854776000.0",
    },
  ],
  IntToDecimal: [
    {
      text: main("decimal", "reg x int\nreg y decimal\nLoadConst x $max\nIntToDecimal y x\nReturn y", MAX),
      result: "9223372036854775807",
    },
  ],

  AddFloat: [{ text: float("AddFloat", 0.1, 0.2), result: "0.30000000000000004" }],
  SubFloat: [{ text: float("SubFloat", 1, 1), result: "0.0" }],
  MulFloat: [{ text: float("MulFloat", 1.5, 2), result: "3.0" }],
  DivFloat: [
    { text: float("DivFloat", 1, 4), result: "0.25" },
    { text: float("DivFloat", 1, 0), result: "DivisionByZero: Division by zero." },
  ],
  ModFloat: [
    { text: float("ModFloat", -7.5, 2), result: "-1.5" },
    { text: float("ModFloat", 1, 0), result: "DivisionByZero: Division by zero." },
  ],
  NegFloat: [
    {
      text: main("float", "reg x float float\nLoadConst x $f\nNegFloat x+1 x\nReturn x+1", `const f ${F(1.5)}`),
      result: "-1.5",
    },
  ],
  AddDecimal: [
    { text: decimal("AddDecimal", '"unscaled":"10n","scale":1', '"unscaled":"25n","scale":2'), result: "1.25" },
  ],
  SubDecimal: [
    { text: decimal("SubDecimal", '"unscaled":"10n","scale":1', '"unscaled":"25n","scale":2'), result: "0.75" },
  ],
  MulDecimal: [
    { text: decimal("MulDecimal", '"unscaled":"15n","scale":1', '"unscaled":"25n","scale":2'), result: "0.375" },
  ],
  DivDecimal: [
    { text: decimal("DivDecimal", '"unscaled":"1n","scale":0', '"unscaled":"3n","scale":0'), result: "0.333333" },
    {
      text: decimal("DivDecimal", '"unscaled":"1n","scale":0', '"unscaled":"0n","scale":0'),
      result: "DivisionByZero: Division by zero.",
    },
  ],
  DecimalToFloat: [
    {
      text: main(
        "float",
        "reg x decimal\nreg y float\nLoadConst x $d\nDecimalToFloat y x\nReturn y",
        `const d ${D(150, 2)}`,
      ),
      result: "1.5",
    },
  ],
  CompareDecimal: [
    {
      text: main(
        "int",
        "reg x decimal decimal\nreg r int\nLoadConst x $a\nLoadConst x+1 $b\nCompareDecimal r x x+1\nReturn r",
        `const a ${D(150, 2)}\nconst b ${D(15, 1)}`,
      ),
      result: "0",
    },
  ],

  Concat: [
    {
      text: main(
        "string",
        `reg x string string string\nLoadConst x "a"\nLoadConst x+1 "b"\nConcat x+2 x x+1\nReturn x+2`,
      ),
      result: '"ab"',
    },
  ],
  Interpolate: [
    {
      text: main(
        "string",
        `reg x string float\nreg n int?\nreg s string\nLoadConst x "a"\nLoadConst x+1 $f\nLoadNull n\nInterpolate s x 3\nReturn s`,
        `const f ${F(1)}`,
      ),
      result: '"a1.0null"',
    },
  ],
  AddAny: [
    { text: any("AddAny", I(1), I(2)), result: "3" },
    { text: any("AddAny", I(1), F(2)), result: "3.0" },
    { text: any("AddAny", I(1), D(15, 1)), result: "2.5" },
    { text: any("AddAny", S("a"), S("b")), result: '"ab"' },
    { text: any("AddAny", I(1), "null"), result: "null" },
    { text: any("AddAny", I(1), S("b")), result: 'InvalidCast: + does not take int and string: 1 + "b".' },
    {
      text: any("AddAny", '{"kind":"date","days":30}', '{"kind":"interval","months":1,"days":0,"micros":0}'),
      result: "1970-02-28",
    },
    { text: any("AddAny", I(BIG), I(1)), result: "Overflow: The int does not fit its type." },
  ],
  SubAny: [
    { text: any("SubAny", I(1), F(0.5)), result: "0.5" },
    { text: any("SubAny", '{"kind":"date","days":30}', '{"kind":"date","days":1}'), result: "P29D" },
  ],
  MulAny: [
    { text: any("MulAny", D(15, 1), I(2)), result: "3.0" },
    { text: any("MulAny", I(2), '{"kind":"interval","months":0,"days":1,"micros":0}'), result: "P2D" },
  ],
  DivAny: [
    { text: any("DivAny", I(7), I(2)), result: "3" },
    { text: any("DivAny", F(1), I(0)), result: "DivisionByZero: Division by zero." },
  ],
  ModAny: [
    { text: any("ModAny", I(-7), I(2)), result: "-1" },
    { text: any("ModAny", D(75, 1), I(2)), result: "1.5" },
  ],
  NegAny: [{ text: main("any", "reg x any any\nLoadInt x 5\nNegAny x+1 x\nReturn x+1"), result: "-5" }],
  ConcatAny: [
    { text: any("ConcatAny", S("a"), I(1)), result: '"a1"' },
    { text: any("ConcatAny", S("a"), "null"), result: "null" },
    { text: any("ConcatAny", "true", "false"), result: "InvalidCast: || does not take bool and bool: true || false." },
    { text: main("list", `${LIST}reg m list\nConcatAny m l l\nReturn m`), result: "[10, 20, 30, 10, 20, 30]" },
  ],
  EqAny: [
    { text: any("EqAny", I(1), F(1), "bool?"), result: "true" },
    { text: any("EqAny", I(1), "null", "bool?"), result: "null" },
    { text: bool("EqAny", "date", '{"kind":"date","days":1}', '{"kind":"date","days":1}'), result: "true" },
  ],
  NeAny: [{ text: any("NeAny", I(1), S("1"), "bool?"), result: "true" }],
  LtAny: [
    { text: any("LtAny", I(1), D(15, 1), "bool?"), result: "true" },
    { text: any("LtAny", I(1), S("a"), "bool?"), result: "InvalidCast: int and string have no common order." },
  ],
  LeAny: [
    { text: any("LeAny", S("a"), S("a"), "bool?"), result: "true" },
    { text: any("LeAny", "null", S("a"), "bool?"), result: "null" },
  ],
  SameAny: [
    { text: any("SameAny", "null", "null", "bool"), result: "true" },
    { text: any("SameAny", "null", I(1), "bool"), result: "false" },
  ],
  CompareAny: [
    { text: any("CompareAny", "null", I(1), "int"), result: "-1" },
    { text: any("CompareAny", I(BIG), F(1), "int"), result: "1" },
  ],
  Not: [{ text: main("bool", "reg x bool bool\nLoadTrue x\nNot x+1 x\nReturn x+1"), result: "false" }],
  NotNullable: [
    { text: main("bool?", "reg x bool? bool?\nLoadNull x\nNotNullable x+1 x\nReturn x+1"), result: "null" },
    { text: main("bool?", "reg x bool? bool?\nLoadFalse x\nNotNullable x+1 x\nReturn x+1"), result: "true" },
  ],
  AndNullable: [
    { text: logic("AndNullable", "null", "false"), result: "false" },
    { text: logic("AndNullable", "true", "null"), result: "null" },
    { text: logic("AndNullable", "true", "true"), result: "true" },
  ],
  OrNullable: [
    { text: logic("OrNullable", "null", "true"), result: "true" },
    { text: logic("OrNullable", "false", "null"), result: "null" },
    { text: logic("OrNullable", "false", "false"), result: "false" },
  ],
  IsNull: [
    { text: main("bool", "reg x any\nreg b bool\nLoadNull x\nIsNull b x\nReturn b"), result: "true" },
    { text: main("bool", "reg x int\nreg b bool\nLoadInt x 0\nIsNull b x\nReturn b"), result: "false" },
  ],
  TypeIs: [
    {
      text: main(
        "bool",
        "reg x int\nreg b bool\nLoadInt x 300\nTypeIs b x $t\nReturn b",
        `const t {"kind":"type","type":{"name":"int","range":["0n","255n"]}}`,
      ),
      result: "false",
    },
    {
      text: main(
        "bool",
        `${LIST}reg b bool\nTypeIs b l $t\nReturn b`,
        `const t {"kind":"type","type":{"name":"list","element":{"name":"int"}}}`,
      ),
      result: "true",
    },
  ],
  EqInt: [
    { text: bool("EqInt", "int", I(BIG), I(BIG)), result: "true" },
    { text: bool("EqInt", "int", I(BIG), I(1)), result: "false" },
  ],
  NeInt: [
    { text: bool("NeInt", "int", I(BIG), I(LOW)), result: "true" },
    { text: bool("NeInt", "int", I(BIG), I(BIG)), result: "false" },
  ],
  LtInt: [
    { text: bool("LtInt", "int", I(LOW), I(BIG)), result: "true" },
    { text: bool("LtInt", "int", I(2), I(1)), result: "false" },
  ],
  LeInt: [
    { text: bool("LeInt", "int", I(BIG), I(BIG)), result: "true" },
    { text: bool("LeInt", "int", I(BIG), I(1)), result: "false" },
  ],
  EqFloat: [{ text: bool("EqFloat", "float", F(1), F(1)), result: "true" }],
  NeFloat: [{ text: bool("NeFloat", "float", F(1), F(1)), result: "false" }],
  LtFloat: [{ text: bool("LtFloat", "float", F(1), F(2)), result: "true" }],
  LeFloat: [{ text: bool("LeFloat", "float", F(2), F(2)), result: "true" }],
  EqString: [{ text: bool("EqString", "string", S("a"), S("a")), result: "true" }],
  NeString: [{ text: bool("NeString", "string", S("a"), S("b")), result: "true" }],
  LtString: [{ text: bool("LtString", "string", S("\uffff"), S("😀")), result: "true" }],
  LeString: [{ text: bool("LeString", "string", S("b"), S("a")), result: "false" }],

  Jump: [{ text: main("int", "reg r int\nLoadInt r 1\nblock j {\nJump j.end\nLoadInt r 2\n}\nReturn r"), result: "1" }],
  JumpIfTrue: [
    { text: jump("reg b bool?\nLoadTrue b", "JumpIfTrue b"), result: "1" },
    { text: jump("reg b bool?\nLoadNull b", "JumpIfTrue b"), result: "0" },
  ],
  JumpUnlessTrue: [
    { text: jump("reg b bool?\nLoadNull b", "JumpUnlessTrue b"), result: "1" },
    { text: jump("reg b bool\nLoadTrue b", "JumpUnlessTrue b"), result: "0" },
  ],
  JumpIfNull: [
    { text: jump("reg b any\nLoadNull b", "JumpIfNull b"), result: "1" },
    { text: jump("reg b int\nLoadInt b 0", "JumpIfNull b"), result: "0" },
  ],
  JumpIfNotNull: [
    { text: jump("reg b any\nLoadNull b", "JumpIfNotNull b"), result: "0" },
    { text: jump("reg b int\nLoadInt b 0", "JumpIfNotNull b"), result: "1" },
  ],
  JumpIfEqInt: [
    { text: jumpInts("JumpIfEqInt", "3", "3"), result: "1" },
    { text: jumpInts("JumpIfEqInt", BIG, BIG), result: "1" },
    { text: jumpInts("JumpIfEqInt", BIG, "1"), result: "0" },
  ],
  JumpIfNeInt: [
    { text: jumpInts("JumpIfNeInt", "3", "3"), result: "0" },
    { text: jumpInts("JumpIfNeInt", BIG, LOW), result: "1" },
  ],
  JumpIfLtInt: [
    { text: jumpInts("JumpIfLtInt", "3", "4"), result: "1" },
    { text: jumpInts("JumpIfLtInt", LOW, "4"), result: "1" },
    { text: jumpInts("JumpIfLtInt", BIG, "4"), result: "0" },
  ],
  JumpIfLeInt: [
    { text: jumpInts("JumpIfLeInt", "4", "4"), result: "1" },
    { text: jumpInts("JumpIfLeInt", BIG, BIG), result: "1" },
  ],
  JumpIfEqIntImm: [
    { text: jumpImm("JumpIfEqIntImm", "4", 4), result: "1" },
    { text: jumpImm("JumpIfEqIntImm", BIG, 4), result: "0" },
  ],
  JumpIfNeIntImm: [
    { text: jumpImm("JumpIfNeIntImm", "4", 4), result: "0" },
    { text: jumpImm("JumpIfNeIntImm", BIG, 4), result: "1" },
  ],
  JumpIfLtIntImm: [
    { text: jumpImm("JumpIfLtIntImm", "3", 4), result: "1" },
    { text: jumpImm("JumpIfLtIntImm", LOW, 4), result: "1" },
  ],
  JumpIfLeIntImm: [
    { text: jumpImm("JumpIfLeIntImm", "5", 4), result: "0" },
    { text: jumpImm("JumpIfLeIntImm", BIG, 4), result: "0" },
  ],
  JumpIfGtIntImm: [
    { text: jumpImm("JumpIfGtIntImm", "5", 4), result: "1" },
    { text: jumpImm("JumpIfGtIntImm", BIG, 4), result: "1" },
  ],
  JumpIfGeIntImm: [
    { text: jumpImm("JumpIfGeIntImm", "4", 4), result: "1" },
    { text: jumpImm("JumpIfGeIntImm", LOW, 4), result: "0" },
  ],
  JumpIfEqFloat: [{ text: jumpFloats("JumpIfEqFloat", 1, 1), result: "1" }],
  JumpIfNeFloat: [{ text: jumpFloats("JumpIfNeFloat", 1, 1), result: "0" }],
  JumpIfLtFloat: [{ text: jumpFloats("JumpIfLtFloat", 1, 2), result: "1" }],
  JumpIfLeFloat: [{ text: jumpFloats("JumpIfLeFloat", 3, 2), result: "0" }],
  JumpUnlessLtFloat: [{ text: jumpFloats("JumpUnlessLtFloat", 1, 2), result: "0" }],
  JumpUnlessLeFloat: [{ text: jumpFloats("JumpUnlessLeFloat", 3, 2), result: "1" }],
  JumpIfEqString: [{ text: jumpStrings("JumpIfEqString", "a", "a"), result: "1" }],
  JumpIfNeString: [{ text: jumpStrings("JumpIfNeString", "a", "a"), result: "0" }],
  JumpIfLtString: [{ text: jumpStrings("JumpIfLtString", "a", "b"), result: "1" }],
  JumpIfLeString: [{ text: jumpStrings("JumpIfLeString", "b", "b"), result: "1" }],

  Loop: [
    {
      text: main(
        "int",
        "reg i int\nLoadInt i 0\nloop l {\nJumpIfGeIntImm i 10 l.end\nAddIntImm i i 3\nLoop l.start\n}\nReturn i",
      ),
      result: "12",
    },
  ],
  ForStart: [
    { text: counted("ForStart", "ForNext", 1, 10, 3), result: "[1, 4, 7, 10]" },
    { text: counted("ForStart", "ForNext", 2, 1, 1), result: "[]" },
    {
      text: counted("ForStart", "ForNext", 1, 10, 0),
      result: "OutOfRange: The step of a loop must be above 0, found 0.",
    },
  ],
  ForNext: [
    {
      text: counted("ForStart", "ForNext", '"9223372036854775806n"', BIG, 1),
      result: "[9223372036854775806, 9223372036854775807]",
    },
  ],
  ForStartDown: [{ text: counted("ForStartDown", "ForNextDown", 10, 1, 4), result: "[10, 6, 2]" }],
  ForNextDown: [
    {
      text: counted("ForStartDown", "ForNextDown", '"-9223372036854775807n"', LOW, 1),
      result: "[-9223372036854775807, -9223372036854775808]",
    },
  ],
  NextItem: [
    {
      text: main(
        "int",
        `${LIST}reg s int\nreg it list int\nreg x int\nLoadInt s 0\nMove it l\nLoadInt it+1 0\nblock out {\nloop e {\nNextItem x it out.end\nAddInt s s x\nLoop e.start\n}\n}\nReturn s`,
      ),
      result: "60",
    },
    {
      text: main(
        "string",
        `${LIST}reg it list int\nreg x string\nMove it l\nLoadInt it+1 0\nblock out {\nNextItem x it out.end\nReturn x\n}\nLoadConst x "end"\nReturn x`,
      ),
      result: "InvalidCast: 10 is not string.",
    },
  ],
  ListNew: [{ text: main("list", `${LIST}Return l`), result: "[10, 20, 30]" }],
  ListLen: [{ text: main("int", `${LIST}reg n int\nListLen n l\nReturn n`), result: "3" }],
  ListGet: [
    { text: main("int", `${LIST}reg i int\nreg x int\nLoadInt i -1\nListGet x l i\nReturn x`), result: "30" },
    {
      text: main("any", `${LIST}reg i int\nreg x any\nLoadInt i 3\nListGet x l i\nReturn x`),
      result: "OutOfRange: Index 3 is outside of 3 items.",
    },
    { text: main("float", `${LIST}reg i int\nreg x float\nLoadInt i 0\nListGet x l i\nReturn x`), result: "10.0" },
    {
      text: main("string", `${LIST}reg i int\nreg x string\nLoadInt i 0\nListGet x l i\nReturn x`),
      result: "InvalidCast: 10 is not string.",
    },
  ],
  ListSet: [
    {
      text: main(
        "list",
        `${LIST}reg i int\nreg x float\nLoadInt i 1\nLoadConst x $f\nListSet l i x\nReturn l`,
        `const f ${F(1)}`,
      ),
      result: "[10, 1.0, 30]",
    },
  ],
  ListPush: [
    {
      text: main("list", `${LIST}reg x string\nLoadConst x "a"\nListPush l x\nListPush l v\nReturn l`),
      result: '[10, 20, 30, "a", 10]',
    },
  ],
  ListUpdate: [
    { text: main("list", `${LIST}ListUpdate l pop r0\nReturn l`), result: "[10, 20]" },
    {
      text: main(
        "list",
        `${LIST}reg a int string\nLoadInt a -1\nLoadConst a+1 "x"\nListUpdate l insert a\nListUpdate l remove_list a\nReturn l`,
      ),
      result: '[10, 20, "x"]',
    },
    {
      text: main("list", `${LIST}reg d bool\nLoadTrue d\nListUpdate l sort d\nReturn l`),
      result: "[30, 20, 10]",
    },
    {
      // A shared list is copied first; the list may be its own item.
      text: main(
        "list",
        `${LIST}reg m list\nreg a int list\nMoveShared m l\nLoadInt a 0\nMove a+1 m\nListUpdate m insert a\nListUpdate m reverse_list r0\nListPush l m\nReturn l`,
      ),
      result: "[10, 20, 30, [30, 20, 10, [10, 20, 30]]]",
    },
    {
      text: main("list", `reg l list\nListNew l r0 0\nListUpdate l pop r0\nReturn l`),
      result: "OutOfRange: An empty list has no last item to take away.",
    },
  ],
  Slice: [
    {
      text: main("list", `${LIST}reg b int any\nreg r list\nLoadInt b -2\nLoadNull b+1\nSlice r l b\nReturn r`),
      result: "[20, 30]",
    },
    {
      text: main(
        "string",
        `reg s string\nreg b int int\nreg r string\nLoadConst s "a😀bc"\nLoadInt b 1\nLoadInt b+1 3\nSlice r s b\nReturn r`,
      ),
      result: '"😀b"',
    },
  ],
  IndexGet: [
    {
      text: main("any", `reg s any\nreg i any\nLoadConst s "a😀b"\nLoadInt i 1\nIndexGet s s i\nReturn s`),
      result: '"😀"',
    },
    {
      text: main("any", `reg s any\nreg i any\nLoadTrue s\nLoadInt i 1\nIndexGet s s i\nReturn s`),
      result: "InvalidCast: bool has no items.",
    },
  ],
  IndexSet: [
    {
      text: main("any", `${LIST}reg a any\nreg i any\nMove a l\nLoadInt i 0\nIndexSet a i i\nReturn a`),
      result: "[0, 20, 30]",
    },
  ],
  OwnItem: [
    {
      text: main(
        "list",
        `${LIST}reg m list\nreg i int\nreg t list\nListNew m l 1\nShare l\nLoadInt i 0\nOwnItem t m i\nListSet t i i\nListPush m l\nReturn m`,
      ),
      result: "[[0, 20, 30], [10, 20, 30]]",
    },
  ],
  MapNew: [{ text: main("map", "reg m map\nMapNew m\nReturn m"), result: "{}" }],
  MapGet: [
    {
      text: main("int?", `reg m map\nreg k string\nreg x int?\nMapNew m\nLoadConst k "a"\nMapGet x m k\nReturn x`),
      result: "null",
    },
    {
      text: main(
        "int",
        `reg m map\nreg k string\nreg x int\nMapNew m\nLoadConst k "a"\nLoadInt x 4\nMapSet m k x\nMapGet x m k\nReturn x`,
      ),
      result: "4",
    },
  ],
  MapSet: [
    {
      text: main(
        "map",
        `reg m map map\nreg k string\nreg x int\nMapNew m\nLoadConst k "a"\nLoadInt x 4\nMapSet m k x\nMoveShared m+1 m\nLoadInt x 5\nMapSet m+1 k x\nReturn m`,
      ),
      result: "{a: 4}",
    },
  ],
  MapLen: [{ text: main("int", "reg m map\nreg n int\nMapNew m\nMapLen n m\nReturn n"), result: "0" }],
  StructNew: [{ text: main("struct", `${STRUCT}Return s`, SHAPE), result: '{name: "Ann", age: 3}' }],
  StructGet: [
    { text: main("int", `${STRUCT}reg x int\nStructGet x s 1\nReturn x`, SHAPE), result: "3" },
    {
      text: main("any", `${STRUCT}reg x any\nStructGet x s 2\nReturn x`, SHAPE),
      result: "InvalidCast: The struct has 2 fields, field 3 is wanted.",
    },
    { text: main("string", `${STRUCT}reg x string\nStructGet x s 0\nReturn x`, SHAPE), result: '"Ann"' },
  ],
  StructSet: [
    {
      text: main("struct", `${STRUCT}reg t struct\nMoveShared t s\nLoadInt f+1 9\nStructSet t 1 f+1\nReturn s`, SHAPE),
      result: '{name: "Ann", age: 3}',
    },
  ],
  FieldGet: [
    { text: main("any", `${STRUCT}reg x any\nFieldGet x s "AGE"\nReturn x`, SHAPE), result: "3" },
    {
      text: main("any", `${STRUCT}reg x any\nFieldGet x s "size"\nReturn x`, SHAPE),
      result: "InvalidCast: struct has no field size; it has name, age.",
    },
  ],
  FieldSet: [
    { text: main("struct", `${STRUCT}FieldSet s "age" f\nReturn s`, SHAPE), result: '{name: "Ann", age: "Ann"}' },
  ],
  OwnSlot: [
    {
      text: main(
        "struct",
        `${SHAPE ? "" : ""}reg s struct\nreg f string list\nreg t list\nLoadConst f "Ann"\nListNew f+1 f 1\nShare f+1\nStructNew s $shape f\nOwnSlot t s 1\nListPush t f\nListPush f+1 s\nReturn s`,
        SHAPE,
      ),
      result: '{name: "Ann", age: ["Ann", "Ann"]}',
    },
  ],
  OwnField: [
    {
      text: main(
        "struct",
        `reg s struct\nreg f string list\nreg t list\nLoadConst f "Ann"\nListNew f+1 f 1\nStructNew s $shape f\nOwnField t s "age"\nListPush t f\nReturn s`,
        SHAPE,
      ),
      result: '{name: "Ann", age: ["Ann", "Ann"]}',
    },
  ],
  Reshape: [
    {
      text: main("struct", `${STRUCT}reg t struct\nReshape t s $wide\nReturn t`, SHAPE),
      result: '{age: 3, name: "Ann"}',
    },
  ],
  TableLen: [
    {
      text: main("int", "effects read\nreg t table\nreg n int\nQuery t $sql r0\nTableLen n t\nReturn n", SQL),
      result: "3",
    },
  ],
  TableRow: [
    {
      text: main(
        "struct",
        "effects read\nreg t table\nreg i int\nreg s struct\nQuery t $sql r0\nLoadInt i -1\nTableRow s t i\nReturn s",
        SQL,
      ),
      result: '{a: 3, b: "z"}',
    },
  ],
  TableCell: [
    {
      text: main(
        "int",
        "effects read\nreg t table int\nreg x int\nQuery t $sql r0\nLoadInt t+1 1\nTableCell x t 0\nReturn x",
        SQL,
      ),
      result: "2",
    },
    {
      text: main(
        "string",
        "effects read\nreg t table int\nreg x string\nQuery t $sql r0\nLoadInt t+1 1\nTableCell x t 1\nReturn x",
        SQL,
      ),
      result: '"y"',
    },
  ],
  TableToList: [
    {
      text: main("list", "effects read\nreg t table\nreg l list\nQuery t $sql r0\nTableToList l t\nReturn l", SQL),
      result: '[{a: 1, b: "x"}, {a: 2, b: "y"}, {a: 3, b: "z"}]',
    },
  ],
  TableColumn: [
    {
      text: main("list", "effects read\nreg t table\nreg l list\nQuery t $sql r0\nTableColumn l t 0\nReturn l", SQL),
      result: "[1, 2, 3]",
    },
  ],
  TableFromList: [
    {
      text: main(
        "table",
        `${LIST}reg t table\nTableFromList t l $value\nReturn t`,
        `const value {"kind":"shape","name":"","fields":["value"]}`,
      ),
      result: "[{value: 10}, {value: 20}, {value: 30}]",
    },
  ],
  CastTo: [
    {
      text: main(
        "int",
        `reg s string\nreg x int\nLoadConst s "12"\nCastTo x s $t\nReturn x`,
        `const t {"kind":"type","type":{"name":"int"}}`,
      ),
      result: "12",
    },
    {
      text: main(
        "int",
        `reg s string\nreg x int\nLoadConst s "1x"\nCastTo x s $t\nReturn x`,
        `const t {"kind":"type","type":{"name":"int"}}`,
      ),
      result: 'InvalidCast: "1x" cannot be cast to int.',
    },
    {
      text: main(
        "decimal",
        `reg s string\nreg x decimal\nLoadConst s "1.005"\nCastTo x s $t\nReturn x`,
        `const t {"kind":"type","type":{"name":"decimal","precision":5,"scale":2}}`,
      ),
      result: "1.01",
    },
    {
      text: main(
        "list",
        `${LIST}reg x list\nCastTo x l $t\nReturn x`,
        `const t {"kind":"type","type":{"name":"list","element":{"name":"string"}}}`,
      ),
      result: '["10", "20", "30"]',
    },
  ],

  Call: [
    {
      text: `${main("int", "reg x int\nLoadInt x 4\nCall x twice x\nReturn x")}\nroutine twice(n int) -> int\nreg y int\nMulIntImm y n 2\nReturn y`,
      result: "8",
    },
    {
      text: `${main("any", "reg x int\nreg y any\nLoadConst x $max\nCall y same x\nReturn y", MAX)}\nroutine same(n int) -> int\nReturn n`,
      result: "9223372036854775807",
    },
    {
      text: `${main("int", "reg x int\nLoadInt x 4\nCall _ twice x\nReturn x")}\nroutine twice(n int) -> int\nreg y int\nMulIntImm y n 2\nReturn y`,
      result: "4",
    },
  ],
  CallImport: [
    {
      text: `${main("int", "effects dynamic\nreg x any\nreg y int\nLoadInt x 4\nCallImport y $twice x\nReturn y", `const twice {"kind":"import","reference":{"name":"twice","argumentTypes":["any"]}}`)}\nroutine twice(n int) -> int\nreg y int\nMulIntImm y n 2\nReturn y`,
      result: "8",
    },
    {
      text: main(
        "int",
        "effects dynamic\nreg y int\nCallImport y $no r0\nReturn y",
        `const no {"kind":"import","reference":{"name":"no","argumentTypes":[]}}`,
      ),
      result: "NoSuchRoutine: There is no routine no.",
    },
    {
      text: `${main("int", `effects dynamic\nreg x any\nreg y int\nLoadConst x "a"\nCallImport y $twice x\nReturn y`, `const twice {"kind":"import","reference":{"name":"twice","argumentTypes":["any"]}}`)}\nroutine twice(n int) -> int\nReturn n`,
      result: 'InvalidCast: "a" is not int.',
    },
  ],
  MakeClosure: [
    {
      text: `${main("int", "reg f closure int\nreg k int\nLoadInt k 5\nMakeClosure f add k\nLoadInt f+1 2\nCallClosure k f 1\nReturn k")}\nlambda add(x int; by int) -> int\nreg r int\nAddInt r x by\nReturn r`,
      result: "7",
    },
  ],
  CallClosure: [
    {
      text: `${main("any", "reg f closure any\nreg k float\nreg r any\nLoadConst k $f\nMakeClosure f add k\nLoadInt f+1 2\nCallClosure r f 1\nReturn r", `const f ${F(1.5)}`)}\nlambda add(x any; by float) -> any\nreg r any\nAddAny r x by\nReturn r`,
      result: "3.5",
    },
    {
      text: `${main("any", `reg f closure any\nreg k int\nreg r any\nLoadInt k 1\nMakeClosure f add k\nLoadConst f+1 "q"\nCallClosure r f 1\nReturn r`)}\nlambda add(x int; by int) -> int\nReturn by`,
      result: 'InvalidCast: "q" is not int.',
    },
    {
      text: `${main("any", "reg f closure\nreg k int\nreg r any\nLoadInt k 1\nMakeClosure f add k\nCallClosure r f 0\nReturn r")}\nlambda add(x int; by int) -> int\nReturn by`,
      result: "InvalidCast: add takes 1 argument, found 0.",
    },
  ],
  Intrinsic: [
    { text: main("string", `reg s string\nLoadConst s "abc"\nIntrinsic s upper s\nReturn s`), result: '"ABC"' },
  ],
  Return: [{ text: main("int?", "reg x int\nLoadInt x 3\nReturn x"), result: "3" }],
  ReturnVoid: [{ text: main("void", "ReturnVoid"), result: "null" }],

  ErrorNew: [
    {
      text: main(
        "any",
        `reg p string int\nreg e error\nreg r any\nLoadConst p "text"\nLoadInt p+1 4\nErrorNew e $etl p\nFieldGet r e "message"\nReturn r`,
        `const etl {"kind":"error","name":"ETLError","parents":["Base"]}`,
      ),
      result: '"text"',
    },
  ],
  ErrorIs: [
    {
      text: main(
        "bool",
        `reg p string int\nreg e error\nreg r bool\nLoadConst p "text"\nLoadInt p+1 4\nErrorNew e $etl p\nErrorIs r e "Base"\nReturn r`,
        `const etl {"kind":"error","name":"ETLError","parents":["Base"]}`,
      ),
      result: "true",
    },
  ],
  Throw: [
    {
      text: main(
        "int",
        `reg p string int\nreg e error\nLoadConst p "text"\nLoadInt p+1 4\nErrorNew e $etl p\nThrow e`,
        `const etl {"kind":"error","name":"ETLError","parents":["Base"]}`,
      ),
      result: "ETLError: text",
    },
  ],
  Rethrow: [
    {
      text: main(
        "int",
        "reg e error\nreg x int int\nblock done {\ntry t e {\nLoadInt x 1\nLoadInt x+1 0\nDivInt x x x+1\n}\nReturn x\nhandler t\nRethrow e\n}",
      ),
      result: "DivisionByZero: Division by zero.",
    },
  ],
  TryBegin: [
    {
      text: main(
        "int",
        "effects write\nreg e error\nreg x int\ntry t e savepoint {\nExecute x $write r0\nDivIntImm x x 2\n}\nReturn x\nhandler t\nRethrow e",
        SQL,
      ),
      result: "0",
      events: ["savepoint 1", "execute update t ()", "release 1"],
    },
  ],
  TryEnd: [
    {
      text: main("int", "reg e error\nreg x int\ntry t e savepoint {\nLoadInt x 7\n}\nReturn x\nhandler t\nRethrow e"),
      result: "7",
      events: [],
    },
  ],
  Savepoint: [
    {
      text: main("int", "effects write\nreg t int\nSavepoint t\nRelease t\nReturn t"),
      result: "1",
      events: ["savepoint 1", "release 1"],
    },
  ],
  Release: [
    {
      text: main("int", "effects write\nreg t int\nLoadInt t 5\nRelease t\nReturn t"),
      result: "InvalidCast: There is no open savepoint 5.",
    },
  ],
  RollbackTo: [
    {
      text: main("int", "effects write\nreg t int\nSavepoint t\nRollbackTo t\nReturn t"),
      result: "1",
      events: ["savepoint 1", "rollback 1"],
    },
  ],
  AutonomousBegin: [
    {
      text: main("int", "effects write\nreg t int\nAutonomousBegin t\nReturn t"),
      result: "1",
      events: ["autonomous 1", "commit 1"],
    },
  ],
  AutonomousEnd: [
    {
      text: main("int", "effects write\nreg t int\nAutonomousBegin t\nAutonomousEnd t 0\nReturn t"),
      result: "1",
      events: ["autonomous 1", "rollback 1"],
    },
  ],

  Query: [
    {
      text: main("table", "effects read\nreg t table\nQuery t $sql r0\nReturn t", SQL),
      result: '[{a: 1, b: "x"}, {a: 2, b: "y"}, {a: 3, b: "z"}]',
      events: ["query select a, b ()", "close select a, b"],
    },
  ],
  QueryFirst: [
    {
      text: main("struct?", "effects read\nreg s struct?\nQueryFirst s $sql r0\nReturn s", SQL),
      result: '{a: 1, b: "x"}',
    },
  ],
  QueryOne: [
    {
      text: main("struct?", "effects read\nreg s struct?\nQueryOne s $sql r0\nReturn s", SQL),
      result: "TooManyRows: The query gave more than one row where one was expected.",
    },
    { text: main("struct?", "effects read\nreg s struct?\nQueryOne s $none r0\nReturn s", SQL), result: "null" },
  ],
  QueryScalar: [
    {
      text: main("int", "effects read\nreg x int\nLoadInt x 5\nQueryScalar x $one x\nReturn x", SQL),
      result: "41",
      events: ["query select one ?0 (5)", "close select one ?0"],
    },
  ],
  QueryExists: [
    { text: main("bool", "effects read\nreg b bool\nQueryExists b $none r0\nReturn b", SQL), result: "false" },
  ],
  OpenRows: [
    {
      text: main(
        "int",
        "effects read\nreg c cursor\nreg s int\nreg x int\nLoadInt s 0\nOpenRows c $sql r0\nblock out {\nloop l {\nNextRow c out.end\nRowCell x c 0\nAddInt s s x\nLoop l.start\n}\n}\nReturn s",
        SQL,
      ),
      result: "6",
      events: ["query select a, b ()", "close select a, b"],
    },
  ],
  NextRow: [
    {
      text: main(
        "int",
        "effects read\nreg c cursor\nreg s int\nLoadInt s 0\nOpenRows c $none r0\nblock out {\nNextRow c out.end\nLoadInt s 1\n}\nReturn s",
        SQL,
      ),
      result: "0",
    },
  ],
  RowCell: [
    {
      text: main(
        "string",
        'effects read\nreg c cursor\nreg s string\nOpenRows c $sql r0\nblock out {\nNextRow c out.end\nRowCell s c 1\nReturn s\n}\nLoadConst s ""\nReturn s',
        SQL,
      ),
      result: '"x"',
      events: ["query select a, b ()", "close select a, b"],
    },
    {
      text: main(
        "any",
        "effects read\nreg c cursor\nreg s any\nOpenRows c $sql r0\nblock out {\nNextRow c out.end\nRowCell s c 2\nReturn s\n}\nLoadNull s\nReturn s",
        SQL,
      ),
      result: "OutOfRange: There is no current row with a column 3.",
    },
  ],
  RowStruct: [
    {
      text: main(
        "struct",
        "effects read\nreg c cursor\nreg s struct\nOpenRows c $sql r0\nblock out {\nNextRow c out.end\nRowStruct s c\nReturn s\n}\nRowStruct s c\nReturn s",
        SQL,
      ),
      result: '{a: 1, b: "x"}',
    },
  ],
  CloseRows: [
    {
      text: main("void", "effects read\nreg c cursor\nOpenRows c $sql r0\nCloseRows c\nCloseRows c\nReturnVoid", SQL),
      result: "null",
      events: ["query select a, b ()", "close select a, b"],
    },
  ],
  Execute: [
    {
      text: main("int", "effects write\nreg x int\nExecute x $write r0\nReturn x", SQL),
      result: "1",
      events: ["execute update t ()"],
    },
  ],
  ExecuteReturning: [
    {
      text: main("table", "effects write\nreg x table\nExecuteReturning x $returning r0\nReturn x", SQL),
      result: "[{id: 9}]",
    },
  ],
  ExecuteText: [
    {
      text: main(
        "any",
        `effects read write\nreg s string int\nreg r any\nLoadConst s "delete from t"\nLoadInt s+1 3\nExecuteText r $names s\nReturn r`,
        `const names {"kind":"names","names":["id"]}`,
      ),
      result: "2",
      events: ["text delete from t (id=3)"],
    },
    {
      text: main(
        "any",
        `effects read write\nreg s string\nreg r any\nLoadConst s "select one ?0"\nExecuteText r $names s\nReturn r`,
        `const names {"kind":"names","names":[]}`,
      ),
      result: "[{x: 41}]",
    },
  ],
  RowCount: [
    { text: main("int", "effects write\nreg x int\nExecute _ $write r0\nRowCount x\nReturn x", SQL), result: "1" },
  ],
  Fetch: [
    {
      text: main(
        "bool",
        "effects read\nreg c cursor\nreg b bool\nOpenRows c $one b1\nFetch b c\nFetch b c\nFetch b c\nReturn b"
          .replace("b1", "r2")
          .replace("reg b bool", "reg b bool\nreg n int\nLoadInt n 1")
          .replace("r2", "n"),
        SQL,
      ),
      result: "false",
    },
    {
      text: main(
        "bool",
        "effects read\nreg c cursor\nreg b bool\nOpenRows c $sql r0\nCloseRows c\nFetch b c\nReturn b",
        SQL,
      ),
      result: "InvalidCast: The cursor is closed.",
    },
  ],

  Print: [
    {
      text: main("void", `effects output\nreg s string\nLoadConst s "hi"\nPrint s\nReturnVoid`),
      result: "null",
      events: ["print hi"],
    },
  ],
  Log: [
    {
      text: main("void", `effects output\nreg s int\nLoadInt s 4\nLog s 2\nReturnVoid`),
      result: "null",
      events: ["log warn 4"],
    },
  ],
  Emit: [
    {
      text: main("void", "effects read output\nreg t table\nQuery t $sql r0\nEmit t\nReturnVoid", SQL),
      result: "null",
      events: ["query select a, b ()", "close select a, b", "emit 3 rows"],
    },
  ],
  Now: [{ text: main("timestamp", "effects clock\nreg t timestamp\nNow t\nReturn t"), result: "2023-11-14T22:13:20Z" }],
  Random: [{ text: main("float", "effects random\nreg x float\nRandom x\nReturn x"), result: "0.25" }],
  StartAsync: [
    {
      text: `${main("handle", `effects jobs\nreg x int\nreg h handle\nLoadInt x 4\nStartAsync h $job x\nReturn h`, `const job {"kind":"job","job":{"callee":{"kind":"import","reference":{"name":"twice","argumentTypes":["int"]}},"argumentCount":1,"detached":true}}`)}\nroutine twice(n int) -> int\nReturn n`,
      result: "<handle>",
      events: ["resolve twice", "start twice detached"],
    },
  ],
  Await: [
    {
      text: `${main("int", `effects jobs\nreg x int\nreg h handle\nLoadInt x 4\nStartAsync h $job x\nAwait x h\nReturn x`, `const job {"kind":"job","job":{"callee":{"kind":"routine","routine":1},"argumentCount":1,"detached":false}}`)}\nroutine twice(n int) -> int\nreg y int\nMulIntImm y n 2\nReturn y`,
      result: "8",
      events: ["start twice", "await twice"],
    },
  ],
  Manage: [
    {
      text: main(
        "int",
        `effects session\nreg x int\nLoadInt x 4\nManage x $m x\nReturn x`,
        `const m {"kind":"management","management":{"form":{"verb":"list"},"argumentCount":1}}`,
      ),
      result: "1",
      events: ["manage list (4)"],
    },
  ],
  LoadGlobal: [{ text: main("int", "reg x int\nLoadGlobal x 0\nReturn x", "global n int"), result: "0" }],
  Cover: [{ text: main("int", "reg x int\nCover 0\nLoadInt x 1\nReturn x"), result: "1" }],
  StoreGlobal: [
    {
      text: main("any", "reg x int\nreg y any\nLoadInt x 4\nStoreGlobal 0 x\nLoadGlobal y 0\nReturn y", "global n any"),
      result: "4",
    },
  ],
};

function counted(start: string, next: string, from: string | number, to: string | number, step: number): string {
  return main(
    "list",
    `reg c int int int\nreg l list\nListNew l r0 0\nLoadConst c $from\nLoadConst c+1 $to\nLoadInt c+2 ${step}\nblock out {\n${start} c out.end\nloop body {\nListPush l c\n${next} c body.start\n}\n}\nReturn l`,
    `const from ${I(from)}\nconst to ${I(to)}`,
  );
}
