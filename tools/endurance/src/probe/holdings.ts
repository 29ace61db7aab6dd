/** What one process holds after a collection. */
export interface Holdings {
  readonly heapBytes: number;
  /** Memory outside the heap that objects in it own, mostly buffers. */
  readonly externalBytes: number;
  readonly residentBytes: number;
  /** What keeps its event loop alive, by kind (`process.getActiveResourcesInfo`). */
  readonly handles: Readonly<Record<string, number>>;
  /** Errors that nobody handled: rejections too. */
  readonly unhandled: number;
}
