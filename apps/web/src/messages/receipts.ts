/** What has become of an own message. */
export interface Receipt {
  readonly state: 'sent' | 'read';
  readonly label: string;
}

const SENT: Receipt = { state: 'sent', label: 'Sent' };

/**
 * Who has read an own message, from the positions of all who read the channel.
 * @param reads up to which Seq each user has read.
 */
export function receiptOf(
  seq: number,
  reads: ReadonlyMap<string, number>,
  me: string,
  isPrivate: boolean,
): Receipt {
  let readers = 0;
  for (const [userUUID, read] of reads) if (userUUID !== me && read >= seq) readers += 1;
  if (readers === 0) return SENT;
  return { state: 'read', label: isPrivate ? 'Read' : `Read by ${readers}` };
}
