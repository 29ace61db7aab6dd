/** The most partitions of a service. */
export const MOST_PARTITIONS = 64;

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The partition of the requests with this key: always the same of so many. Without a key it is the first. */
export const partitionOf = (key: string | undefined, partitions: number): number =>
  key === undefined || partitions === 1 ? 0 : hashOf(key) % partitions;
