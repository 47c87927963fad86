// MANAGE_PROCEDURE, MANAGE_TRIGGER and MANAGE_SCHEDULE as the statements that they stand for.
import { trap } from "../../bytecode/trap.ts";

type Kind = "PROCEDURE" | "TRIGGER" | "SCHEDULE";

interface Parts {
  readonly action: string;
  readonly name?: string | undefined;
  readonly source?: string | undefined;
  readonly version?: number | bigint | undefined;
}

type Build = (kind: Kind, parts: Parts) => string;

const COMMON: Readonly<Record<string, Build>> = {
  list: (kind) => `LIST ${kind}S`,
  show: (kind, parts) =>
    `SHOW ${kind} ${nameIn(parts)}${parts.version === undefined ? "" : ` VERSION ${Number(parts.version)}`}`,
  upsert: (_, { source }) => {
    if (source === undefined) throw trap("WrongArguments", "The action upsert needs the field source.");
    return source;
  },
  drop: (kind, parts) => `DROP ${kind} ${nameIn(parts)}`,
};
const SWITCHED: Readonly<Record<string, Build>> = {
  enable: (kind, parts) => `ENABLE ${kind} ${nameIn(parts)}`,
  disable: (kind, parts) => `DISABLE ${kind} ${nameIn(parts)}`,
};

const ACTIONS: Readonly<Record<Kind, Readonly<Record<string, Build>>>> = {
  PROCEDURE: {
    ...COMMON,
    rollback: (_, parts) => {
      if (parts.version === undefined) throw trap("WrongArguments", "The action rollback needs the field version.");
      return `ROLLBACK PROCEDURE ${nameIn(parts)} TO ${Number(parts.version)}`;
    },
  },
  TRIGGER: { ...COMMON, ...SWITCHED },
  SCHEDULE: {
    ...COMMON,
    ...SWITCHED,
    run: (_, parts) => `RUN SCHEDULE ${nameIn(parts)}`,
    history: (_, { name }) => `SCHEDULE HISTORY${name === undefined ? "" : ` ${quoted(name)}`}`,
  },
};

/** A name as an identifier, whatever stands in it. */
function quoted(name: string): string {
  if (name === "" || name.includes("`")) throw trap("WrongArguments", `${name} is no name of an object.`);
  return `\`${name}\``;
}

function nameIn({ action, name }: Parts): string {
  if (name === undefined) throw trap("WrongArguments", `The action ${action} needs the field name.`);
  return quoted(name);
}

/** The statement. @throws Trap WrongArguments for an unknown action or a field that is missing. */
export function manageText(kind: Kind, parts: Parts): string {
  const actions = ACTIONS[kind];
  const build = Object.hasOwn(actions, parts.action) ? actions[parts.action] : undefined;
  if (build === undefined)
    throw trap("WrongArguments", `There is no action ${parts.action}; there are ${Object.keys(actions).join(", ")}.`);
  return build(kind, parts);
}
