// Every example of the standard library's table, run through the whole pipeline: `expression  -- printed result`.
import { describe, expect, it } from "vitest";
import { INTRINSIC_ROWS } from "../../bytecode/intrinsics/intrinsics.ts";
import { testSession } from "../session.ts";

const EXAMPLE = /^(.*?)\s+-- (.*)$/su;

describe("standard library", () => {
  const rows = INTRINSIC_ROWS.filter((row) => row.hidden !== true && row.retired !== true);

  it.each(rows.map((row) => [row.key, row.example] as const))("%s: %s", (_key, example) => {
    const match = EXAMPLE.exec(example);
    expect(match, "an example is `expression  -- result`").not.toBeNull();
    const [, expression = "", result = ""] = match ?? [];
    const { session, printed } = testSession();
    try {
      const outcome = session.execute({ name: "example.grz", text: `print ${expression}` });
      const error = outcome.kind === "failed" ? `raises ${outcome.error.code}` : outcome.problems.filter((problem) => problem.severity === "error").map((problem) => problem.message).join(" ");
      expect(error === "" ? printed.join("\n") : error).toBe(result.startsWith('"') && result.endsWith('"') ? (JSON.parse(result) as string) : result);
    } finally {
      session.close();
    }
  });
});
