// Preloaded into the jsii kernel by fast_bindings.py, which says why.
const path = require("node:path");
const Module = require("node:module");

const resolve = Module._resolveFilename;
const eager = path.join("@cdktf", "provider-aws", "lib", "index.js");
const lazy = path.join("@cdktf", "provider-aws", "lib", "lazy-index.js");

Module._resolveFilename = function (...request) {
  const file = resolve.apply(this, request);
  return file.endsWith(eager) ? file.slice(0, -eager.length) + lazy : file;
};
