/** How the channels service begins a message, which every member of a channel gets. */
const MESSAGE = Buffer.from('{"type":"channelMessage"');
/** How it begins the notices that every member gets: who leaves, and which connection joins. */
const LEAVE = Buffer.from('{"type":"channelLeave"');
const JOIN = Buffer.from('{"type":"sys","SUUID"');

/**
 * Whether a published frame is only for members who count Seqs: a change in the log, or a notice (Seq 0) such as typing. The
 * demo's clients know messages, joins and leaves, and get nothing else.
 */
export const isForCounters = (seq: number, json: Buffer): boolean =>
  seq === 0 ? !isLeave(json) && !beginsWith(json, JOIN) : !beginsWith(json, MESSAGE);

/** Whether a notice tells that a connection leaves. */
export const isLeave = (json: Buffer): boolean => beginsWith(json, LEAVE);

/** Without a call into native code, which costs more for so few bytes. */
function beginsWith(json: Buffer, start: Buffer): boolean {
  for (let n = 0; n < start.length; n += 1) if (json[n] !== start[n]) return false;
  return true;
}
