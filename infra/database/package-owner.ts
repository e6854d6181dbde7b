// Who owns the pictures that came with a model package: nobody who could log in. One row serves every viewer, and no viewer can
// remove it.
import { createHash } from 'node:crypto';

/** Of no row in `viewer`, so that no credential leads here. */
export const packageOwnerId = '00000000-0000-8000-8000-000000000000';

/** Whose gallery items a viewer sees. */
export const galleryOwners = (viewerId: string): readonly string[] => [viewerId, packageOwnerId];

/**
 * The same picture has the same ids in every package and deployment. UUIDv8 of time zero: in lists that go by id it stands
 * behind everything that a viewer keeps.
 */
export function packagedIds(sha256: string, title: string): { readonly itemId: string; readonly imageId: string } {
  const id = (kind: string): string => {
    const hex = createHash('sha256').update(`${kind}\n${sha256}\n${title}`).digest('hex');
    return `00000000-0000-8${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
  };
  return { itemId: id('item'), imageId: id('image') };
}
