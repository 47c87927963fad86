// A short process that applies migrations and tries the bootstrap query: the Lead never loads the compiler.
import { answerOnce } from "./ask-child.ts";
import { fillDatabase } from "./fill.ts";

answerOnce(fillDatabase);
