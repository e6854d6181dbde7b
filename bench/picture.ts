// `node picture.ts [text]`: one picture by this repository's engine at the served defaults, alone or while text is written in the same process,
// as the server does it. Must do all that a person waits for: from the words to the pixels.
import { openPictureFunction } from '../functions/diffusion/picture-function.ts';
import { createTurns } from '../functions/engine/turns.ts';
import { model, never } from './engine.ts';
import { median } from './work.ts';
import { openWriter } from './writer.ts';

export interface Drawn {
  /** Median of a few. */
  readonly pictureMs: number;
  /** Of the text beside it. */
  readonly tokensPerSecond?: number;
}

const pictures = 3;
const { width, height, defaultSteps, defaultGuidance } = model.manifest.picture;
const turns = createTurns();
const diffusion = openPictureFunction({ modelFolder: model.folder, slots: 1, turns });
while (diffusion.health().state === 'loading') await new Promise((resolve) => setTimeout(resolve, 50));

async function draw(): Promise<number> {
  const startedAt = performance.now();
  await diffusion.run(
    {
      ...{ contract: 2, conditioning: { kind: 'TEXT', text: 'a red fox under an umbrella' }, sampler: 'flow-euler' },
      ...{ steps: defaultSteps, guidance: defaultGuidance, seed: '7', width, height, previews: 0 },
    },
    (event) => {
      if (event.type === 'error') throw new Error(event.message);
    },
    never,
  );
  return performance.now() - startedAt;
}

await draw(); // warm
const writer = process.argv[2] === 'text' ? await openWriter(turns) : undefined;
await draw();
const [startedAt, before] = [performance.now(), writer?.tokens() ?? 0];
const times = [];
for (let i = 0; i < pictures; i++) times.push(await draw());
const tokensPerSecond = writer && ((writer.tokens() - before) * 1000) / (performance.now() - startedAt);
const drawn: Drawn = { pictureMs: median(times), ...(tokensPerSecond !== undefined && { tokensPerSecond }) };
console.log(JSON.stringify(drawn));
process.exit(0); // ONNX Runtime's threads would keep the process
