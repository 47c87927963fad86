// The thread behind blocking-socket.ts: a socket whose bytes are handed over by messages, so that the thread that uses it can wait without an event loop.
// Plain JavaScript without imports of ours: it starts as fast as a thread can.
"use strict";
const { connect } = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");

const signal = new Int32Array(workerData.signal);

/** Wakes the thread that waits. */
function tell(message) {
  workerData.port.postMessage(message);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

const socket = connect({ path: workerData.path });
socket.on("data", (chunk) => tell({ kind: "data", bytes: new Uint8Array(chunk) }));
socket.on("error", (error) => tell({ kind: "error", code: error.code, message: error.message }));
socket.on("close", () => tell({ kind: "closed" }));
parentPort.on("message", (message) => {
  if (message === null) socket.destroy();
  else socket.write(message);
});
