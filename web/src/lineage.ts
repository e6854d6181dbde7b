// Where a picture comes from: the pictures it was drawn again from, the first one last.
import type { Client } from '../../clients/ts/index.ts';
import { ancestor } from '../../clients/ts/picture-operations.ts';
import type { AncestorQuery } from '../../schema/generated/client-types.ts';

export type Ancestor = NonNullable<AncestorQuery['image']>;

const maxSteps = 12;

/** @returns the picture itself first @throws {ClientError} */
export async function readLineage(client: Client, imageId: string, signal: AbortSignal): Promise<readonly Ancestor[]> {
  const found: Ancestor[] = [];
  for (let id: string | undefined = imageId; id !== undefined && found.length < maxSteps;) {
    const { image }: AncestorQuery = await client.request(ancestor, { id }, signal);
    if (!image) break;
    found.push(image);
    id = image.__typename === 'GeneratedImage' ? (image.parent?.id ?? image.replayOf?.id) : undefined;
  }
  return found;
}
