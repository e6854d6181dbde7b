// Messages that could not be sent, and whose dialogue is no longer looked at: nothing else would tell of them.
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';

export function UnsentMessages({ session }: { readonly session: Session }) {
  const { unsent } = useStore(session.state);
  return unsent.map(({ key, text, problem, sendAgain }) => (
    <p key={key} className="problem unsent" role="alert">
      <span>
        {text === '' ? 'Your pictures were' : `“${text}” was`} not sent: {problem}{' '}
        <button
          type="button"
          className="link"
          onClick={() => {
            session.forgetUnsent(key);
            sendAgain();
          }}
        >
          Send again
        </button>
      </span>
      <button type="button" className="quiet" aria-label="Dismiss" onClick={() => session.forgetUnsent(key)}>
        {icons.close}
      </button>
    </p>
  ));
}
