// Below a picture that was drawn from an earlier one: which one. It stands there from the first moment, so that nothing moves.
import type { Picture } from '../../../clients/ts/index.ts';
import type { Session } from '../session.ts';
import { useThumbnail } from './use-picture.ts';

export function GoesOnFrom({ session, image }: { readonly session: Session; readonly image: Picture }) {
  // a picture that was drawn anew has a parent too, and nothing of it
  const parent = image.__typename === 'GeneratedImage' && image.recipe.strength !== null ? image.parent : null;
  if (!parent) return null;
  return <Shown session={session} parent={parent} />;
}

type Parent = NonNullable<Extract<Picture, { __typename: 'GeneratedImage' }>['parent']>;

function Shown({ session, parent }: { readonly session: Session; readonly parent: Parent }) {
  const thumbnail = useThumbnail(session, parent.id);
  return (
    <p className="goes-on-from">
      <span className="goes-on-from-picture">{thumbnail !== undefined && <img src={thumbnail} alt="" />}</span>
      <span>Goes on from “{parent.alt}”</span>
    </p>
  );
}
