// GR-45: parameters, return values, scope: wrong counts and types are errors, variables are block-scoped, no state leaks between calls.
import { describe, expect, it } from "vitest";
import { open } from "./support.ts";

describe("arguments", () => {
  const DB = 'procedure p(a int, b string = "x") returns string { return "${b}${a}" }';

  it("of the wrong count or type stop a script before it runs", () => {
    const db = open();
    db.run(DB);
    for (const text of ["CALL p()", "CALL p(1, 'a', 2)", "CALL p('one')", "CALL p(1, c: 'x')"])
      expect(db.reject(text), text).not.toEqual([]);
  });

  it("of the wrong count or type are errors of a client's call", () => {
    const db = open();
    db.run(DB);
    expect(db.failCall("p")).toBe("WrongArguments: p takes 1 to 2 arguments, found 0.");
    expect(db.failCall("p", 1, "a", 2)).toBe("WrongArguments: p takes 1 to 2 arguments, found 3.");
    expect(db.failCall("p", "one")).toMatch(/^InvalidCast: /);
    const named = db.session.call("p", { a: 1, c: 2 });
    expect(named.kind === "failed" && named.error.message).toBe("p has no parameter named c; its parameters are a, b.");
  });

  it("may be named or left out", () => {
    const db = open();
    db.run(DB);
    expect(db.call("p", 1)).toBe("x1");
    const named = db.session.call("p", { b: "y", a: 2 });
    expect(named.kind === "returned" && named.value).toBe("y2");
  });
});

it("keeps variables in their block", () => {
  const db = open();
  expect(db.reject("procedure p() returns int { if true { let x = 1 } return x }")).not.toEqual([]);
});

it("leaks nothing between 1,000 alternating calls", () => {
  const db = open();
  db.run(`procedure grow(n int) returns int { let xs = [n]; for i in 1..3 { xs = xs || [i] } return len(xs) }
procedure name(s string) returns string { let t = s; t = t + "!"; return t }`);
  for (let i = 0; i < 500; i += 1) {
    expect(db.call("grow", i)).toBe("4");
    expect(db.call("name", `n${i}`)).toBe(`n${i}!`);
  }
});
