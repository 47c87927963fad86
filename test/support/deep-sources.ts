// Sources that nest, or chain, as deep as they are asked to: one for each way in which the grammar allows it.

type Source = (levels: number) => string;

const wrapped =
  (before: string, open: string, inner: string, close: string, after = ""): Source =>
  (levels) =>
    `${before}${open.repeat(levels)}${inner}${close.repeat(levels)}${after}`;

/** Brackets and blocks in each other: as many levels as asked for. Each is a whole program without errors. */
export const NESTS: Readonly<Record<string, Source>> = {
  parentheses: wrapped("print ", "(", "1", ")"),
  sums: wrapped("print ", "(1 + ", "1", ")"),
  "boolean operators": wrapped("let b = true\nprint ", "(b and ", "b", ")"),
  lists: wrapped("print ", "[", "1", "]"),
  structs: wrapped("print ", "{a: ", "1", "}"),
  "lists and structs": (levels) =>
    wrapped("print ", "[{a: ", "1", "}]")(levels >> 1).replace("1", levels % 2 === 1 ? "[1]" : "1"),
  calls: wrapped("function f(x int) returns int { return x }\nprint ", "f(", "1", ")"),
  "calls with lambdas": wrapped("let xs = [1]\nprint ", "xs.map(x => ", "1", ")"),
  indexes: wrapped("let a = [0]\nprint ", "a[", "0", "]"),
  "match arms": wrapped("let x = 1\nprint ", "x match { _ => ", "1", " }"),
  "if blocks": wrapped("", "if true { ", "print 1", " }"),
  "if blocks of a function": (levels) =>
    wrapped("function f(x int) returns int { ", "if x > 1 { ", "return 1", " } else { return 2 }", " }")(levels - 1),
  "if expressions": wrapped("print ", "if true { ", "1", " } else { 2 }"),
  "while blocks": wrapped("let c = false\n", "while c { ", "print 1", " }"),
  "for blocks": wrapped("", "for x in [1] { ", "print 1", " }"),
  "plain blocks": wrapped("", "{ ", "print 1", " }"),
  "try blocks": wrapped("", "try { ", "print 1", " } catch (e) { print e.code }"),
  "try expressions": wrapped("print ", "(try ", "1", " catch 2)"),
  "BEGIN … END": wrapped("", "BEGIN ", "print 1;", " END;"),
  "IF … END IF": wrapped("", "IF true THEN ", "print 1;", " END IF;"),
  "WHILE … END LOOP": wrapped("let c = false\n", "WHILE c LOOP ", "print 1;", " END LOOP;"),
  "CASE … END": wrapped("print ", "CASE WHEN true THEN ", "1", " END"),
  "queries in FROM": wrapped("", "SELECT * FROM (", "SELECT 1 AS a", ")"),
  "queries as values": wrapped("SELECT ", "(SELECT ", "1", ")", " AS a"),
  "parentheses in SQL": wrapped("SELECT ", "(", "1", ")", " AS a"),
  EXISTS: wrapped("SELECT 1 AS a WHERE ", "EXISTS (SELECT 1 WHERE ", "1", ")"),
  IN: wrapped("SELECT 1 AS a WHERE ", "1 IN (SELECT 1 WHERE ", "1", ")"),
  WITH: wrapped("", "WITH a AS (", "SELECT 1 AS b", ") SELECT 1 AS b"),
  "struct types": wrapped("let x: ", "{a: ", "int", "}", "? = null"),
  prefixes: wrapped("print ", "- ", "1", ""),
  "prefixes in SQL": wrapped("SELECT ", "NOT ", "1", "", " AS a"),
};

const joined =
  (before: string, first: string, link: string, after = ""): Source =>
  (links) =>
    `${before}${first}${link.repeat(links)}${after}`;

/** Chains of so many links: operators, members, branches. */
export const CHAINS: Readonly<Record<string, Source>> = {
  sums: joined("print ", "1", " + 1"),
  "sums in parentheses": joined("print (", "1", " + 1", ")"),
  "boolean operators of a condition": joined("let b = true\nif ", "b", " and b", " { print 1 }"),
  casts: joined("print ", "1", " :: int"),
  "casts with AS": joined("print ", "1", " as int"),
  members: joined("let x: any = 1\nprint ", "x", ".a"),
  indexes: joined("let x: any = 1\nprint ", "x", "[0]"),
  "ELSE IF": joined("let x = 1\n", "if x = 0 { print 0 }", " else if x = 1 { print 1 }"),
  ELSIF: joined("let x = 1\n", "IF x = 0 THEN print 0;", " ELSIF x = 1 THEN print 1;", " END IF;"),
  "sums in SQL": joined("SELECT ", "1", " + 1", " AS a"),
  "members in SQL": joined("let x: any = 1\nSELECT ", "(x)", ".a", " AS a"),
  "UNION ALL": joined("", "SELECT 1 AS a", " UNION ALL SELECT 1 AS a"),
  joins: (links) =>
    `SELECT 1 AS a FROM ${Array.from({ length: links + 1 }, (_, i) => `(SELECT 1 AS b) t${i}`).join(" JOIN ")}`,
  "tables with commas": (links) =>
    `SELECT 1 AS a FROM ${Array.from({ length: links + 1 }, (_, i) => `(SELECT 1 AS b) t${i}`).join(", ")}`,
};
