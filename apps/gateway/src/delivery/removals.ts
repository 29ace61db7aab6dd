/** How the channels service writes that a user is no member of a group any more: `tell` of its group.lua. */
const START = Buffer.from('{"type":"sys","sys":{"type":"channelKick"');
/** Where the type of a frame begins: a message's is told apart by one byte. */
const TYPE_AT = '{"type":"'.length;

/** The user whom an entry of a log removes from its group; undefined for any other entry. */
export function removedBy(json: Buffer): string | undefined {
  if (json[TYPE_AT] !== START[TYPE_AT] || !json.subarray(0, START.length).equals(START)) return undefined;
  const frame = JSON.parse(json.toString()) as { sys: { channelKick: { userUUID: string } } };
  return frame.sys.channelKick.userUUID;
}
