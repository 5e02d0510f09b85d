// Only what the tests use of Node: its globals (process, Buffer, its setTimeout) must not look as if browsers had them.
/// <reference path="../../node_modules/@types/node/assert.d.ts" />
/// <reference path="../../node_modules/@types/node/assert/strict.d.ts" />
/// <reference path="../../node_modules/@types/node/crypto.d.ts" />
/// <reference path="../../node_modules/@types/node/fs.d.ts" />
/// <reference path="../../node_modules/@types/node/path.d.ts" />
/// <reference path="../../node_modules/@types/node/url.d.ts" />
/// <reference path="../../node_modules/@types/node/test.d.ts" />
