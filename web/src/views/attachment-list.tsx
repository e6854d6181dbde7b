// Pictures that will go with the message, each with how far it is.
import type { ReactNode } from 'react';
import { unreachable } from '../../../core/app-error.ts';
import type { Attachment, Attachments } from '../attachments.ts';
import type { SessionState } from '../session.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';

export interface AttachmentListProps {
  readonly attachments: Attachments;
  readonly capabilities: SessionState['capabilities'];
  /** One was left out: the button that did it is gone. */
  readonly onRemoved: () => void;
}

export function AttachmentList({ attachments, capabilities, onRemoved }: AttachmentListProps) {
  const { list } = useStore(attachments);
  if (list.length === 0) return null;
  return (
    <div className="attached">
      <ul aria-label="Pictures that go with it">
        {list.map((item) => (
          <li key={item.key} className="attachment" data-state={item.state.kind}>
            <span className="attachment-picture">{item.url !== undefined && <img src={item.url} alt="" />}</span>
            <span className="attachment-text">
              <b>{item.name}</b>
              <AttachmentState state={item.state} />
            </span>
            <button
              type="button"
              className="quiet round"
              aria-label={`Leave out ${item.name}`}
              onClick={() => {
                attachments.remove(item.key);
                onRemoved();
              }}
            >
              {icons.close}
            </button>
          </li>
        ))}
      </ul>
      {capabilities?.readsImages === false && (
        <p className="note">
          This model cannot see pictures: it is told that one was sent, and the picture stays here.
        </p>
      )}
    </div>
  );
}

/** One element whatever it says: what changes in it is told to people who do not see it. */
function AttachmentState({ state }: Pick<Attachment, 'state'>) {
  return <small role={state.kind === 'failed' ? 'alert' : 'status'}>{sentenceOf(state)}</small>;
}

function sentenceOf(state: Attachment['state']): ReactNode {
  switch (state.kind) {
    case 'sending':
      return (
        <>
          Sending <progress value={state.share} aria-label="How much was sent" />
        </>
      );
    case 'cleaning':
      return 'Being cleaned …';
    case 'ready':
      return 'Ready';
    case 'failed':
      return state.problem;
    default:
      return unreachable(state);
  }
}
