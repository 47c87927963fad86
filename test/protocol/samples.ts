// One message of every kind with all its fields, for tests that go through the table.
import { ListValue } from "../../base/value/value.ts";
import type { Argument, MessageFields } from "../../protocol/message-codec.ts";
import type { FieldRow, FieldType, MessageName, MessageRow } from "../../protocol/messages.ts";
import { MESSAGES } from "../../protocol/messages.ts";

const SAMPLES: Readonly<Record<FieldType, unknown>> = {
  utf8: "größe 漢字 😀",
  int64: -9_007_199_254_740_993n,
  uint64: 2n ** 64n - 1n,
  bool: true,
  binary: Uint8Array.of(0, 1, 255),
  json: '{"a":[1,2.50,null]}',
};

/** The names of messages that have a control row. */
export const CONTROL_MESSAGES: readonly MessageName[] = (Object.keys(MESSAGES) as MessageName[]).filter(
  (name) => (MESSAGES[name] as MessageRow).body !== "rows",
);

/** All fields of a message, or only those that must be there. */
export function sampleFields(name: MessageName, which: "all" | "required"): MessageFields<MessageName> {
  const rows = Object.entries(MESSAGES[name].fields as Readonly<Record<string, FieldRow>>);
  const chosen = rows.filter(([, row]) => which === "all" || row.optional !== true);
  return Object.fromEntries(chosen.map(([field, row]) => [field, SAMPLES[row.type]])) as MessageFields<MessageName>;
}

/** Arguments by position and by name, where the message takes some. */
export function sampleArguments(name: MessageName): readonly Argument[] {
  if ((MESSAGES[name] as MessageRow).body !== "arguments") return [];
  return [
    { name: "$1", value: 7 },
    { name: "$2", value: null },
    { name: "$items", value: new ListValue(["a", null]) },
  ];
}
