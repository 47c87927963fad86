// The screen: head, sections, body, hints, the line that asks and tells. Draws the controller's state and hands it the keys; decides nothing.
import { Box, Text, useInput, useStdout } from "ink";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { bodyOf } from "../body.ts";
import type { Controller } from "../controller.ts";
import { readKeys } from "../keys.ts";
import type { Line, Tone } from "../lines.ts";
import { type BarPiece, headPieces, hintText, statusPiece, tabPieces, titlePiece } from "../bars.ts";

/** Lines besides the body: head, sections, title, hints, status. */
const BAR_LINES = 5;
/** Below this nothing can be read. */
const WIDTH_MIN = 20;
const HEIGHT_MIN = 8;

type TextLook = {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
};

const LOOKS: Readonly<Record<Tone, TextLook>> = {
  plain: {},
  dim: { dimColor: true },
  good: { color: "green" },
  bad: { color: "red" },
  busy: { color: "cyan" },
  title: { bold: true },
  keyword: { color: "blue" },
  number: { color: "yellow" },
};

function lookOf(tone: Tone, colours: boolean): TextLook {
  const { color, ...rest } = LOOKS[tone];
  return colours && color !== undefined ? { ...rest, color } : rest;
}

function Pieces({ line, colours }: { readonly line: Line; readonly colours: boolean }): ReactNode {
  return line.map(({ text, tone }, at) => (
    <Text key={at} {...lookOf(tone, colours)}>
      {text}
    </Text>
  ));
}

/** One line of the screen, cut where the screen ends. */
function Row({
  line,
  colours,
  mark = "",
  chosen = false,
}: {
  readonly line: Line;
  readonly colours: boolean;
  readonly mark?: string;
  readonly chosen?: boolean;
}): ReactNode {
  // A line without text would have no height.
  return (
    <Text wrap="truncate-end" inverse={chosen}>
      {mark === "" && line.every(({ text }) => text === "") ? " " : mark}
      <Pieces line={line} colours={colours} />
    </Text>
  );
}

function Bar({ pieces, colours }: { readonly pieces: readonly BarPiece[]; readonly colours: boolean }): ReactNode {
  return (
    <Text wrap="truncate-end">
      {pieces.map(({ text, tone, inverse }, at) => (
        <Text key={at} inverse={inverse === true} {...lookOf(tone, colours)}>
          {text}
        </Text>
      ))}
    </Text>
  );
}

/** Cells and lines of the terminal, also after it was resized. */
function useSize(): { readonly width: number; readonly height: number } {
  const { stdout } = useStdout();
  const read = (): { width: number; height: number } => ({ width: stdout.columns, height: stdout.rows });
  const [size, setSize] = useState(read);
  useEffect(() => {
    const resized = (): void => setSize(read());
    stdout.on("resize", resized);
    return () => void stdout.off("resize", resized);
  });
  return size;
}

/** Everything. */
export function App({
  controller,
  colours,
}: {
  readonly controller: Controller;
  readonly colours: boolean;
}): ReactNode {
  const state = useSyncExternalStore(controller.subscribe, controller.state);
  const { width, height } = useSize();
  useInput((input, key) => controller.keys(readKeys(input, key)));
  // The last line stays free: a screen that is full to the last line is drawn anew as a whole each time.
  const lines = height - 1;
  if (width < WIDTH_MIN || lines < HEIGHT_MIN)
    return <Text wrap="truncate-end">{`gobi tui needs ${WIDTH_MIN}x${HEIGHT_MIN + 1}.`}</Text>;
  const room = lines - BAR_LINES;
  const nowMs = controller.nowMs();
  const body = bodyOf(state, width, room, nowMs);
  const rows = room - body.head.length;
  controller.room = { rows, lines: body.total };
  const status = statusPiece(state, nowMs);
  const isList = body.chosen !== undefined;
  return (
    <Box flexDirection="column" width={width} height={lines}>
      <Bar pieces={headPieces(state, controller.source)} colours={colours} />
      <Bar pieces={tabPieces(state.section, width)} colours={colours} />
      <Bar pieces={[titlePiece(body.title, width)]} colours={colours} />
      {body.head.map((line, at) => (
        <Row key={at} line={line} colours={colours} />
      ))}
      <Box flexDirection="column" height={rows} overflow="hidden">
        {body.lines.map((line, at) => (
          <Row
            key={at}
            line={line}
            colours={colours}
            chosen={at === body.chosen}
            mark={isList ? (at === body.chosen ? "▸ " : "  ") : ""}
          />
        ))}
      </Box>
      <Text wrap="truncate-end" dimColor>
        {hintText(state)}
      </Text>
      <Text wrap={state.prompt === undefined ? "truncate-end" : "truncate-start"}>
        <Text {...lookOf(status.tone, colours)}>{status.text}</Text>
      </Text>
    </Box>
  );
}
