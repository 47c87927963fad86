// A file that is no text is one problem at its first zero byte, not one for each of its bytes, and it is not run.
import { describe, expect, it } from "vitest";
import { testSession } from "../session.ts";

const PICTURE = Buffer.from([
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0xff,
]);

describe("a source that is no text", () => {
  it.each([
    ["a picture", PICTURE, 8],
    ["a text in UTF-16", Buffer.from("\uFEFFprint 1;", "utf16le"), 3],
    ["a text that ends in a zero byte", Buffer.from("print 1;\0"), 8],
  ])("%s is one problem", (_, bytes, at) => {
    const { session } = testSession();
    const file = { name: "picture.grz", text: bytes.toString("utf8") };
    const problems = session.check(file);
    expect(problems.map((problem) => [problem.name, problem.span.start])).toEqual([["NotText", at]]);
    expect(session.execute(file).kind).toBe("rejected");
    session.close();
  });
});
