// The rows of what helps while writing: hover, completion, signature help.
import { HoverRequest, MarkupKind } from "vscode-languageserver/node";
import { hover } from "../../features/hover.ts";
import { feature, type FeatureRow } from "../feature.ts";

/** Hover, completion and signature help. */
export const ASSIST_ROWS: readonly FeatureRow[] = [
  feature(
    HoverRequest.type,
    () => ({ hoverProvider: true }),
    (context, { textDocument, position }) => {
      const document = context.documentAt(textDocument.uri);
      if (document === undefined) return null;
      const found = hover(document, context.offset(document, position), context.cron);
      if (found === undefined) return null;
      return {
        contents: { kind: MarkupKind.Markdown, value: found.markdown },
        range: context.range(document, found.span),
      };
    },
  ),
];
