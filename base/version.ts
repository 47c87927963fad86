// The version of the package; tools/release checks that it equals package.json (test/architecture/version.test.ts).

/** Version of pl-grizzly. */
export const VERSION = "0.1.0";
