// The interface description (OpenAPI 3.1): one path for each procedure, from its signature; GET when its effects only read.
import { parseTypeText, type TypeText } from "../../base/type-text.ts";
import type { DescribedRoutine } from "../../protocol/client/described.ts";

type Schema = Readonly<Record<string, unknown>>;

const SCALARS: Readonly<Record<string, Schema>> = {
  int: { type: "integer", format: "int64" },
  float: { type: "number", format: "double" },
  decimal: { type: "string", format: "decimal" },
  bool: { type: "boolean" },
  string: { type: "string" },
  bytes: { type: "string", contentEncoding: "base64" },
  date: { type: "string", format: "date" },
  time: { type: "string", format: "time" },
  timestamp: { type: "string", format: "date-time" },
  timestamptz: { type: "string", format: "date-time" },
  interval: { type: "string", format: "duration" },
  uuid: { type: "string", format: "uuid" },
  void: { type: "null" },
};

/** The JSON Schema of a type's text. */
export function schemaOf(text: string): Schema {
  return schema(parseTypeText(text));
}

function schema(type: TypeText): Schema {
  switch (type.kind) {
    case "name":
      // Declared types and tables: what they hold is not told here.
      return SCALARS[type.name] ?? {};
    case "nullable":
      return orNull(schema(type.type));
    case "list":
    case "table":
      return { type: "array", items: schema(type.item) };
    case "map":
      return { type: "object", additionalProperties: schema(type.item) };
    case "struct":
      return {
        type: "object",
        properties: Object.fromEntries(type.fields.map(({ name, type: field }) => [name, schema(field)])),
        required: type.fields.map(({ name }) => name),
      };
    case "function":
      return {};
  }
}

function orNull(inner: Schema): Schema {
  const { type } = inner;
  return typeof type === "string" ? { ...inner, type: [type, "null"] } : inner;
}

const FAILURE = { $ref: "#/components/responses/Failure" };

function answer(routine: DescribedRoutine): Schema {
  const content = { success: { type: "boolean" }, execution_time_ms: { type: "number" } };
  const isTable = routine.returns.startsWith("table<");
  const own = isTable
    ? { rows: schemaOf(routine.returns), columns: { type: "array" }, row_count: { type: "integer" } }
    : { value: schemaOf(routine.returns) };
  return {
    200: {
      description: "What it returns.",
      content: { "application/json": { schema: { type: "object", properties: { ...content, ...own } } } },
    },
    default: FAILURE,
  };
}

function operation(routine: DescribedRoutine, verb: "get" | "post"): Schema {
  const taken = routine.parameters.filter(({ mode }) => mode !== "out");
  const raises = routine.raises.length === 0 ? "" : `Raises ${routine.raises.join(", ")}.`;
  const shared = {
    operationId: `${verb}_${routine.name}`,
    summary: routine.doc?.split("\n")[0] ?? `${routine.kind} ${routine.name}`,
    ...(raises === "" ? {} : { description: raises }),
    responses: answer(routine),
  };
  if (verb === "get")
    return {
      ...shared,
      parameters: taken.map(({ name, type, optional }) => ({
        name,
        in: "query",
        required: !optional,
        schema: schemaOf(type),
      })),
    };
  const body = {
    type: "object",
    properties: Object.fromEntries(taken.map(({ name, type }) => [name, schemaOf(type)])),
    required: taken.filter(({ optional }) => !optional).map(({ name }) => name),
    additionalProperties: false,
  };
  return {
    ...shared,
    requestBody: { required: body.required.length > 0, content: { "application/json": { schema: body } } },
  };
}

/** The description of these routines. */
export function openApi(title: string, version: string, routines: readonly DescribedRoutine[]): Schema {
  const paths: Record<string, Schema> = {};
  for (const routine of routines.filter(({ receiver }) => receiver === ""))
    paths[`/api/procedures/${encodeURIComponent(routine.name)}`] = {
      ...(routine.readOnly ? { get: operation(routine, "get") } : {}),
      post: operation(routine, "post"),
    };
  return {
    openapi: "3.1.0",
    info: { title, version },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      responses: {
        Failure: {
          description: "What went wrong, and how to mend it.",
          content: {
            "application/json": {
              schema: {
                type: "object",
                properties: {
                  success: { type: "boolean" },
                  error: { type: "string" },
                  message: { type: "string" },
                  help: { type: "string" },
                },
                required: ["success", "error", "message"],
              },
            },
          },
        },
      },
    },
  };
}
