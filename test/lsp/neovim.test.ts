// The real Neovim with the configuration of docs/editors.md as written: diagnostics, completion, hover, rename, formatting.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CHANGED, documented, pathWithServer, SOURCE } from "./editors-support.ts";

const folder = mkdtempSync(join(tmpdir(), "grizzly-neovim-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasNeovim = spawnSync("nvim", ["--version"]).status === 0;

/** What is done in the editor; everything waits for an answer, and each result is a line of out.txt. */
const DRIVE = `
local out = {}
local function say(text) table.insert(out, (text:gsub("\\n", " "))) end
local function ask(method, line, character)
  local params = vim.lsp.util.make_position_params()
  params.position = { line = line, character = character }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 20000) or {}) do return answer.result end
end
local ok, problem = pcall(function()
  vim.cmd("edit main.grz")
  vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 20)
  for _, found in ipairs(vim.diagnostic.get(0)) do
    say(string.format("%d:%d %s", found.lnum + 1, found.col + 1, found.message))
  end
  local items = ask("textDocument/completion", 2, 9)
  for _, item in ipairs(items.items or items) do if item.label == "email" then say("proposes " .. item.label) end end
  say("hover " .. vim.inspect(ask("textDocument/hover", 1, 5).contents))
  vim.api.nvim_win_set_cursor(0, { 2, 4 })
  vim.lsp.buf.rename("needed")
  vim.wait(20000, function() return vim.api.nvim_buf_get_lines(0, 1, 2, false)[1] == "let needed = 3" end, 20)
  vim.lsp.buf.formatting_sync(nil, 20000)
  for _, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do say("text " .. line) end
end)
if not ok then say("failed " .. tostring(problem)) end
vim.fn.writefile(out, "out.txt")
vim.cmd("qa!")
`;

test.skipIf(!hasNeovim)(
  `the documented configuration works${hasNeovim ? "" : " (skipped: there is no nvim)"}`,
  () => {
    writeFileSync(join(folder, "init.lua"), documented("lua"));
    writeFileSync(join(folder, "drive.lua"), DRIVE);
    writeFileSync(join(folder, "main.grz"), SOURCE);
    execFileSync("nvim", ["--headless", "--clean", "-u", "init.lua", "-c", "luafile drive.lua"], {
      cwd: folder,
      env: {
        ...process.env,
        PATH: pathWithServer(folder),
        XDG_CACHE_HOME: folder,
        XDG_STATE_HOME: folder,
      },
      timeout: 120_000,
      stdio: "ignore",
    });
    const lines = readFileSync(join(folder, "out.txt"), "utf8").trimEnd().split("\n");
    const hover = lines.filter((line) => line.startsWith("hover "));
    expect(lines.filter((line) => !line.startsWith("hover "))).toEqual([
      "3:8 There is no column named emial in users, and no variable of that name. Did you mean email?",
      "proposes email",
      ...CHANGED.map((line) => `text ${line}`),
    ]);
    expect(hover.join()).toContain("int");
  },
  150_000,
);
