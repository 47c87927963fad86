#!/usr/bin/env node
// Starts the bundle of the program that this file is named after (gobic, gobi, daemon, lane, automation) from V8's code cache, which the build writes beside it:
// that halves the time to the first line of output.
// A cache of another V8 is refused by V8 itself; then the bundle is compiled as usual. (Node 22 can do this by module.enableCompileCache.)
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { basename, join } = require("node:path");
const { Script } = require("node:vm");

const program = basename(__filename, ".cjs");
const bundle = join(__dirname, `${program}-bundle.cjs`);
const cacheFile = join(__dirname, `${program}-bundle.${process.versions.v8}.cache`);

function readCache() {
  try {
    return readFileSync(cacheFile);
  } catch {
    // No cache for this V8: nothing is lost but time.
    return undefined;
  }
}

// The bundle holds ASCII only (the build escapes the rest), so that it needs no decoding.
const script = new Script(Module.wrap(readFileSync(bundle, "latin1")), { filename: bundle, cachedData: readCache() });
const bundled = { exports: {} };
script.runInThisContext()(bundled.exports, Module.createRequire(bundle), bundled, bundle, __dirname);
if (process.env.GOBIC_WRITE_CACHE === "1") process.on("exit", () => writeFileSync(cacheFile, script.createCachedData()));
