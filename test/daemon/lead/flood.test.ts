// Ten thousand connection attempts, most of them without manners, leave the daemon as it was.
import { expect, test } from "vitest";
import { readSocketKey } from "../../../protocol/client/socket-key.ts";
import { encodeMessage } from "../../../protocol/message-codec.ts";
import { startTestDaemon } from "../../support/daemon.ts";
import { laneDoubles } from "../../support/lane-double.ts";
import { type WireClient, wireClient } from "../../support/wire-client.ts";

test("10,000 connection attempts (GR-28)", async () => {
  const own = await startTestDaemon({ ports: { startHost: laneDoubles().startHost } });
  const fields = { protocol_version: 1, socket_key: readSocketKey(own.place.socket) };
  const connect = encodeMessage("CONNECT", { messageId: 1, sessionId: 0 }, fields);
  const kinds: readonly ((client: WireClient) => Promise<unknown> | undefined)[] = [
    () => undefined,
    (client) => {
      client.sendBytes(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      return client.whenClosed();
    },
    (client) => {
      client.sendBytes(connect.subarray(0, 37));
      return undefined;
    },
    (client) => {
      client.send("PING", {});
      return client.next();
    },
  ];
  let attempts = 0;
  // The kernel keeps a thousand that wait at the door, and node takes them in one by one.
  const caller = async (): Promise<void> => {
    while (attempts < 10_000) {
      attempts += 1;
      const client = await wireClient(own.place.socket);
      if (attempts % 100 === 0) {
        client.sendBytes(connect);
        client.end();
      } else await kinds[attempts % kinds.length]?.(client);
      client.end();
    }
  };
  await Promise.all(Array.from({ length: 20 }, caller));
  const client = await own.wire();
  await client.connect();
  client.send("PING", {});
  expect((await client.next()).name).toBe("PONG");
  while (own.lead.status().sessions > 1 || own.lead.status().connecting > 0)
    await new Promise((resolve) => setImmediate(resolve));
  expect(own.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  await own.stop();
});
