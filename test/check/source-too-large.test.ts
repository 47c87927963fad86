// A source over the size limit is refused by the check as well, not passed as an empty and therefore clean file.
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../base/limits.ts";
import { testSession } from "../session.ts";

describe("a source over sourceBytesMax", () => {
  it("is an error of the check and is not run", () => {
    const { session } = testSession();
    const file = { name: "large.grz", text: `-- ${"a".repeat(LIMITS.sourceBytesMax.value)}` };
    expect(session.check(file).map((problem) => problem.name)).toEqual(["SourceTooLarge"]);
    expect(session.execute(file).kind).toBe("rejected");
    session.close();
  });
});
