// Where the reader is in a dialogue that grows at both ends: whoever reads the end goes along with it; whoever reads above stays
// where they are, whatever comes below or in front.
import { useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import type { Wish } from '../wish.ts';

/** Pixels from the end that still count as being at the end. */
const nearPx = 120;
/** Whether the browser itself keeps the place when something comes in front; none does at the very top. */
const keepsPlace = CSS.supports('overflow-anchor', 'auto');

export function useStickToEnd(firstId: string, lastId: string, sending: Wish | undefined) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(false);
  /** Of everything, in pixels, when it last changed. */
  const height = useRef(0);
  const toEnd = useCallback(() => {
    const { current } = scroller;
    if (!current) return;
    height.current = current.scrollHeight;
    if (isAtEnd.current) current.scrollTop = current.scrollHeight;
  }, []);
  useEffect(() => {
    const { current } = scroller;
    const onScroll = (): void => {
      if (!current) return;
      // measured by the height that was scrolled in: what has just come below it was nobody's wish to leave
      const end = Math.min(height.current, current.scrollHeight);
      isAtEnd.current = end - current.scrollTop - current.clientHeight < nearPx;
    };
    const observer = new ResizeObserver(toEnd);
    current?.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(content.current!);
    observer.observe(current!);
    return () => {
      current?.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, [toEnd]);
  useLayoutEffect(() => {
    const { current } = scroller;
    if (!current || isAtEnd.current) return;
    const grownPx = current.scrollHeight - height.current;
    // before the place changes: its scroll event would else find the reader below the old end, and follow what is new there
    height.current = current.scrollHeight;
    if (keepsPlace && current.scrollTop > 0) return;
    current.scrollTop += grownPx;
  }, [firstId]);
  // what the viewer just said is always shown
  useLayoutEffect(() => {
    if (sending !== undefined || lastId !== '') isAtEnd.current = true;
    toEnd();
  }, [lastId, sending, toEnd]);
  return { scroller, content };
}
