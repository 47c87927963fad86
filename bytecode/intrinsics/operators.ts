// Intrinsics behind operators, found by lowering under their key, and the rows for values of any kind whose visible name has narrower rows elsewhere.
import type { IntrinsicDefinition } from "../intrinsic-row.ts";

/** Ids 800 to 899. */
export const OPERATOR_INTRINSICS = {
  range: { id: 800, signature: "fn range_closed(start: int, end: int) -> list<int>", hidden: true, doc: "The operator `start..end` as a value: the ints from start to end, both included.", example: "generate_series(1, 3)  -- [1, 2, 3]" },
  contains: { id: 801, signature: "fn contains_operator(container: any, item: any) -> bool?", hidden: true, doc: "The operators `container contains item` and `item in container`: an item of a list, a key of a map, a part of a text; null when one of them is null.", example: "contains_operator([1, 2], 2)  -- true" },
  json_member: { id: 802, signature: "fn json_member(document: any, step: any) -> json?", hidden: true, raises: ["OutOfRange"], doc: "The operator `document -> step`: the member of that key, the item at that place, or what a path that starts with $ leads to.", example: "json_member('{\"a.b\": [1]}', 'a.b')  -- [1]" },
  json_text: { id: 803, signature: "fn json_member_text(document: any, step: any) -> string?", hidden: true, raises: ["OutOfRange"], doc: "The operator `document ->> step`: as `->`, as text without quotes.", example: "json_member_text('[\"x\"]', 0)  -- x" },
  ilike: { id: 804, signature: "fn ilike(text: string, pattern: string, escape: string? = null) -> bool", hidden: true, raises: ["OutOfRange"], doc: "The operator ILIKE in code: LIKE without regard to the case of any letter.", example: "ilike('GRÜN', 'grü_')  -- true" },
  regex_match: { id: 805, signature: "fn regexp(text: string, pattern: string) -> bool", hidden: true, raises: ["OutOfRange"], fuel: 8, doc: "The operators REGEXP and MATCH in code.", example: "regexp('order-42', '\\d+')  -- true" },
  to_list: { id: 806, signature: "fn to_list(value: any) -> list<any>", doc: "The items of a list or JSON array, the rows of a table or the keys of a map as a list; empty for null.", example: "to_list([1, 2] as any)  -- [1, 2]" },
  contains_any: { id: 807, signature: "fn contains(container: any, item: any) -> bool?", doc: "True when a list has an equal item, a map the key, or a text the part.", example: "contains(parse_json('[1]') as any, 1)  -- true" },
  reverse_any: { id: 808, signature: "fn reverse(value: any) -> any", doc: "The items of a list or the code points of a text in reverse order.", example: "reverse([1, 2] as any)  -- [2, 1]" },
  slice_any: { id: 809, signature: "fn slice(value: any, start: int, end: int? = null) -> any", doc: "Part of a list, text or bytes from start up to but not including end, 0-based; negative places count from the end.", example: "slice('grizzly' as any, 0, 2)  -- gr" },
  index_of_any: { id: 810, signature: "fn index_of(container: any, item: any, start: int = 0) -> int?", doc: "0-based place of the first equal item of a list or part of a text, null when there is none.", example: "index_of([1, 2] as any, 2)  -- 1" },
  remove_any: { id: 811, signature: "fn remove(container: any, place: any) -> any", updates: true, raises: ["OutOfRange"], doc: "A list without the item at a place, or a map without a key.", example: "remove([1, 2] as any, 0)  -- [2]" },
  repeat_any: { id: 812, signature: "fn repeat(value: any, times: int) -> any", doc: "A text or the items of a list so many times.", example: "repeat('ab' as any, 2)  -- abab" },
} as const satisfies Record<string, IntrinsicDefinition>;
