// Addresses of pictures. A signed URL dies after a while; this asks for a fresh one instead of storing it, and only when the
// one at hand is about to die.
import type { ImageSize } from '../../schema/generated/client-types.ts';
import type { Connection } from './connection.ts';
import { file } from './picture-operations.ts';
import type { Picture } from './reply-state.ts';

/** A URL that dies sooner is not worth handing out. */
const marginMs = 20_000;

export type SignedFile = NonNullable<Picture['file']>;

export interface Files {
  /**
   * A URL that works now; undefined while there is no file. Give `refused` when the URL at hand was refused although it
   * should still work.
   */
  readonly urlOf: (
    image: Pick<Picture, 'id' | 'file'>,
    options?: { readonly size?: ImageSize; readonly refused?: string },
  ) => Promise<string | undefined>;
  /** The same without asking anyone: undefined where the server would have to be asked. */
  readonly atHand: (image: Pick<Picture, 'id' | 'file'>, size?: ImageSize) => string | undefined;
  /** A URL that came with another answer, such as a list's thumbnails: it need not be asked for. */
  readonly note: (imageId: string, size: ImageSize, signed: SignedFile) => void;
}

export function createFiles(connection: Pick<Connection, 'request'>, clock: () => number = Date.now): Files {
  const known = new Map<string, SignedFile>();
  const asking = new Map<string, Promise<SignedFile | null>>();
  const lives = (signed: SignedFile | null | undefined, refused: string | undefined): signed is SignedFile =>
    !!signed && signed.url !== refused && Date.parse(signed.expiresAt) > clock() + marginMs;

  const living = (
    { id, file: given }: Pick<Picture, 'id' | 'file'>,
    size: ImageSize,
    refused?: string,
  ): SignedFile | undefined =>
    [known.get(`${size} ${id}`), size === 'FULL' ? given : undefined].find((signed) => lives(signed, refused)) ??
    undefined;

  async function ask(id: string, size: ImageSize): Promise<SignedFile | null> {
    const { image } = await connection.request(file, { id, size });
    return image?.file ?? null;
  }

  return {
    atHand: (image, size = 'FULL') => living(image, size)?.url,
    note: (imageId, size, signed) => void known.set(`${size} ${imageId}`, signed),
    async urlOf(image, { size = 'FULL', refused } = {}) {
      const { id } = image;
      const key = `${size} ${id}`;
      const good = living(image, size, refused);
      if (good) return good.url;
      const pending = asking.get(key) ?? ask(id, size).finally(() => asking.delete(key));
      asking.set(key, pending);
      const fresh = await pending;
      if (fresh) known.set(key, fresh);
      return fresh?.url;
    },
  };
}
