// "2 of 3": leads to the other wordings of a message, or the other answers to one.
import { icons } from './icons.tsx';

export interface SwitchProps {
  readonly what: 'wording' | 'answer';
  readonly id: string;
  readonly alternatives: readonly string[];
  readonly onChoose: (id: string) => void;
}

export function Switch({ what, id, alternatives, onChoose }: SwitchProps) {
  const at = alternatives.indexOf(id);
  if (alternatives.length < 2) return null;
  const step = (to: number, label: string, drawing: (typeof icons)[keyof typeof icons]) => {
    const other = alternatives[to];
    return (
      <button
        type="button"
        className="quiet"
        aria-label={`${label} ${what}`}
        disabled={other === undefined}
        onClick={() => other !== undefined && onChoose(other)}
      >
        {drawing}
      </button>
    );
  };
  return (
    <span className="switch">
      {step(at - 1, 'Previous', icons.back)}
      <span>
        {at + 1} of {alternatives.length}
      </span>
      {step(at + 1, 'Next', icons.forth)}
    </span>
  );
}
