import { readFileSync } from 'node:fs';

/** Code whose output operators collect, where other people's texts, names and hashes pass through. */
const LOGS =
  /^(apps\/(auth|users|channels|gateway)|libs\/(contracts|redis|redis-transport|service-kit))\/src\//;
/** What a person at a terminal reads: the transport's own command, and the last words of a process. */
const SPEAKS = /\/cli\/|^libs\/service-kit\/src\/orderly-end\.ts$/;

const CALL = /\b(?:logger|log)\.(?:fatal|error|warn|info|debug|trace|log|verbose)\(/g;
/** An error taken apart, or made into a text. `describeError` and `errorHeadline` do that where nothing leaks. */
const TAKEN_APART =
  /\.(?:message|stack|command|args)\b|\bString\(|\binspect\(|\bJSON\.stringify\(|\$\{\s*(?:\w*[eE]rror|err|cause|exception|thrown|failure)\s*\}/;
const PAST_THE_LOGGER = /\bconsole\.\w+\(|\bprocess\.(?:stdout|stderr)\.write\(|\bprocess\._rawDebug\(/;

/**
 * Where an error could reach a log otherwise than through `describeError`, one line for each place. A logger describes the
 * errors that it is given whole; it cannot know that a text was one.
 * @param {string[]} sources paths of source files, without tests and fixtures
 * @returns {string[]}
 */
export function loggingFaults(sources) {
  return sources
    .filter((file) => LOGS.test(file) && !SPEAKS.test(file))
    .flatMap((file) => faultsIn(readFileSync(file, 'utf8')).map((fault) => `${file}: ${fault}`));
}

/** The faults of one source text. */
export function faultsIn(source) {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const apart = [...code.matchAll(CALL)]
    .map(({ index }) => callAt(code, index))
    .filter((call) => TAKEN_APART.test(call))
    .map((call) => `${call.replaceAll(/\s+/g, ' ')} takes an error apart; give the logger the error itself`);
  const past = [...code.matchAll(new RegExp(PAST_THE_LOGGER, 'g'))].map(
    ([call]) => `${call}…) writes past the logger, which describes errors`,
  );
  return [...apart, ...past];
}

/** The text of a call, up to the parenthesis that ends it. */
function callAt(code, start) {
  let depth = 0;
  for (let at = code.indexOf('(', start); at < code.length; at += 1) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return code.slice(start, at + 1);
  }
  return code.slice(start);
}
