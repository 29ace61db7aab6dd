/** The text of a Lua script, after its preludes. tools/build writes the module next to the compiled wrapper. */
declare module '*.lua.js' {
  const source: string;
  export default source;
}
