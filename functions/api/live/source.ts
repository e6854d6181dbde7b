// What a subscription watches: which bell, how to look, and where this subscriber starts. One file per kind of source.
import type { Topic } from '../../../infra/bus/bus.ts';
import type { Look, View } from './tail.ts';

export interface Source {
  readonly topic: Topic;
  readonly look: Look;
  /** The subscriber wants log items numbered higher than this, given the tail's first view. */
  readonly startAfter: (view: View) => number;
}
