// Storybook pictures as the small networks that measure them were trained on them. Must never resize by another rule than training did.
import { AppError } from '../../core/app-error.ts';
import { toPlanes, type Picture } from './picture.ts';

/**
 * Pictures of twice the side are averaged over 2 × 2 pixels; other sizes are not what such a network was trained on. (3, side, side)
 * @param who reads them, for the error @throws {AppError} INVALID for another size
 */
export function scenePlanes(picture: Picture, side: number, who: string): Float32Array {
  const { width, height } = picture;
  const planes = toPlanes(picture); // (3, H, W)
  if (width === side && height === side) return planes;
  if (width !== 2 * side || height !== 2 * side)
    throw new AppError(
      'INVALID',
      `${who} reads pictures of ${side} or ${2 * side} pixels a side, not ${width} × ${height}`,
    );
  const half = new Float32Array(3 * side * side); // (3, side, side)
  for (let i = 0; i < planes.length; i++) {
    const [row, x] = [Math.floor(i / width), i % width]; // rows of all colours
    half[(row >> 1) * side + (x >> 1)]! += planes[i]! / 4;
  }
  return half;
}
