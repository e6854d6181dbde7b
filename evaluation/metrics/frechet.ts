// Fréchet distance between two sets of features, each taken as a Gaussian (Heusel et al. 2017, eq. 6; over Inception's
// pool features it is FID): |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2·(Σ₁Σ₂)^½). Must never be compared across encoders, sizes or counts.
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { AppError } from '../../core/app-error.ts';

/** Rows of equal length, at least two. */
export type Features = readonly Float32Array[];

/** @throws {AppError} INVALID when a set has fewer than two rows or the widths differ */
export function frechetDistance(first: Features, second: Features): number {
  const [a, b] = [momentsOf(first), momentsOf(second)];
  if (a.mean.length !== b.mean.length)
    throw new AppError('INVALID', `features of ${a.mean.length} and ${b.mean.length} numbers have no distance`);
  const shift = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0);
  // rounding may leave a little less than nothing between a set and itself
  return Math.max(0, shift + spreadOf(a) + spreadOf(b) - 2 * overlapOf(a, b));
}

/**
 * tr (Σ₁Σ₂)^½. With Σ = XᵀX of the scaled, centred rows X it is the sum of the singular values of X₁X₂ᵀ, which has as many rows and
 * columns as there are pictures: far fewer numbers than Σ₁Σ₂ where features are wide.
 */
function overlapOf(a: Moments, b: Moments): number {
  const [few, many] = a.rows.rows <= b.rows.rows ? [a.rows, b.rows] : [b.rows, a.rows];
  const width = few.columns;
  const sumOfRoots = (matrix: Matrix): number =>
    eigenvalues(symmetric(matrix)).reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  if (few.rows < width) {
    const shared = few.mmul(many.transpose()); // (few, many)
    return sumOfRoots(shared.mmul(shared.transpose()));
  }
  // tr (Σ₁Σ₂)^½ = tr (Σ₁^½ Σ₂ Σ₁^½)^½, whose inner matrix is symmetric, so its root needs no complex numbers
  const root = squareRoot(symmetric(few.transpose().mmul(few)));
  return sumOfRoots(root.mmul(many.transpose().mmul(many)).mmul(root));
}

/** tr Σ */
const spreadOf = ({ rows }: Moments): number => rows.norm('frobenius') ** 2;

/** The symmetric square root of a covariance; eigenvalues that rounding made negative count as 0. */
function squareRoot(covariance: Matrix): Matrix {
  const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const scaled = vectors.clone();
  for (const [column, value] of realEigenvalues.entries()) scaled.mulColumn(column, Math.sqrt(Math.max(0, value)));
  return scaled.mmul(vectors.transpose());
}

interface Moments {
  readonly mean: Float64Array;
  /** X with Σ = XᵀX: centred, over √(n − 1), as numpy.cov. (n, width) */
  readonly rows: Matrix;
}

function momentsOf(features: Features): Moments {
  const [n, width] = [features.length, features[0]?.length ?? 0];
  if (n < 2) throw new AppError('INVALID', `a covariance needs at least two rows of features, not ${n}`);
  const mean = new Float64Array(width);
  for (const row of features) {
    if (row.length !== width)
      throw new AppError('INVALID', `features of ${row.length} and ${width} numbers in one set`);
    for (let i = 0; i < width; i++) mean[i]! += row[i]! / n;
  }
  const centred = new Matrix(n, width);
  for (const [r, row] of features.entries()) for (let i = 0; i < width; i++) centred.set(r, i, row[i]! - mean[i]!);
  return { mean, rows: centred.div(Math.sqrt(n - 1)) };
}

const eigenvalues = (matrix: Matrix): number[] =>
  new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues;

/** Products are symmetric up to rounding; the solver wants them exactly so. */
const symmetric = (matrix: Matrix): Matrix => Matrix.add(matrix, matrix.transpose()).div(2);
