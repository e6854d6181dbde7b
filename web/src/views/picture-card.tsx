// A picture's card: what it shows, why it is there, everything needed to draw it again, where it comes from, and what can be done
// with it.
import { useEffect, useRef, useState } from 'react';
import type { LiveReply, Picture, PictureDecision } from '../../../clients/ts/index.ts';
import { toClientError } from '../../../clients/ts/client-error.ts';
import { picture as pictureQuery } from '../../../clients/ts/picture-operations.ts';
import type { Dialogue } from '../dialogue.ts';
import type { Session } from '../session.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';
import { Lineage } from './lineage.tsx';
import { PictureFacts } from './picture-facts.tsx';
import { PictureTools } from './picture-tools.tsx';
import { PictureWhy } from './picture-why.tsx';
import { RedrawForm } from './redraw-form.tsx';
import { Replay } from './replay.tsx';
import { useFile } from './use-picture.ts';

export interface PictureCardProps {
  readonly session: Session;
  readonly dialogue: Dialogue;
  readonly image: Picture;
  /** Why it is there, where it stands in a reply. */
  readonly decision?: PictureDecision | null | undefined;
  /** Where it stands, if it can be drawn again or instead there. */
  readonly reply?: LiveReply | undefined;
  readonly onClose: () => void;
}

export function PictureCard({ session, dialogue, image: first, decision, reply: place, onClose }: PictureCardProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { capabilities } = useStore(session.state);
  const [image, setImage] = useState(first);
  const [problem, setProblem] = useState<string>();
  const { shown } = useFile(session, image);
  useEffect(() => dialog.current?.showModal(), []);
  const close = (): void => dialog.current?.close();
  const reply = image === first ? place : undefined; // another one of its kin stands elsewhere
  const canDraw = reply !== undefined && image.__typename !== 'UploadedImage';
  const { conversationId } = dialogue.get();

  async function open(id: string): Promise<void> {
    try {
      const { image: found } = await session.client.request(pictureQuery, { id });
      if (found) setImage(id === first.id ? first : found);
      else setProblem('This picture is gone.');
    } catch (thrown) {
      setProblem(toClientError(thrown).message);
    }
  }
  function use(picture: Picture): void {
    dialogue.attachments.addPicture(picture);
    close();
    if (session.state.get().view === 'gallery') session.open(dialogue.get().conversationId);
  }

  return (
    <dialog ref={dialog} className="card" aria-labelledby="card" onClose={onClose}>
      <div className="card-picture">
        {shown !== undefined && <img src={shown} alt="" />}
        <Lineage
          session={session}
          imageId={image.id}
          conversationId={session.state.get().view === 'gallery' ? undefined : conversationId}
          onOpen={(id) => void open(id)}
        />
        {reply && (
          <PictureWhy
            session={session}
            replyId={reply.id}
            image={image}
            onUse={use}
            onMean={(meant) => {
              close();
              void dialogue.mean(reply.id, meant);
            }}
          />
        )}
      </div>
      <div className="card-text" key={image.id}>
        <div className="card-head">
          <h2 id="card">{image.alt}</h2>
          <button type="button" className="quiet round" aria-label="Close" autoFocus onClick={close}>
            {icons.close}
          </button>
        </div>
        {canDraw && (
          <RedrawForm
            words={image.__typename === 'GeneratedImage' ? image.recipe.words : dialogue.wordsBefore(reply.id)}
            isFound={image.__typename === 'GalleryImage'}
            defaultStrength={capabilities?.defaultStrength ?? null}
            onRedraw={(change) => {
              close();
              const where = image.__typename === 'GalleryImage' ? { messageId: reply.id } : {};
              void dialogue.redraw(image.id, { ...change, ...where });
            }}
          />
        )}
        <PictureFacts
          image={image}
          decision={image === first ? decision : undefined}
          hasWish={canDraw && image.__typename === 'GeneratedImage'}
        />
        {image.__typename === 'GeneratedImage' && image.status === 'COMPLETED' && (
          <Replay session={session} image={image} />
        )}
        {problem !== undefined && <p role="alert">{problem}</p>}
        <PictureTools
          session={session}
          image={image}
          hasFile={shown !== undefined}
          onUse={() => use(image)}
          onFind={
            canDraw && image.__typename === 'GeneratedImage' && capabilities?.imagePolicies.includes('FIND_ONLY')
              ? () => {
                  close();
                  void dialogue.findInstead(reply.id);
                }
              : undefined
          }
          onProblem={setProblem}
        />
      </div>
    </dialog>
  );
}
