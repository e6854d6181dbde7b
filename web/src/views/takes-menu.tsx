// How many pictures are drawn for the wish. The browser's own menu: it works by keyboard and on any screen.
import { icons } from './icons.tsx';

export interface TakesMenuProps {
  readonly takes: number;
  readonly maxTakes: number;
  readonly onChange: (takes: number) => void;
}

export function TakesMenu({ takes, maxTakes, onChange }: TakesMenuProps) {
  if (maxTakes < 2) return null;
  return (
    <label className="takes-menu" data-many={takes > 1} title="Takes: how many pictures are drawn for the wish">
      {icons.takes}
      <select aria-label="Takes" value={takes} onChange={(event) => onChange(Number(event.target.value))}>
        {Array.from({ length: maxTakes }, (_, index) => (
          <option key={index} value={index + 1}>
            {index + 1}
          </option>
        ))}
      </select>
    </label>
  );
}
