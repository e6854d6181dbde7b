// Whoever works by keyboard stays where they are: when what has the focus goes away (an answer makes place for another one, a
// button has done its work), the turn that stands there then gets it.
import { useEffect, type RefObject } from 'react';

/** What had the focus, in words that outlive it. */
interface Place {
  /** Of the turn before it; undefined for the first. */
  readonly before: string | undefined;
  readonly label: string;
}

/** @param container holds an `article` with `data-turn` for each turn */
export function useKeptFocus(container: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const { current } = container;
    if (!current) return;
    let place: Place | undefined;
    const turns = (): HTMLElement[] => [...current.querySelectorAll('article')];
    const onFocus = ({ target }: FocusEvent): void => {
      const turn = target instanceof Element ? target.closest('article') : null;
      const all = turns();
      place = turn
        ? { before: all[all.indexOf(turn) - 1]?.dataset['turn'], label: labelOf(target as Element) }
        : undefined;
    };
    const onLeave = ({ target }: FocusEvent): void => {
      // somebody turned away from it, or it is gone: that shows a moment later
      queueMicrotask(() => {
        if (target instanceof Element && target.isConnected) place = undefined;
      });
    };
    const observer = new MutationObserver(() => {
      if (!place || document.activeElement !== document.body) return;
      const { before, label } = place;
      const all = turns();
      const turn = all[all.findIndex(({ dataset }) => dataset['turn'] === before) + 1];
      if (turn) focusIn(turn, label);
    });
    current.addEventListener('focusin', onFocus);
    current.addEventListener('focusout', onLeave);
    observer.observe(current, { childList: true, subtree: true });
    return () => {
      current.removeEventListener('focusin', onFocus);
      current.removeEventListener('focusout', onLeave);
      observer.disconnect();
    };
  }, [container]);
}

/** The control of the same name, else one that leads on in the same way, else the turn itself. */
function focusIn(turn: HTMLElement, label: string): void {
  const controls = [...turn.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  const same = controls.find((control) => labelOf(control) === label);
  const near = / (?:answer|wording)$/.test(label) ? controls.find((control) => control.closest('.switch')) : undefined;
  turn.tabIndex = -1; // for a program to reach, not for Tab
  (same ?? near ?? turn).focus({ preventScroll: true });
}

const labelOf = (element: Element): string => element.getAttribute('aria-label') ?? element.textContent;
