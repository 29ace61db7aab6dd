import type { MessageFeed } from '@parley/react';
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import { useNewest } from '../parley.js';
import { isShifted, type Row } from './timeline.js';

/** So near to an end, in pixels, more is read. It is about one screen. */
const NEAR = 900;
/** Within this of the end, in pixels, the user sees the newest message. */
const AT_END = 48;

export interface Scrolling {
  readonly list: RefObject<VirtualizerHandle | null>;
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Rows have come or gone before the first: the list keeps its place by the end. */
  readonly isShifted: boolean;
  readonly isAtEnd: boolean;
  readonly onScroll: (offset: number) => void;
  readonly onScrollEnd: () => void;
  readonly toEnd: () => void;
}

/** Keeps the place: at the end as long as the user is there, otherwise where the user reads, whatever comes before or after it. */
export function useScrolling(rows: readonly Row[], feed: MessageFeed): Scrolling {
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(() => !rows.some(({ kind }) => kind === 'unread'));
  const stays = useRef(isAtEnd);
  const shown = useNewest(feed);
  const { readsAt } = feed;
  const stay = useCallback(
    (isWanted: boolean) => {
      stays.current = isWanted;
      readsAt(isWanted ? 'newer' : 'older');
      setAtEnd(isWanted);
    },
    [readsAt],
  );
  const stayAtEnd = useCallback(() => {
    // Each call goes on for some frames, and would take back what the user scrolls meanwhile: only where it is needed.
    if (stays.current && !isAtBottom(list.current))
      list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  }, [rows]);
  useStart(rows, list);
  useLayoutEffect(() => readsAt(stays.current ? 'newer' : 'older'), [readsAt]);
  useLayoutEffect(stayAtEnd, [stayAtEnd]);
  const { onScroll, onScrollEnd } = useReading(list, shown, stay);
  const resized = () => (stays.current ? stayAtEnd() : onScroll(list.current!.scrollOffset));
  useResize(scroller, useCallback(resized, [onScroll, stayAtEnd]));
  const toEnd = useCallback(async () => {
    await shown.current.toNewest();
    stay(true);
    stayAtEnd();
  }, [shown, stay, stayAtEnd]);
  return { list, scroller, isShifted: useShift(rows), isAtEnd, onScroll, onScrollEnd, toEnd };
}

/** Whether nothing is left to scroll. A list that has not been laid out does not know. */
function isAtBottom(list: VirtualizerHandle | null): boolean {
  if (list === null || list.viewportSize === 0) return false;
  return list.scrollSize - list.viewportSize - list.scrollOffset <= 1;
}

/** Reads on at both ends, and gives up what is far away once the list rests. */
function useReading(
  list: RefObject<VirtualizerHandle | null>,
  shown: RefObject<MessageFeed>,
  stay: (isAtEnd: boolean) => void,
): Pick<Scrolling, 'onScroll' | 'onScrollEnd'> {
  const onScroll = useCallback(
    (offset: number) => {
      const { scrollSize, viewportSize } = list.current!;
      const below = scrollSize - viewportSize - offset;
      const { hasNewer, loadOlder, loadNewer } = shown.current;
      stay(below < AT_END && !hasNewer);
      if (offset < NEAR) void loadOlder();
      if (below < NEAR) void loadNewer();
    },
    [list, shown, stay],
  );
  const onScrollEnd = useCallback(() => {
    const { scrollOffset, scrollSize } = list.current!;
    shown.current.trim(scrollOffset < scrollSize / 2 ? 'older' : 'newer');
  }, [list, shown]);
  return { onScroll, onScrollEnd };
}

function useShift(rows: readonly Row[]): boolean {
  const before = useRef(rows);
  const isShiftedNow = isShifted(before.current, rows);
  useLayoutEffect(() => {
    before.current = rows;
  });
  return isShiftedNow;
}

/** Begins where the unread messages begin. */
function useStart(rows: readonly Row[], list: RefObject<VirtualizerHandle | null>): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: only at first
  useLayoutEffect(() => {
    const unread = rows.findIndex(({ kind }) => kind === 'unread');
    if (unread >= 0) list.current?.scrollToIndex(unread, { align: 'start' });
  }, []);
}

/** A keyboard that appears, or a longer draft, takes room from the list, and a message that changes needs more of it, or less. */
function useResize(scroller: RefObject<HTMLDivElement | null>, resized: () => void): void {
  useEffect(() => {
    const observer = new ResizeObserver(resized);
    observer.observe(scroller.current!);
    observer.observe(scroller.current!.lastElementChild!);
    return () => observer.disconnect();
  }, [scroller, resized]);
}
