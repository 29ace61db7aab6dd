// Jest's transformer of Lua files: tests import a script as it is in `src`, whether or not it is built.
import { createHash } from 'node:crypto';
import { luaModule } from './lua.mjs';

export default {
  process: (_source, file) => ({ code: luaModule(file) }),
  // The text depends on the preludes too.
  getCacheKey: (_source, file) => createHash('sha1').update(luaModule(file)).digest('hex'),
};
