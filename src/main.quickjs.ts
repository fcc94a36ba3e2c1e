// The program as a native executable. main.quickjs.c starts the engine for it.

import { exit } from "posix";
import { run } from "./run.ts";
import { quickjsSystem } from "./system/quickjs.ts";

exit(await run(quickjsSystem()));
