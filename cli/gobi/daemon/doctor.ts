// gobi doctor: prints what each check found; exit code 1 when one failed.
import { examine, type Finding } from "../../../server/daemon/doctor.ts";
import { type CommandHandler, EXIT, flag } from "../../commands/context.ts";
import { neededFolder } from "./target.ts";

/** Examines the folder that is meant. */
export const doctorCommand: CommandHandler = async (context, input) => {
  const folder = neededFolder(context, input.arguments[0]);
  const json = flag(input, "json");
  const findings: Finding[] = [];
  const { green, red, dim } = context.style;
  const words = { ok: green("ok     "), failed: red("FAILED "), skipped: dim("skipped") };
  await examine(folder, context.environment, (finding) => {
    findings.push(finding);
    if (!json) context.write(`${words[finding.state]} ${finding.name.padEnd(15)} ${finding.text}\n`);
  });
  if (json) context.write(`${JSON.stringify(findings)}\n`);
  const failed = findings.filter((finding) => finding.state === "failed");
  if (failed.length === 0) return EXIT.ok;
  context.writeError(`Not well: ${failed.map((finding) => finding.name).join(", ")}.\n`);
  return EXIT.failed;
};
