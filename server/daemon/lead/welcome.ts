// Whether a newcomer gets a session, and as whom: version, database, lane and codecs that he asked for, and who he is.
import { GrizzlyError } from "../../../base/library/grizzly-error.ts";
import { chooseCodec, CODEC_NAMES, unknownCodec } from "../../../protocol/compression.ts";
import { PROTOCOL_VERSION } from "../../../protocol/frame.ts";
import { LANE_TAGS, type LaneTag } from "../../lanes/types.ts";
import type { Authenticator } from "../../security/authenticate.ts";
import type { MountPlace } from "../types.ts";
import type { Newcomer, Refusal } from "./greeting.ts";
import { laneTag } from "./labels.ts";
import type { SessionFacts } from "./sessions.ts";

/** Lane of sessions that name none. */
const LANE_DEFAULT: LaneTag = "medium";
/** Characters of a client's name that are kept. */
const NAME_MAX = 200;

/** Why a newcomer gets no session when the reason is a failure of ours, which stands in the log. */
export const CANNOT_TAKE: Refusal = {
  code: "ServiceUnavailable",
  message: "The daemon cannot take the connection; its log says why.",
  retryable: true,
};

/** What the session of a newcomer is made from. @throws GrizzlyError when he gets none. */
export async function welcome(
  newcomer: Newcomer,
  place: MountPlace,
  authenticator: Authenticator,
): Promise<SessionFacts> {
  const { fields, transport, peer } = newcomer;
  if (fields.protocol_version < 1)
    throw new GrizzlyError(
      "ProtocolError",
      `Version ${String(fields.protocol_version)} of the protocol is not spoken here; versions 1 to ${String(PROTOCOL_VERSION)} are.`,
    );
  const { database } = fields;
  if (database !== undefined && !namesOf(place).includes(database.toLowerCase()))
    throw new GrizzlyError("NoSuchDatabase", `There is no database ${database} in this mount; it holds ${place.name}.`);
  const wanted = fields.lane === undefined ? LANE_DEFAULT : laneTag(fields.lane);
  if (wanted === undefined)
    throw new GrizzlyError("WrongArguments", `There is no kind of lane ${fields.lane ?? ""}.`, {
      help: `There are ${LANE_TAGS.join(", ")}.`,
    });
  const codec = unknownCodec(fields.compression);
  if (codec !== undefined)
    throw new GrizzlyError("WrongArguments", `There is no codec ${codec.slice(0, NAME_MAX)}.`, {
      help: `There are ${CODEC_NAMES.join(", ")}.`,
    });
  const checked = await authenticator.authenticate({
    transport,
    peer,
    ...given("token", fields.token),
    ...given("user", fields.user),
    ...given("password", fields.password),
    ...given("socketKey", fields.socket_key),
  });
  if (checked.kind === "refused")
    throw new GrizzlyError(checked.code, checked.message, { retryable: checked.retryAfterMs !== undefined });
  return {
    principal: checked.principal,
    clientName: fields.client_name?.slice(0, NAME_MAX),
    transport,
    peer,
    protocolVersion: Math.min(Number(fields.protocol_version), PROTOCOL_VERSION),
    compression: chooseCodec(fields.compression),
    wanted,
  };
}

function namesOf(place: MountPlace): readonly string[] {
  const file = place.database.slice(place.database.lastIndexOf("/") + 1);
  return [place.name, file, file.replace(/\.[^.]*$/u, "")].map((name) => name.toLowerCase());
}

function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: string });
}
