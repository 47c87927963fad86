// The row of commands that the server carries out itself: showing the page of a diagnostic.
import {
  type Connection,
  ExecuteCommandRequest,
  MessageType,
  ShowMessageNotification,
} from "vscode-languageserver/node";
import { DIAGNOSTICS } from "../../../base/diagnostics/diagnostics.ts";
import { EXPLAIN_COMMAND } from "../commands.ts";
import { feature, type FeatureRow } from "../feature.ts";

/** Commands over a connection. `pageOf` gives the URI of the page that explains a code. */
export function commandRows(
  connection: Connection,
  pageOf: (code: string) => string | undefined,
): readonly FeatureRow[] {
  const say = (type: MessageType, message: string): Promise<void> =>
    connection.sendNotification(ShowMessageNotification.type, { type, message });
  return [
    feature(
      ExecuteCommandRequest.type,
      () => ({ executeCommandProvider: { commands: [EXPLAIN_COMMAND] } }),
      async (context, { command, arguments: given = [] }) => {
        const code = String(given[0] ?? "");
        if (command !== EXPLAIN_COMMAND) await say(MessageType.Warning, `The server has no command ${command}.`);
        else if (!Object.values(DIAGNOSTICS).some((row) => row.code === code))
          await say(MessageType.Warning, `There is no diagnostic ${code}.`);
        else {
          const uri = pageOf(code);
          const shows = uri !== undefined && context.client.window?.showDocument?.support === true;
          const shown = shows && (await connection.window.showDocument({ uri, takeFocus: true })).success;
          if (!shown)
            await say(
              MessageType.Info,
              `Run gobic explain ${code} to read about it${uri === undefined ? "" : `, or open ${uri}`}.`,
            );
        }
        return null;
      },
    ),
  ];
}
