// Files on disk that are no UTF-8 text: their first byte that is not is reported, and they hurt no other file.
import { finished } from "../../../base/steps.ts";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { languageServerOptions } from "../../../cli/language-server.ts";
import { references } from "../../../lsp/features/navigation.ts";
import { type EditedWorkspace, makeWorkspace } from "../../../lsp/workspace/workspace.ts";

let folder = "";
let workspace: EditedWorkspace;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "grizzly-lsp-disk-"));
  workspace = makeWorkspace({ ...languageServerOptions().ports, warn: () => undefined });
  workspace.setFolders([folder]);
});
afterAll(() => {
  workspace.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const GOOD = "import broken\nfunction twice (n int) returns int { return n * 2 }\nprint twice(1)\n";

test("other encodings, bytes that are no text, a folder that is named like a file, a link to nowhere", () => {
  writeFileSync(join(folder, "good.grz"), GOOD);
  writeFileSync(join(folder, "marked.grz"), `\uFEFF${GOOD.replace("import broken\n", "")}`);
  writeFileSync(join(folder, "latin.grz"), Buffer.from("-- gr\u00fcn\nprint 'gr\u00fcn'\n", "latin1"));
  writeFileSync(join(folder, "wide.grz"), Buffer.from("\uFEFFprint 1\n", "utf16le"));
  writeFileSync(join(folder, "broken.grz"), Buffer.from([0, 1, 2, 0xff, 0xfe, 0x80, 10, 0xc3, 0x28]));
  writeFileSync(join(folder, "half.grz"), Buffer.from([...Buffer.from("print '"), 0xf0, 0x9f, 0x98]));
  mkdirSync(join(folder, "folder.grz"));
  symlinkSync(join(folder, "nowhere.grz"), join(folder, "link.grz"));
  expect(workspace.paths().map((path) => path.slice(folder.length + 1))).toEqual([
    "broken.grz",
    "good.grz",
    "half.grz",
    "latin.grz",
    "link.grz",
    "marked.grz",
    "wide.grz",
  ]);
  const codes = (name: string): readonly string[] =>
    workspace
      .document(join(folder, name))
      ?.problems()
      .filter(({ severity }) => severity === "error")
      .map(({ code }) => code) ?? [];
  for (const path of workspace.paths()) {
    const document = workspace.document(path);
    for (const { span } of document?.problems() ?? []) {
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.end).toBeLessThanOrEqual((document?.text.length ?? 0) + 1);
    }
  }
  expect(codes("marked.grz")).toEqual([]);
  expect(codes("latin.grz")).toEqual(["E1013"]);
  for (const name of ["broken.grz", "half.grz", "wide.grz"]) expect(codes(name), name).not.toEqual([]);
  const good = workspace.document(join(folder, "good.grz"));
  expect(good === undefined ? [] : finished(references(workspace, good, GOOD.indexOf("twice"), true))).toHaveLength(2);
});

test("a file in another encoding says its byte on disk and in an editor, until its text is without what was lost", () => {
  const path = join(folder, "umlaut.grz");
  writeFileSync(path, Buffer.from("print 'a'\nprint 'gr\u00fcn'\n", "latin1"));
  const told = (): readonly string[] =>
    (workspace.document(path)?.problems() ?? []).map(({ message, span }) => `${span.start} ${message}`);
  const at = "print 'a'\nprint 'gr".length;
  const message = "This is the byte 0xFC, which is not UTF-8: save the file in UTF-8.";
  expect(told()).toEqual([`${at} ${message}`]);
  workspace.open(path, "print 'a'\nprint 'gr\uFFFDn'\n", 1);
  expect(told()).toEqual([`${at} ${message}`]);
  workspace.change(path, "print 'ab'\nprint 'gr\uFFFDn'\n", 2);
  expect(told()).toEqual([`${at + 1} ${message}`]);
  workspace.change(path, "print 'ab'\nprint 'gr\u00fcn'\n", 3);
  expect(told()).toEqual([]);
  workspace.close(path);
  expect(told()).toEqual([`${at} ${message}`]);
  writeFileSync(path, "print 'gr\u00fcn'\n");
  workspace.changedOnDisk([path]);
  expect(told()).toEqual([]);
});
