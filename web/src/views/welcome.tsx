// The first screen: what the model is, and wishes it can fulfil. Must never promise what the model does not know.
import type { SessionState } from '../session.ts';
import { icons } from './icons.tsx';
import { Scene } from './scene.tsx';

/** Inside the bundled model's vocabulary. */
const wishes = [
  'A pink pig in the forest',
  'A penguin with a purple umbrella in the rain',
  'A blue elephant near a red house in the snow',
  'A green dinosaur and a yellow star at night',
  'A red car on the beach at sunset',
  'A yellow dog under a tree in a meadow',
] as const;

export interface WelcomeProps {
  readonly capabilities: SessionState['capabilities'];
  readonly onWish: (wish: string) => void;
}

export function Welcome({ capabilities, onWish }: WelcomeProps) {
  return (
    <div className="welcome">
      <Scene />
      <h2>What shall we draw?</h2>
      <p className="lead">
        <Introduction capabilities={capabilities} />
      </p>
      <ul className="wishes" aria-label="Examples">
        {wishes.map((wish) => (
          <li key={wish}>
            <button type="button" onClick={() => onWish(wish)}>
              {wish}
              {icons.forth}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Introduction({ capabilities }: Pick<WelcomeProps, 'capabilities'>) {
  if (capabilities === undefined) return <>Asking the server what it can do …</>;
  const { model, imageSizes } = capabilities;
  const [size] = imageSizes;
  if (model === null) return <>No worker has named its model yet: a wish sent now waits until one is there.</>;
  if (model !== 'storybook') return <>The model is “{model}”. It answers in text and draws a picture for each reply.</>;
  return (
    <>
      A small model answers in one sentence and draws picture-book scenes: an animal or a thing or two, a few colours, a
      place, a time of day, the weather. {size && `Its pictures are ${size.width} × ${size.height} pixels. `}What lies
      outside that little world, it does not know.
    </>
  );
}
