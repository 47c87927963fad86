// The real Emacs with eglot and the configuration of docs/editors.md as written: diagnostics, completion, hover, rename, formatting.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CHANGED, documented, pathWithServer, SOURCE } from "./editors-support.ts";

const folder = mkdtempSync(join(tmpdir(), "grizzly-emacs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasEglot = spawnSync("emacs", ["--batch", "--eval", "(require 'eglot)"]).status === 0;

/** What is done in the editor; everything waits for a condition, and each result is a line of out.txt. */
const DRIVE = `
(setq eglot-sync-connect 60 eglot-connect-timeout 60)
(defvar out nil)
(defun say (text) (push text out))
(defun await (what test)
  (let ((end (+ (float-time) 60)))
    (while (and (not (funcall test)) (< (float-time) end)) (accept-process-output nil 0.05))
    (unless (funcall test) (say (concat "timed out: " what)))))
(condition-case problem
    (progn
      (require 'eglot)
      (find-file "main.grz")
      (run-hooks 'post-command-hook)
      (await "the server" #'eglot-current-server)
      (flymake-start)
      (await "diagnostics" #'flymake-diagnostics)
      (dolist (found (flymake-diagnostics))
        (say (format "%d %s" (flymake-diagnostic-beg found) (flymake-diagnostic-text found))))
      (goto-char (point-min)) (search-forward "emial") (backward-char 3)
      (let ((found (run-hook-with-args-until-success 'completion-at-point-functions)))
        (say (format "proposes %s" (car (all-completions "em" (nth 2 found))))))
      (goto-char (point-min)) (search-forward "let wan")
      (say (format "hover %s" (json-encode (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams)))))
      (eglot-rename "needed")
      (eglot-format-buffer)
      (say (string-trim-right (buffer-string))))
  (error (say (format "failed: %S" problem))))
(with-temp-file "out.txt" (insert (mapconcat #'identity (reverse out) "\\n")))
(set-buffer-modified-p nil)
(kill-emacs 0)
`;

test.skipIf(!hasEglot)(
  `the documented configuration works${hasEglot ? "" : " (skipped: there is no Emacs with eglot)"}`,
  () => {
    writeFileSync(join(folder, "init.el"), documented("elisp"));
    writeFileSync(join(folder, "drive.el"), DRIVE);
    writeFileSync(join(folder, "main.grz"), SOURCE);
    execFileSync("emacs", ["--batch", "-l", "init.el", "-l", "drive.el"], {
      cwd: folder,
      env: { ...process.env, PATH: pathWithServer(folder), HOME: folder },
      timeout: 150_000,
      stdio: "ignore",
    });
    const lines = readFileSync(join(folder, "out.txt"), "utf8").split("\n");
    expect(lines.filter((line) => line.startsWith("hover ")).join()).toContain("markdown");
    expect(lines.filter((line) => !line.startsWith("hover "))).toEqual([
      "89 grizzly [E5002]: There is no column named emial in users, and no variable of that name.",
      "Did you mean email?",
      "proposes email",
      ...CHANGED,
    ]);
  },
  180_000,
);
