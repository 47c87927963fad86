// Loads the screen's module. A file of its own that is copied as it is: in the bundle of gobi, which is CommonJS and runs from a code cache, `import()` would become `require`,
// and a module that waits at its top level cannot be required.
"use strict";
module.exports.loadScreen = (url) => import(url);
