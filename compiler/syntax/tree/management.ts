// Management and session statements (LANGUAGE.md section 11).
import type { ConfigBlock } from "./declarations.ts";
import type { Name, NodeBase, QualifiedName } from "./common.ts";
import type { Expression } from "./expressions.ts";
import type { SecurityStatement } from "./security.ts";

/** Kinds of objects that management statements speak of, singular. */
export type ObjectKind =
  | "procedure"
  | "function"
  | "trigger"
  | "schedule"
  | "pipeline"
  | "run"
  | "session"
  | "lane"
  | "table"
  | "test"
  | "view"
  | "index"
  | "type"
  | "user"
  | "role"
  | "token"
  | "lock"
  | "transaction";

/** A management statement. */
export type ManagementStatement =
  /** `LIST PROCEDURES`, `SHOW TRIGGERS`. */
  | (NodeBase & { readonly kind: "list"; readonly what: ObjectKind })
  /** `SHOW PROCEDURE p [VERSION n]`. */
  | (NodeBase & {
      readonly kind: "show";
      readonly what: ObjectKind;
      readonly name: QualifiedName;
      readonly version: number | undefined;
    })
  /** `DESCRIBE x`. */
  | (NodeBase & { readonly kind: "describe"; readonly name: QualifiedName })
  /** `DROP PROCEDURE p [IF EXISTS] [CASCADE]`, also functions, triggers, schedules, pipelines, types. */
  | (NodeBase & {
      readonly kind: "dropObject";
      readonly what: ObjectKind;
      readonly name: QualifiedName;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    })
  /** `ENABLE TRIGGER t`, `DISABLE SCHEDULE s`; no name means all (`ENABLE TRIGGERS`), `on` one table; `FOR SESSION` leaves others alone. */
  | (NodeBase & {
      readonly kind: "enable";
      readonly enabled: boolean;
      readonly what: ObjectKind;
      readonly name: QualifiedName | undefined;
      readonly on: QualifiedName | undefined;
      readonly forSession: boolean;
    })
  /** `PAUSE ALL`: no schedule fires until `RESUME ALL`; which are enabled stays as it is. */
  | (NodeBase & { readonly kind: "pause"; readonly paused: boolean })
  /** `ROLLBACK PROCEDURE p TO n`. */
  | (NodeBase & {
      readonly kind: "rollbackRoutine";
      readonly what: ObjectKind;
      readonly name: QualifiedName;
      readonly version: number;
    })
  /** `RUN SCHEDULE s [WITH {…}] [AT moment]`, `RUN PROCEDURE p …`, `RUN PIPELINE p [FROM step] [AT moment]`, `RUN TRIGGER t WITH {…}`. */
  | (NodeBase & {
      readonly kind: "run";
      readonly what: ObjectKind;
      readonly name: QualifiedName;
      readonly with: Expression | undefined;
      readonly from: Name | undefined;
      readonly at: Expression | undefined;
    })
  /** `RUN RUN id [AT moment]`: the same once more. */
  | (NodeBase & { readonly kind: "runAgain"; readonly run: Expression; readonly at: Expression | undefined })
  | (NodeBase & { readonly kind: "cancelRun"; readonly run: Expression })
  /** `SCHEDULE HISTORY [s] [LIMIT n]`. */
  | (NodeBase & {
      readonly kind: "history";
      readonly name: QualifiedName | undefined;
      readonly limit: Expression | undefined;
    })
  /** `ATTACH Gobi [AS g]` (file undefined), `ATTACH [DATABASE] 'x.db' [AS a]`. */
  | (NodeBase & {
      readonly kind: "attach";
      readonly service: Name | undefined;
      readonly file: Expression | undefined;
      readonly alias: Name | undefined;
    })
  | (NodeBase & { readonly kind: "detach"; readonly name: Name })
  | (NodeBase & { readonly kind: "backup"; readonly to: Expression })
  | (NodeBase & { readonly kind: "restore"; readonly from: Expression })
  /** `PROFILE CALL p(…)`. */
  | (NodeBase & { readonly kind: "profile"; readonly call: Expression })
  /** `LOCK [TABLE] name [IN SHARE MODE | IN EXCLUSIVE MODE] [NOWAIT]`: between sessions of the daemon, to the end of the transaction. */
  | (NodeBase & {
      readonly kind: "lock";
      readonly name: QualifiedName;
      readonly mode: "share" | "exclusive";
      readonly wait: boolean;
    })
  | SecurityStatement
  /** `CREATE TABLE system.x (…)`: a notice, nothing changes (listings 02 and 13). */
  | (NodeBase & {
      readonly kind: "builtinTable";
      readonly name: QualifiedName;
      readonly config: ConfigBlock | undefined;
    });
