// Links from imports, and imports that follow renamed files.
import { finished } from "../../../base/steps.ts";
import { describe, expect, test } from "vitest";
import { links, renamedFiles } from "../../../lsp/features/links.ts";
import { edited, fixture } from "../support.ts";

const FILES = `import math_helpers
import "lib/text.grz"
print 1
=== math_helpers.grz
function double (n int) returns int { return n * 2 }
=== lib/text.grz
import "../math_helpers.grz"
function shout (s string) returns string { return s }
`;

function afterRename(from: string, to: string): Readonly<Record<string, string>> {
  const { workspace, at } = fixture(FILES);
  const changed = finished(renamedFiles(workspace, [{ from: `/project/${from}`, to: `/project/${to}` }]));
  return Object.fromEntries(
    [...changed].map(([path, edits]) => [
      path.slice(9),
      edited(at(path).text, edits).split("\nprint")[0]?.split("\nfunction")[0] ?? "",
    ]),
  );
}

describe("links", () => {
  test("each import that is there", () => {
    const { workspace, document } = fixture(`${FILES}=== nothing.grz\nimport missing\n`);
    expect(
      links(workspace, document).map(({ span, path }) => [document.text.slice(span.start, span.end), path]),
    ).toEqual([
      ["math_helpers", "/project/math_helpers.grz"],
      ["lib/text.grz", "/project/lib/text.grz"],
    ]);
  });
});

describe("renamed files", () => {
  test("another name", () => {
    expect(afterRename("math_helpers.grz", "sums.grz")).toEqual({
      "main.grz": 'import sums\nimport "lib/text.grz"',
      "lib/text.grz": 'import "../sums.grz"',
    });
  });

  test("into a folder: a name becomes a path", () => {
    expect(afterRename("math_helpers.grz", "lib/sums.grz")).toEqual({
      "main.grz": 'import "lib/sums.grz"\nimport "lib/text.grz"',
      "lib/text.grz": "import sums",
    });
  });

  test("a name that is no word needs quotes", () => {
    expect(afterRename("math_helpers.grz", "my sums.grz")["main.grz"]).toBe(
      'import "my sums.grz"\nimport "lib/text.grz"',
    );
  });

  test("a file that moves takes its own imports along", () => {
    expect(afterRename("lib/text.grz", "text.grz")).toEqual({
      "main.grz": "import math_helpers\nimport text",
      "lib/text.grz": "import math_helpers",
    });
  });
});
