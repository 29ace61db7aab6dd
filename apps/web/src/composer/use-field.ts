import { type RefObject, useEffect, useLayoutEffect } from 'react';
import { useStore } from '../parley.js';
import type { Writing } from './writing.js';

/** The tallest that the field becomes, in pixels; then it scrolls. */
const TALLEST = 200;

/** Lets the field grow with its text, and brings the cursor to its end when an edit or an answer begins. */
export function useField(field: RefObject<HTMLTextAreaElement | null>, text: string, writing: Writing): void {
  const focus = useStore(writing.focus);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text decides on the height
  useLayoutEffect(() => {
    const { style } = field.current!;
    style.height = 'auto';
    style.height = `${Math.min(field.current!.scrollHeight, TALLEST)}px`;
  }, [text]);
  useEffect(() => {
    if (focus === 0) return;
    const { length } = field.current!.value;
    field.current!.focus();
    field.current!.setSelectionRange(length, length);
  }, [field, focus]);
}
