// Reads VIST's story-in-sequence files as they are published: stories of five sentences about five pictures. Must never
// sort or mend: stories, and sentences within one, stand in the order of the file.
import { z } from 'zod';
import { AppError } from '../../core/app-error.ts';
import { parseData, readText } from './parse-data.ts';

/** One sentence and the picture it belongs to. */
export interface Frame {
  /** Lower-cased and tokenised, with places for names: the text the published evaluation uses. */
  readonly caption: string;
  readonly imageId: string;
}

export interface Story {
  readonly id: string;
  /** Always five. */
  readonly frames: readonly Frame[];
}

export const framesPerStory = 5;

// other fields (albums, workers, tiers) are there and unused
const annotation = z.looseObject({ story_id: z.string(), photo_flickr_id: z.string(), text: z.string() });
const file = z.looseObject({ annotations: z.array(z.tuple([annotation])) });

/** @throws {AppError} INVALID naming the file and the first thing in it that is not VIST's form */
export async function readVist(path: string): Promise<readonly Story[]> {
  return parseVist(await readText(path), path);
}

/** @param name what the errors call it */
export function parseVist(text: string, name: string): readonly Story[] {
  const stories = new Map<string, Frame[]>();
  for (const [{ story_id: id, photo_flickr_id: imageId, text: caption }] of parseData(file, text, name).annotations) {
    const frames = stories.get(id) ?? [];
    frames.push({ caption, imageId });
    stories.set(id, frames);
  }
  return Array.from(stories, ([id, frames]) => {
    if (frames.length !== framesPerStory) {
      throw new AppError('INVALID', `${name}: story ${id} has ${frames.length} sentences, not ${framesPerStory}`);
    }
    return { id, frames };
  });
}
